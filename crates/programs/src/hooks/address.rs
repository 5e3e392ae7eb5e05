//! The public id of a source, which stands in the address that its deliveries are sent to: it carries the tenant and the
//! source, and is believed only once the delivery's signature is found right.

use super::source::SourceId;
use guerdon_store::TenantId;
use uuid::Uuid;

const PREFIX: &str = "hk_";

/// The public id of a tenant's source: `hk_<tenant>_<source>`.
pub fn address_of(tenant: TenantId, source: &SourceId) -> String {
    format!("{PREFIX}{}_{source}", tenant.uuid().simple())
}

/// The tenant and the source that a public id names.
pub(super) fn named_by(address: &str) -> Option<(TenantId, SourceId)> {
    let (tenant, source) = address.strip_prefix(PREFIX)?.split_once('_')?;
    let tenant = Uuid::try_parse(tenant).ok().filter(|id| id.simple().to_string() == tenant)?;
    Some((TenantId::new(tenant), SourceId::new(source).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_id_names_its_tenant_and_its_source() {
        let tenant = TenantId::new(Uuid::from_u128(7));
        for id in ["stripe", "a", "under_score", "with.dots-and:more@"] {
            let source = SourceId::new(id).expect("id");
            let address = address_of(tenant, &source);
            assert_eq!(named_by(&address), Some((tenant, source)), "{address}");
        }
        for nonsense in [
            "",
            "stripe",
            "hk_",
            "hk_00000000000000000000000000000007",
            "hk_00000000000000000000000000000007_",
            "hk_00000000000000000000000000000007_a b",
            "hk_00000000-0000-0000-0000-000000000007_a",
            "hk_0000000000000000000000000000000A_a",
            "gk_00000000000000000000000000000007_a",
        ] {
            assert_eq!(named_by(nonsense), None, "{nonsense}");
        }
    }
}
