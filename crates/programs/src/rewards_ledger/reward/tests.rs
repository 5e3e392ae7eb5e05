//! What is a reward, and where it is in its life by the holds that there are.

use super::*;
use guerdon_ledger::chain::Hash;
use guerdon_store::journal::Metadata;

fn posting(from: &str, to: &str, asset: &str, amount: i64) -> Posting {
    let path = |path| AccountPath::new(path).expect(path);
    let (asset, amount) = (AssetCode::new(asset).expect(asset), Amount::new(amount).expect("amount"));
    Posting::new(path(from), path(to), asset, amount).expect("posting")
}

fn record(postings: Vec<Posting>, reverses: Option<i64>) -> Record {
    Record {
        seq: 7,
        kind: "event".to_owned(),
        actor: "key".into(),
        idempotency_key: None,
        fingerprint: None,
        recorded_at: Timestamp::UNIX_EPOCH,
        effective_at: Timestamp::UNIX_EPOCH,
        reason: None,
        reference: None,
        postings,
        balances: Vec::new(),
        holds: Vec::new(),
        changes: Vec::new(),
        metadata: Metadata::default(),
        reverses,
        lists: Vec::new(),
        texts_hash: None,
        hash: Hash::GENESIS,
    }
}

#[test]
fn what_came_to_a_reward_account_is_a_reward_and_nothing_else_is() {
    for (from, to, asset, is_one) in [
        ("funding:ledger", "reward:alice", "USD", true),
        ("budget:marketing", "reward:alice", "USD", true),
        ("pool", "reward:alice", "PTS", true),
        ("bank:main", "reward:alice", "USD", true),
        ("reward:bob", "reward:alice", "USD", false),
        ("issuance", "reward:alice", "USD", false),
        ("pool", "wallet:alice", "PTS", false),
        ("reward:alice", "redeemed", "USD", false),
    ] {
        let moved = || vec![posting(from, to, asset, 5)];
        let rewards = Reward::all_of(&record(moved(), None));
        assert_eq!(rewards.len(), usize::from(is_one), "{from} {to}");
        assert!(Reward::all_of(&record(moved(), Some(3))).is_empty(), "{from} {to} by a reversal");
    }
}

#[test]
fn a_transaction_has_one_reward_for_each_account_and_asset() {
    let rewards = Reward::all_of(&record(
        vec![
            posting("funding:ledger", "reward:alice", "USD", 500),
            posting("funding:ledger", "reward:bob", "USD", 200),
            posting("budget:b", "reward:alice", "USD", 50),
            posting("funding:ledger", "reward:alice", "EUR", 30),
        ],
        None,
    ));
    let told: Vec<_> = rewards
        .iter()
        .map(|r| format!("{} {} {} {}", r.member(), r.amount, r.asset, r.hold(Stage::Paid).reference))
        .collect();
    assert_eq!(told, ["alice 550 USD paid:txn_7", "bob 200 USD paid:txn_7", "alice 30 EUR paid:txn_7:EUR"]);
}

#[test]
fn the_holds_that_there_are_tell_where_a_reward_is() {
    let reward = Reward::all_of(&record(vec![posting("funding:ledger", "reward:alice", "USD", 500)], None))
        .pop()
        .expect("a reward");
    let hold = |stage: Stage, released: i64, captured: i64| Hold {
        key: reward.hold(stage).clone(),
        asset: AssetCode::usd(),
        amount: reward.amount,
        captured,
        released,
        expires_at_us: (stage == Stage::Approved).then_some(5_000_000),
    };
    use RewardState as S;
    let (open, released) = (hold(Stage::Pending, 0, 0), hold(Stage::Pending, 500, 0));
    let (approved, over) = (hold(Stage::Approved, 0, 0), hold(Stage::Approved, 500, 0));
    let (paid, back) = (hold(Stage::Paid, 0, 500), hold(Stage::Reversed, 0, 500));
    for (is_reversed, holds, state) in [
        (false, vec![], S::Confirmed),
        (false, vec![&open], S::Pending),
        (false, vec![&released], S::Confirmed),
        (false, vec![&released, &approved], S::Pending),
        (false, vec![&released, &over], S::Confirmed),
        (false, vec![&released, &paid], S::Paid),
        (false, vec![&paid], S::Paid),
        (false, vec![&released, &back], S::Reversed),
        (true, vec![], S::Reversed),
        (true, vec![&released], S::Reversed),
    ] {
        let standing =
            reward.standing(is_reversed, |key| holds.iter().find(|hold| hold.key == *key).copied());
        assert_eq!(standing.state, state, "{is_reversed} {holds:?}");
        assert_eq!(standing.pending.is_some(), state == S::Pending, "{holds:?}");
        let ends = holds.contains(&&approved).then(|| Timestamp::from_second(5).expect("an instant"));
        assert_eq!(standing.confirms_at, ends, "{holds:?}");
    }
}

#[test]
fn references_of_the_life_of_rewards_are_no_callers() {
    for (reference, stage) in [
        ("pending:txn_7", Some(Stage::Pending)),
        ("approved:x", Some(Stage::Approved)),
        ("paid:txn_7:EUR", Some(Stage::Paid)),
        ("reversed:", Some(Stage::Reversed)),
        ("pending", None),
        ("order-pending:1", None),
        ("Paid:1", None),
    ] {
        assert_eq!(Stage::of(&reference.parse().expect(reference)), stage, "{reference}");
    }
}

#[test]
fn a_reference_tells_the_transaction_whose_reward_is_pending() {
    for (reference, seq) in [
        ("pending:txn_7", Some(7)),
        ("approved:txn_12:EUR", Some(12)),
        ("paid:txn_7", None),
        ("pending:order-7", None),
        ("order-7", None),
    ] {
        assert_eq!(Stage::pending_of(&reference.parse().expect(reference)), seq, "{reference}");
    }
}
