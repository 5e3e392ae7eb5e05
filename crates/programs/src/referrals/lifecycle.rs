//! Where a referral is in its life, and what may become of it.

use guerdon_store::{Referral, ReferralReward, ReferralStatus, Review, Reviewed, WaitingReward};
use jiff::Timestamp;

/// How many of the transactions that rewarded a referral it remembers: the last ones.
const REMEMBERED: usize = 100;

/// Whether a rule may reward a referral: one that a review has rejected never qualifies.
pub fn may_qualify(referral: &Referral) -> bool {
    referral.status != ReferralStatus::Rejected
}

/// Whether what rewards a referral must wait for a review before it confirms by itself.
pub fn waits_for_review(referral: &Referral) -> bool {
    referral.review == Review::Open
}

/// A referral once transaction `seq` has rewarded it, at an instant; `waiting` are the rewards of the transaction that
/// wait for its review. The first transaction qualifies it, those after it are remembered.
pub fn qualified(referral: &Referral, seq: i64, at: Timestamp, waiting: Vec<WaitingReward>) -> Referral {
    let mut next = Referral { version: referral.version + 1, ..referral.clone() };
    next.rewards.push(ReferralReward { seq, waiting });
    let forgotten = next.rewards.len().saturating_sub(REMEMBERED);
    next.rewards.drain(..forgotten);
    if matches!(referral.status, ReferralStatus::Pending | ReferralStatus::Reversed) {
        next.status = ReferralStatus::Qualified;
        next.qualified_by = Some(seq);
        next.qualified_at = Some(at);
    }
    next
}

/// A referral whose review has ended. Rewards that waited for it wait no longer.
pub fn reviewed(referral: &Referral, approved: bool, by: Reviewed) -> Referral {
    let mut next = Referral { version: referral.version + 1, reviewed: Some(by), ..referral.clone() };
    next.rewards.iter_mut().for_each(|reward| reward.waiting.clear());
    match approved {
        true => next.review = Review::Approved,
        false => (next.review, next.status) = (Review::Rejected, ReferralStatus::Rejected),
    }
    next
}

/// A referral after a transaction that rewarded it was reversed whole; `None` where that leaves it as it is.
pub fn reversed(referral: &Referral, seq: i64) -> Option<Referral> {
    let qualified_by_it = referral.qualified_by == Some(seq);
    (qualified_by_it && referral.status == ReferralStatus::Qualified).then(|| Referral {
        status: ReferralStatus::Reversed,
        version: referral.version + 1,
        ..referral.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReferralStatus as S;

    fn referral(status: ReferralStatus, review: Review) -> Referral {
        Referral {
            id: "ref-1".parse().expect("id"),
            code: None,
            referrer_id: "alice".parse().expect("id"),
            referred_id: "bob".parse().expect("id"),
            status,
            review,
            flags: Vec::new(),
            reviewed: None,
            rewards: Vec::new(),
            qualified_by: None,
            qualified_at: None,
            seq: 3,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn one_that_was_rejected_never_qualifies() {
        for (status, may) in
            [(S::Pending, true), (S::Qualified, true), (S::Reversed, true), (S::Rejected, false)]
        {
            assert_eq!(may_qualify(&referral(status, Review::None)), may, "{status:?}");
        }
    }

    #[test]
    fn rewards_wait_while_somebody_is_to_look() {
        for (review, waits) in [
            (Review::None, false),
            (Review::Open, true),
            (Review::Approved, false),
            (Review::Rejected, false),
        ] {
            assert_eq!(waits_for_review(&referral(S::Pending, review)), waits, "{review:?}");
        }
    }

    #[test]
    fn the_first_reward_qualifies_and_the_others_are_remembered() {
        let first = qualified(&referral(S::Pending, Review::None), 7, at(1), Vec::new());
        assert_eq!((first.status, first.qualified_by, first.version), (S::Qualified, Some(7), 2));
        let second = qualified(&first, 9, at(2), Vec::new());
        assert_eq!((second.qualified_by, second.qualified_at), (Some(7), Some(at(1))));
        assert_eq!(second.rewards.iter().map(|reward| reward.seq).collect::<Vec<_>>(), [7, 9]);
        let many = (10..210).fold(second, |referral, seq| qualified(&referral, seq, at(3), Vec::new()));
        assert_eq!((many.rewards.len(), many.rewards[0].seq), (100, 110));
    }

    #[test]
    fn taking_back_what_qualified_it_reverses_it_until_it_qualifies_again() {
        let first = qualified(&referral(S::Pending, Review::None), 7, at(1), Vec::new());
        let second = qualified(&first, 9, at(2), Vec::new());
        assert_eq!(reversed(&second, 9), None);
        let back = reversed(&second, 7).expect("reversed");
        assert_eq!(back.status, S::Reversed);
        let again = qualified(&back, 11, at(3), Vec::new());
        assert_eq!((again.status, again.qualified_by), (S::Qualified, Some(11)));
        assert_eq!(reversed(&referral(S::Rejected, Review::Rejected), 7), None);
    }

    #[test]
    fn a_review_ends_the_waiting_either_way() {
        for (approved, status, review) in
            [(true, S::Qualified, Review::Approved), (false, S::Rejected, Review::Rejected)]
        {
            let hold = guerdon_ledger::HoldKey {
                account: guerdon_ledger::AccountPath::reward(&"alice".parse().expect("id")),
                reference: "pending:txn_7".parse().expect("reference"),
            };
            let waiting = vec![WaitingReward { hold, confirms_at: at(9) }];
            let open = qualified(&referral(S::Pending, Review::Open), 7, at(1), waiting);
            let by = Reviewed { by: "mgr-1".to_owned(), at: at(2), note: None };
            let ended = reviewed(&open, approved, by.clone());
            assert_eq!((ended.status, ended.review, ended.reviewed), (status, review, Some(by)));
            assert!(ended.rewards[0].waiting.is_empty());
        }
    }
}
