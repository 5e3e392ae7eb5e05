//! What the points programme says in its own words.

use crate::wire::{RecordedWords, TransactionView, balance_of};
use guerdon_ledger::{AccountClass, AccountPath, AssetCode};
use guerdon_programs::points::{PoolStatus, Stats};
use guerdon_store::journal::Record;
use serde::Serialize;
use utoipa::ToSchema;

/// Beside an allocation or a clawback.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PoolWords {
    /// How many points moved.
    #[schema(example = 50000)]
    amount: i64,
    /// What lies in the company's pool now.
    #[schema(example = 50000)]
    new_balance: i64,
}

impl RecordedWords for PoolWords {
    fn of(record: &Record) -> Self {
        let pool = balance_of(record, &AccountPath::pool(), &AssetCode::points());
        Self { amount: amount_of(record), new_balance: pool.posted }
    }
}

/// Beside a delegation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DelegateWords {
    /// How many points moved.
    #[schema(example = 10000)]
    amount: i64,
    /// What lies in the company's pool now.
    #[schema(example = 40000)]
    pool_balance: i64,
    /// What lies on the account that received now.
    #[schema(example = 10000)]
    new_balance: i64,
    /// The lead who received.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<String>,
    /// The same as `new_balance`, where a lead received.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_balance: Option<i64>,
}

impl RecordedWords for DelegateWords {
    fn of(record: &Record) -> Self {
        let points = AssetCode::points();
        let received = record.postings.first().map(|posting| posting.to().clone());
        let new_balance = received.as_ref().map_or(0, |account| balance_of(record, account, &points).posted);
        let lead_id = received.as_ref().and_then(AccountPath::member).map(str::to_owned);
        Self {
            amount: amount_of(record),
            pool_balance: balance_of(record, &AccountPath::pool(), &points).posted,
            new_balance,
            lead_balance: lead_id.as_ref().map(|_| new_balance),
            lead_id,
        }
    }
}

/// Beside an award.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardWords {
    /// How many points moved.
    #[schema(example = 1000)]
    amount: i64,
    /// Who received.
    #[schema(example = "emp-7")]
    user_id: Option<String>,
    /// What lies in their wallet now.
    #[schema(example = 1000)]
    new_balance: i64,
    /// What lies in the company's pool now, where the award came from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 39000)]
    pool_balance: Option<i64>,
    /// What lies on the account that gave now.
    #[schema(example = 39000)]
    source_balance: i64,
}

impl RecordedWords for AwardWords {
    fn of(record: &Record) -> Self {
        let points = AssetCode::points();
        let posting = record.postings.first();
        let balance =
            |account: Option<&AccountPath>| account.map_or(0, |a| balance_of(record, a, &points).posted);
        let (source, wallet) = (posting.map(|p| p.from()), posting.map(|p| p.to()));
        Self {
            amount: amount_of(record),
            user_id: wallet.and_then(AccountPath::member).map(str::to_owned),
            new_balance: balance(wallet),
            pool_balance: source.filter(|a| **a == AccountPath::pool()).map(|a| balance(Some(a))),
            source_balance: balance(source),
        }
    }
}

/// One line of a history: a transaction, and its amount in points at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryLine {
    #[serde(flatten)]
    #[schema(value_type = TransactionView)]
    transaction: serde_json::Value,
    /// How many points moved.
    #[schema(example = 1000)]
    amount: i64,
    /// The account that gave.
    #[schema(example = "pool")]
    from: Option<String>,
    /// The account that received.
    #[schema(example = "wallet:emp-7")]
    to: Option<String>,
    /// What lay in the company's pool afterwards, where it was touched.
    #[schema(example = 39000)]
    balance: Option<i64>,
}

impl HistoryLine {
    pub(crate) fn of(record: &Record) -> Self {
        let pool = record.balance(&AccountPath::pool(), &AssetCode::points());
        let posting = record.postings.first();
        Self {
            transaction: serde_json::to_value(TransactionView::new(record)).unwrap_or_default(),
            amount: amount_of(record),
            from: posting.map(|p| p.from().to_string()),
            to: posting.map(|p| p.to().to_string()),
            balance: pool.map(|balance| balance.posted),
        }
    }
}

/// Whether a transaction moved a company's points.
pub(crate) fn moves_points(record: &Record) -> bool {
    let given = |account: &AccountPath| {
        matches!(account.class(), AccountClass::Pool | AccountClass::Lead | AccountClass::Wallet)
    };
    record.postings.iter().any(|p| *p.asset() == AssetCode::points() && (given(p.from()) || given(p.to())))
}

fn amount_of(record: &Record) -> i64 {
    record.postings.iter().map(|posting| posting.amount().minor_units()).sum()
}

/// The company's pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PoolAnswer {
    /// What may be given.
    #[schema(example = 39000)]
    pub(crate) available: i64,
    /// What holds have reserved.
    #[schema(example = 0)]
    pub(crate) held: i64,
    /// What lies in it: available and held.
    #[schema(example = 39000)]
    pub(crate) balance: i64,
    /// Whether there is enough to give: `ready`, `low` below `low_balance`, `empty`.
    #[schema(value_type = String, example = "ready")]
    pub(crate) status: PoolStatus,
    /// Below this the pool is low.
    #[schema(example = 5000)]
    pub(crate) low_balance: i64,
    /// Of what.
    #[schema(value_type = String, example = "PTS")]
    pub(crate) asset: AssetCode,
    /// Whose.
    pub(crate) tenant: TenantBrief,
}

/// A tenant in brief.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantBrief {
    /// Its id.
    pub(crate) id: String,
    /// Its name in paths.
    #[schema(example = "acme")]
    pub(crate) slug: String,
    /// Its name for people.
    #[schema(example = "Acme Inc.")]
    pub(crate) name: String,
    /// `active`, `suspended` or `closed`.
    #[schema(example = "active")]
    pub(crate) status: &'static str,
}

impl From<&guerdon_store::Tenant> for TenantBrief {
    fn from(tenant: &guerdon_store::Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            slug: tenant.slug.as_str().to_owned(),
            name: tenant.name.clone(),
            status: tenant.status.name(),
        }
    }
}

/// Where a company's points are, and whether it all adds up: allocated − clawed_back = pool + lead_wallets + wallets +
/// held + redeemed + expired + other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatsAnswer {
    /// Whose.
    pub(crate) tenant_id: String,
    /// Their name in paths.
    #[schema(example = "acme")]
    pub(crate) slug: String,
    #[serde(flatten)]
    #[schema(value_type = StatsSchema)]
    pub(crate) stats: Stats,
}

/// The numbers of [`StatsAnswer`], all in points.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "describes guerdon_programs::points::Stats to OpenAPI")]
pub(crate) struct StatsSchema {
    /// Ever issued to the company.
    #[schema(example = 50000)]
    allocated: i64,
    /// Ever taken back.
    #[schema(example = 0)]
    clawed_back: i64,
    /// Free in the company's pool and the departments' pools.
    #[schema(example = 39000)]
    pool: i64,
    /// Ever given to leads, less what was taken back.
    #[schema(example = 10000)]
    delegated: i64,
    /// Ever given to people, less what was taken back.
    #[schema(example = 1000)]
    awarded: i64,
    /// Spent.
    #[schema(example = 0)]
    redeemed: i64,
    /// Ran out.
    #[schema(example = 0)]
    expired: i64,
    /// Reserved by holds.
    #[schema(example = 0)]
    held: i64,
    /// Free in people's wallets.
    #[schema(example = 1000)]
    wallets: i64,
    /// Free in lead wallets.
    #[schema(example = 10000)]
    lead_wallets: i64,
    /// Free on any other account, less what sources other than the platform put in.
    #[schema(example = 0)]
    other: i64,
    /// Whether it all adds up, by the balances and by the entries.
    #[schema(example = true)]
    balanced: bool,
}
