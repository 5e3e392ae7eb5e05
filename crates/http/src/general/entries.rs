//! The entries of an account.

use super::balances::{asset_or_default, own_or_all, reads_all};
use super::filter::checked;
use crate::app::App;
use crate::caller::{Anyone, Caller};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, MetadataQuery, Page, PageQuery, Part, Query, Span, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{AccountClass, AccountPath, AssetCode};
use guerdon_programs::general::{check_kind, member_account};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::journal::{Metadata, transaction_id};
use guerdon_store::read::{self, Entry, EntryPage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Entries that one page looks at for those that are wanted, so that its cost has a bound.
const SEARCHED: usize = 2_000;

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryQuery {
    /// Of this member; the caller's own where neither this nor `account` is given.
    user_id: Option<String>,
    /// Of this account, instead of a member.
    account: Option<String>,
    /// Of what; where not given points for accounts of points, and the tenant's reward currency otherwise.
    asset: Option<String>,
    /// Of transactions of this kind.
    #[param(example = "credit")]
    kind: Option<String>,
    /// Recorded at or after this: RFC 3339, or a date in the tenant's time zone.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// Recorded before this: RFC 3339, or a date in the tenant's time zone, which is meant whole.
    #[param(example = "2026-01-31")]
    to: Option<String>,
    /// Of transactions whose metadata say this: `metadata[order]=1001`.
    #[serde(default)]
    #[param(style = DeepObject, explode, value_type = Option<std::collections::HashMap<String, String>>)]
    metadata: MetadataQuery,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One side of a posting, in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// The transaction that it is part of.
    #[schema(example = "txn_7")]
    entry_id: String,
    /// The account.
    #[schema(example = "reward:alice")]
    account: String,
    /// Whose account it is, where it is a member's.
    #[schema(example = "alice")]
    user_id: Option<String>,
    /// `credit` where value came, `debit` where it went.
    #[serde(rename = "type")]
    #[schema(example = "credit")]
    side: &'static str,
    /// What came (above zero) or went (below).
    #[schema(example = 5000)]
    amount: i64,
    /// The same without its sign.
    #[schema(example = 5000)]
    amount_cents: i64,
    /// What lay on the account after the transaction.
    #[schema(example = 5000)]
    balance_cents: i64,
    /// Of what.
    #[schema(example = "USD")]
    asset: String,
    /// The kind of transaction.
    #[schema(example = "credit")]
    kind: String,
    /// Who asked for it.
    actor: String,
    /// Why.
    reason: Option<String>,
    /// What it is about, in the caller's own system.
    reference: Option<String>,
    /// Anything else worth keeping.
    #[schema(value_type = Object)]
    metadata: Metadata,
    /// The transaction that it offsets.
    reverses: Option<String>,
    /// When it takes effect.
    #[schema(value_type = String, format = DateTime)]
    effective_at: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self {
            entry_id: transaction_id(entry.seq),
            user_id: entry.account.member().map(str::to_owned),
            account: entry.account.to_string(),
            side: if entry.amount > 0 { "credit" } else { "debit" },
            amount: entry.amount,
            amount_cents: entry.amount.abs(),
            balance_cents: entry.posted,
            asset: entry.asset.to_string(),
            kind: entry.kind,
            actor: entry.actor,
            reason: entry.reason,
            reference: entry.reference,
            metadata: entry.metadata,
            reverses: entry.reverses.map(transaction_id),
            effective_at: entry.effective_at,
            created_at: entry.recorded_at,
        }
    }
}

/// The entries of an account, newest first
///
/// Members see their own; managers, auditors and services with the scope `ledger:read` see all.
#[utoipa::path(get, path = "/api/v1/ledger/entries", operation_id = "list_entries", tag = "Ledger", params(EntryQuery),
    responses((status = 200, body = Page<EntryView>), ReadProblems))]
pub(crate) async fn entries(
    State(app): State<App>,
    caller: Caller<Anyone>,
    format: Format,
    Query(query): Query<EntryQuery>,
) -> Result<Response, Problem> {
    let (account, asset) = account_of(&app, &caller, &query).await?;
    checked("kind", query.kind.as_deref(), check_kind)?;
    let span = Span::parse(&app, caller.tenant, query.from.as_deref(), query.to.as_deref()).await?;
    let page = PageQuery::new(query.limit, query.cursor);
    let (kind, metadata) = (query.kind, query.metadata);
    let entries = Entries { app, tenant: caller.tenant, account, asset, span, kind, metadata };
    answer(entries, format, &page).await
}

/// The account whose entries the caller asks for, and may see.
async fn account_of(
    app: &App,
    caller: &Caller<Anyone>,
    query: &EntryQuery,
) -> Result<(AccountPath, AssetCode), Problem> {
    let Some(account) = checked("account", query.account.as_deref(), AccountPath::new)? else {
        let asset = asset_or_default(app, caller, query.asset.as_deref()).await?;
        let member = own_or_all(caller, query.user_id.as_deref())?;
        return Ok((member_account(&member, &asset), asset));
    };
    if query.user_id.is_some() {
        return Err(Problem::invalid("user_id", "invalid_value", "send either user_id or account"));
    }
    let own = caller.principal.member.as_ref().map(|member| member.as_str());
    if !reads_all(caller) && (own.is_none() || account.member() != own) {
        return Err(Problem::forbidden("members see their own balances and entries"));
    }
    use AccountClass::{Issuance, Lead, Pool, Wallet};
    let asset = match query.asset {
        None if matches!(account.class(), Issuance | Pool | Lead | Wallet) => AssetCode::points(),
        _ => asset_or_default(app, caller, query.asset.as_deref()).await?,
    };
    Ok((account, asset))
}

struct Entries {
    app: App,
    tenant: TenantId,
    account: AccountPath,
    asset: AssetCode,
    span: Span,
    kind: Option<String>,
    metadata: MetadataQuery,
}

impl List for Entries {
    type Row = EntryView;
    type Schema = EntryView;
    type At = (i64, i64);

    async fn read(&self, at: Option<Self::At>, limit: i64) -> Result<Part<EntryView, Self::At>, Problem> {
        let place = |entry: &Entry| (entry.seq, entry.posting);
        let plain = self.kind.is_none() && self.metadata.is_empty();
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let (mut found, mut searched, mut before) = (Vec::new(), 0, at);
        loop {
            let wanted = EntryPage {
                account: self.account.clone(),
                asset: self.asset.clone(),
                before,
                from: self.span.from,
                to: self.span.to,
                limit: limit + 1,
            };
            let read = read::entries(&mut tx, &wanted).await?;
            if plain {
                return Ok(Part::of(read, limit, place, EntryView::from));
            }
            let ends = read.len() as i64 <= limit;
            searched += read.len();
            for entry in read {
                before = Some(place(&entry));
                if self.wants(&entry) {
                    found.push(EntryView::from(entry));
                }
                if found.len() as i64 == limit {
                    return Ok(Part { rows: found, next: before });
                }
            }
            if ends || searched >= SEARCHED {
                return Ok(Part { rows: found, next: before.filter(|_| !ends) });
            }
        }
    }
}

impl Entries {
    fn wants(&self, entry: &Entry) -> bool {
        self.kind.as_ref().is_none_or(|kind| entry.kind == *kind) && self.metadata.fits(&entry.metadata)
    }
}
