//! Where a company's points are, and the proof that none is missing:
//! allocated − clawed back = pools + lead wallets + wallets + held + redeemed + expired + other.

use crate::Error;
use guerdon_ledger::{AccountClass, AssetCode};
use guerdon_store::TenantId;
use guerdon_store::driver::{Database, Mode};
use guerdon_store::read::{self, ClassBalance, FlowRow};
use serde::Serialize;

/// A company's points at one instant. The balances are what is free of holds; what holds have reserved, on whatever
/// account, is `held`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Ever issued to the company.
    pub allocated: i64,
    /// Ever taken back.
    pub clawed_back: i64,
    /// Free in the company's pool and the departments' pools.
    pub pool: i64,
    /// Ever given to leads, less what was taken back.
    pub delegated: i64,
    /// Ever given to people, less what was taken back.
    pub awarded: i64,
    /// Spent.
    pub redeemed: i64,
    /// Ran out.
    pub expired: i64,
    /// Reserved by holds.
    pub held: i64,
    /// Free in people's wallets.
    pub wallets: i64,
    /// Free in lead wallets.
    pub lead_wallets: i64,
    /// Free on any other account, less what sources other than the platform put in.
    pub other: i64,
    /// Whether it all adds up, by the balances and by the entries.
    pub balanced: bool,
}

const CLASSES: [AccountClass; 12] = [
    AccountClass::Issuance,
    AccountClass::Pool,
    AccountClass::Lead,
    AccountClass::Wallet,
    AccountClass::Redeemed,
    AccountClass::Expired,
    AccountClass::Funding,
    AccountClass::Reward,
    AccountClass::Budget,
    AccountClass::Spent,
    AccountClass::Tally,
    AccountClass::Other,
];

/// Reads where a company's points are, and proves that none is missing.
///
/// # Errors
/// [`Error::Unavailable`] while the database is away.
pub async fn stats(database: &Database, tenant: TenantId) -> Result<Stats, Error> {
    let points = AssetCode::points();
    let mut tx = database.begin(tenant, Mode::Read).await?;
    let flows = read::flows(&mut tx, &points).await?;
    let sums = read::class_balances(&mut tx, &points, &CLASSES[..11]).await?;
    let all = read::asset_balance(&mut tx, &points).await?;
    Ok(add_up(&flows, &sums, all))
}

fn add_up(flows: &[FlowRow], sums: &[ClassBalance], all: ClassBalance) -> Stats {
    let flow = |from, to| flow_between(flows, from, to);
    let class = |class: AccountClass| {
        let index = CLASSES.iter().position(|c| *c == class).unwrap_or_default();
        sums.get(index).copied().unwrap_or_default()
    };
    let free = |of: AccountClass| class(of).posted - class(of).held;
    use AccountClass as C;
    let allocated = flow(Some(C::Issuance), None);
    let clawed_back = flow(None, Some(C::Issuance));
    let named = [C::Pool, C::Lead, C::Wallet, C::Redeemed, C::Expired].map(free);
    let everywhere = all.posted - class(C::Issuance).posted - all.held;
    let other = everywhere - named.iter().sum::<i64>();
    let by_balances = allocated - clawed_back == named.iter().sum::<i64>() + all.held + other;
    // The entries tell the same of each class as its balances do.
    let by_entries =
        CLASSES[..11].iter().all(|c| class(*c).posted == flow(None, Some(*c)) - flow(Some(*c), None));
    Stats {
        allocated,
        clawed_back,
        pool: named[0],
        delegated: flow(Some(C::Pool), Some(C::Lead)) - flow(Some(C::Lead), Some(C::Pool)),
        awarded: given(flows),
        redeemed: named[3],
        expired: named[4],
        held: all.held,
        wallets: named[2],
        lead_wallets: named[1],
        other,
        balanced: by_balances && by_entries && all.posted == 0,
    }
}

/// What wallets received from those who give, less what went back to them.
fn given(flows: &[FlowRow]) -> i64 {
    [AccountClass::Pool, AccountClass::Lead]
        .map(|giver| {
            flow_between(flows, Some(giver), Some(AccountClass::Wallet))
                - flow_between(flows, Some(AccountClass::Wallet), Some(giver))
        })
        .iter()
        .sum()
}

/// What flowed from a class to a class; `None` is any other class.
pub(super) fn flow_between(flows: &[FlowRow], from: Option<AccountClass>, to: Option<AccountClass>) -> i64 {
    flows
        .iter()
        .filter(|flow| from.is_none_or(|from| flow.from == from) && to.is_none_or(|to| flow.to == to))
        .map(|flow| flow.amount)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(from: AccountClass, to: AccountClass, amount: i64) -> FlowRow {
        FlowRow { from, to, postings: 1, amount }
    }

    /// Sums by class in the order of [`CLASSES`], the other accounts last, and the sum of all.
    fn balances(posted: [i64; 12], held: i64) -> (Vec<ClassBalance>, ClassBalance) {
        let sums = posted.map(|posted| ClassBalance { posted, held: 0, accounts: 1 }).to_vec();
        (sums, ClassBalance { posted: posted.iter().sum(), held, accounts: 12 })
    }

    #[test]
    fn the_three_tiers_add_up() {
        use AccountClass as C;
        let flows = [
            flow(C::Issuance, C::Pool, 50_000),
            flow(C::Pool, C::Lead, 10_000),
            flow(C::Pool, C::Wallet, 1_000),
        ];
        let (sums, all) = balances([-50_000, 39_000, 10_000, 1_000, 0, 0, 0, 0, 0, 0, 0, 0], 0);
        let stats = add_up(&flows, &sums, all);
        assert_eq!((stats.pool, stats.lead_wallets, stats.wallets), (39_000, 10_000, 1_000));
        assert_eq!(
            (stats.allocated, stats.delegated, stats.awarded, stats.other),
            (50_000, 10_000, 1_000, 0)
        );
        assert!(stats.balanced);
    }

    #[test]
    fn a_missing_point_is_noticed() {
        use AccountClass as C;
        let flows = [flow(C::Issuance, C::Pool, 50_000)];
        let (sums, all) = balances([-50_000, 49_999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0);
        assert!(!add_up(&flows, &sums, all).balanced);
    }

    #[test]
    fn a_point_on_the_wrong_account_is_noticed() {
        use AccountClass as C;
        let flows = [flow(C::Issuance, C::Pool, 50_000)];
        let (sums, all) = balances([-50_000, 49_999, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 0);
        assert!(!add_up(&flows, &sums, all).balanced);
    }
}
