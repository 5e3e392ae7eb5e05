//! Making rewards pending, in the transaction that credits them.

use super::reward::{Reward, Stage};
use guerdon_ledger::{HoldOp, Posting};
use guerdon_store::WaitingReward;
use jiff::Timestamp;

/// How a reward is confirmed. Of several credits that make one reward, the latest in this order decides for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confirm {
    /// It is when it is credited.
    AtOnce,
    /// It confirms by itself at an instant.
    At(Timestamp),
    /// Somebody confirms it.
    Manual,
}

/// A credit to a reward account, and how it is confirmed.
#[derive(Debug, Clone, Copy)]
pub struct RewardCredit<'a> {
    /// What is credited.
    pub posting: &'a Posting,
    /// How it is confirmed.
    pub confirm: Confirm,
    /// Whether it rewards a referral that waits for a review: then it does not confirm by itself before that.
    pub under_review: bool,
}

/// What makes rewards pending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PendingRewards {
    /// Holds to be placed by the movement that credits them.
    pub holds: Vec<HoldOp>,
    /// Those that would have confirmed by themselves but for a review, for the referral to remember.
    pub waiting: Vec<WaitingReward>,
}

/// What makes the rewards of a transaction pending: `seq` is the transaction's own place, `credits` all of its credits
/// to reward accounts, in the order of its postings, and `at` when it is decided. Credits to other accounts, such as
/// points to a wallet, are let alone.
pub fn pending(seq: i64, credits: &[RewardCredit<'_>], at: Timestamp) -> PendingRewards {
    let mut all = PendingRewards::default();
    for reward in Reward::gathered(seq, credits.iter().map(|credit| credit.posting)) {
        let of_it = credits.iter().filter(|credit| {
            *credit.posting.to() == reward.account && *credit.posting.asset() == reward.asset
        });
        let confirm = of_it.clone().map(|credit| credit.confirm).max().unwrap_or(Confirm::AtOnce);
        let under_review = of_it.clone().any(|credit| credit.under_review);
        let confirms_at = match confirm {
            Confirm::AtOnce => Some(at),
            Confirm::At(then) => Some(then.max(at)),
            Confirm::Manual => None,
        };
        if !under_review && confirms_at == Some(at) {
            continue;
        }
        let key = reward.hold(Stage::Pending).clone();
        if let Some(confirms_at) = confirms_at.filter(|_| under_review) {
            all.waiting.push(WaitingReward { hold: key.clone(), confirms_at });
        }
        let expires_at_us = confirms_at.filter(|_| !under_review).map(Timestamp::as_microsecond);
        let (asset, amount) = (reward.asset.clone(), reward.amount);
        all.holds.push(HoldOp::Place { key, asset, amount, expires_at_us });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use guerdon_ledger::{AccountPath, Amount, AssetCode};

    const SEQ: i64 = 7;

    fn credit(to: &str, asset: &str, amount: i64) -> Posting {
        let to = AccountPath::new(to).expect(to);
        let (asset, amount) = (AssetCode::new(asset).expect(asset), Amount::new(amount).expect("amount"));
        Posting::new(AccountPath::funding_ledger(), to, asset, amount).expect("posting")
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).expect("an instant")
    }

    /// Holds as `<account> <reference> <amount> <the day on which it ends>`, and what waits in the same way.
    fn told(credits: &[(Posting, Confirm, bool)]) -> (Vec<String>, Vec<String>) {
        let credits: Vec<_> = credits
            .iter()
            .map(|(posting, confirm, under_review)| RewardCredit {
                posting,
                confirm: *confirm,
                under_review: *under_review,
            })
            .collect();
        let PendingRewards { holds, waiting } = pending(SEQ, &credits, at(10));
        let day = |us: i64| us / 86_400_000_000;
        let holds = holds.into_iter().map(|op| match op {
            HoldOp::Place { key, asset, amount, expires_at_us } => {
                let ends = expires_at_us.map_or("-".to_owned(), |us| day(us).to_string());
                format!("{} {} {amount} {asset} {ends}", key.account, key.reference)
            }
            other => format!("{other:?}"),
        });
        let waiting = waiting.into_iter().map(|waiting| {
            let WaitingReward { hold, confirms_at } = waiting;
            format!("{} {} {}", hold.account, hold.reference, day(confirms_at.as_microsecond()))
        });
        (holds.collect(), waiting.collect())
    }

    #[test]
    fn each_credit_waits_as_it_says() {
        let alice = || credit("reward:alice", "USD", 500);
        for (confirm, under_review, hold, waits) in [
            (Confirm::AtOnce, false, None, None),
            (Confirm::At(at(10)), false, None, None),
            (Confirm::At(at(9)), false, None, None),
            (Confirm::At(at(40)), false, Some("40"), None),
            (Confirm::Manual, false, Some("-"), None),
            (Confirm::AtOnce, true, Some("-"), Some("10")),
            (Confirm::At(at(40)), true, Some("-"), Some("40")),
            (Confirm::Manual, true, Some("-"), None),
        ] {
            let (holds, waiting) = told(&[(alice(), confirm, under_review)]);
            let hold = hold.map(|ends| format!("reward:alice pending:txn_7 500 USD {ends}"));
            let waits = waits.map(|day| format!("reward:alice pending:txn_7 {day}"));
            let at = format!("{confirm:?} {under_review}");
            assert_eq!(holds, Vec::from_iter(hold), "{at}");
            assert_eq!(waiting, Vec::from_iter(waits), "{at}");
        }
    }

    #[test]
    fn credits_that_make_one_reward_are_pending_whole_by_the_latest_of_them() {
        let (holds, waiting) = told(&[
            (credit("reward:alice", "USD", 500), Confirm::AtOnce, false),
            (credit("wallet:alice", "PTS", 9), Confirm::Manual, true),
            (credit("reward:bob", "USD", 100), Confirm::AtOnce, false),
            (credit("reward:alice", "EUR", 30), Confirm::Manual, false),
            (credit("reward:alice", "USD", 50), Confirm::At(at(40)), false),
        ]);
        assert_eq!(
            holds,
            ["reward:alice pending:txn_7 550 USD 40", "reward:alice pending:txn_7:EUR 30 EUR -"]
        );
        assert!(waiting.is_empty());
    }
}
