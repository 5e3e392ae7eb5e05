//! Which transactions a list has.

use crate::app::App;
use crate::problem::Problem;
use crate::wire::{MetadataQuery, PageQuery, Span};
use guerdon_ledger::{AccountPath, AssetCode, Invalid, MemberId};
use guerdon_programs::general::check_kind;
use guerdon_store::TenantId;
use guerdon_store::journal::Record;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which transactions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransactionQuery {
    /// Of this kind.
    #[param(example = "award")]
    kind: Option<String>,
    /// Asked for by this member or key.
    #[param(example = "mgr-1")]
    actor: Option<String>,
    /// That touched this account.
    #[param(example = "pool")]
    account: Option<String>,
    /// That touched an account of this member.
    #[param(example = "emp-7")]
    member: Option<String>,
    /// That moved this asset.
    #[param(example = "PTS")]
    asset: Option<String>,
    /// Recorded at or after this: RFC 3339, or a date in the tenant's time zone.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// Recorded before this: RFC 3339, or a date in the tenant's time zone, which is meant whole.
    #[param(example = "2026-01-31")]
    to: Option<String>,
    /// Whose metadata say this: `metadata[order]=1001`.
    #[serde(default)]
    #[param(style = DeepObject, explode, value_type = Option<std::collections::HashMap<String, String>>)]
    metadata: MetadataQuery,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TransactionQuery {
    /// Which page of them.
    pub(crate) fn page(&self) -> PageQuery {
        PageQuery::new(self.limit.clone(), self.cursor.clone())
    }

    /// What they must be.
    pub(crate) async fn filter(self, app: &App, tenant: TenantId) -> Result<Filter, Problem> {
        if let Some(kind) = &self.kind {
            check_kind(kind).map_err(|error| bad("kind", &error))?;
        }
        Ok(Filter {
            account: checked("account", self.account.as_deref(), AccountPath::new)?,
            member: checked("member", self.member.as_deref(), MemberId::new)?,
            asset: checked("asset", self.asset.as_deref(), AssetCode::new)?,
            span: Span::parse(app, tenant, self.from.as_deref(), self.to.as_deref()).await?,
            kind: self.kind,
            actor: self.actor,
            metadata: self.metadata,
        })
    }
}

/// A query parameter that must have a form.
pub(crate) fn checked<T>(
    name: &str,
    text: Option<&str>,
    check: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Problem> {
    text.map(check).transpose().map_err(|error| bad(name, &error))
}

fn bad(name: &str, error: &Invalid) -> Problem {
    Problem::invalid(name, "invalid_value", error.to_string())
}

/// What transactions must be.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    kind: Option<String>,
    actor: Option<String>,
    account: Option<AccountPath>,
    member: Option<MemberId>,
    asset: Option<AssetCode>,
    span: Span,
    metadata: MetadataQuery,
}

impl Filter {
    /// Whether a transaction is one of them.
    pub(crate) fn wants(&self, record: &Record) -> bool {
        let touches =
            |wanted: &dyn Fn(&AccountPath) -> bool| record.balances.iter().any(|b| wanted(&b.account));
        self.kind.as_ref().is_none_or(|kind| record.kind == *kind)
            && self.actor.as_ref().is_none_or(|actor| *record.actor == *actor.as_str())
            && self.account.as_ref().is_none_or(|account| touches(&|a| a == account))
            && self.member.as_ref().is_none_or(|member| touches(&|a| a.member() == Some(member.as_str())))
            && self.asset.as_ref().is_none_or(|asset| record.balances.iter().any(|b| b.asset == *asset))
            && self.span.holds(record.recorded_at)
            && self.metadata.fits(&record.metadata)
    }

    /// Whether no older transaction can be one of them.
    pub(crate) fn is_past(&self, record: &Record) -> bool {
        self.span.from.is_some_and(|from| record.recorded_at < from)
    }
}
