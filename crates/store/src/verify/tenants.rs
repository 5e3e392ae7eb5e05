//! Whose rows there are: every tenant that any table knows.

use super::report::Findings;
use crate::derived::{DERIVED, tenants_of};
use crate::directory::LIST_ALL;
use crate::driver::{DbError, Transaction};
use crate::records::TenantId;
use std::collections::BTreeSet;

const LIST_JOURNALS: &str = tenants_of!("journal");
const LIST_TEXTS: &str = tenants_of!("journal_texts");
const LIST_HEADS: &str = tenants_of!("heads");
const LIST_PROGRESS: &str = tenants_of!("index_progress");

/// Every tenant that has a row anywhere. Ids that are none are noted.
pub(crate) async fn tenants(
    tx: &mut Transaction,
    findings: &mut Findings,
) -> Result<BTreeSet<TenantId>, DbError> {
    let mut lists = vec![
        ("journal", LIST_JOURNALS),
        ("journal_texts", LIST_TEXTS),
        ("heads", LIST_HEADS),
        ("index_progress", LIST_PROGRESS),
    ];
    lists.extend(DERIVED.map(|table| (table.name(), table.tenants)));
    lists.push(("tenant_directory", LIST_ALL));
    let mut tenants = BTreeSet::new();
    for (table, sql) in lists {
        for row in tx.query(sql, []).await? {
            let id = row.text(0)?;
            match id.parse::<TenantId>() {
                Ok(tenant) if tenant.to_string() == id => drop(tenants.insert(tenant)),
                _ => {
                    findings.turn_to(id.to_owned());
                    findings.note(table, id, "rows of a tenant whose id is none", None, None);
                }
            }
        }
    }
    Ok(tenants)
}

crate::statements::list! { LIST_JOURNALS, LIST_TEXTS, LIST_HEADS, LIST_PROGRESS }
