//! Confirming: a pending reward is the member's to use.

use super::chosen::{choose, in_review, looked_at, needed};
use super::reward::RewardState;
use super::told::{Told, ToldReward};
use crate::Refusal;
use guerdon_ledger::{HoldOp, MemberId, Movement};
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen, transaction_id};
use jiff::Timestamp;

/// Confirms the pending rewards of a transaction.
#[derive(Debug, Clone)]
pub struct ConfirmReward {
    /// The transaction that credited them.
    pub seq: i64,
    /// Only those of this member.
    pub member: Option<MemberId>,
    /// Why.
    pub reason: Option<String>,
    /// Only those whose time to confirm by themselves has come.
    pub only_due: bool,
}

impl Command for ConfirmReward {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        needed(self.seq)
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        looked_at(seen, self.seq)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        use RewardState::{Confirmed, Paid, Pending, Reversed};
        let all = choose(seen, self.seq, self.member.as_ref())?;
        let in_review = in_review(seen, all.record).map(|referral| referral.id.clone());
        let mut ready = match all.able("confirm", &[Pending], &[Confirmed, Paid, Reversed]) {
            Err(_) if self.only_due => return Err(Refusal::NotDue),
            ready => ready?,
        };
        if self.only_due {
            ready.retain(|chosen| chosen.standing.confirms_at.is_some_and(|due| due <= at));
        }
        match in_review {
            Some(_) if self.only_due => return Err(Refusal::NotDue),
            Some(referral) => return Err(Refusal::UnderReview { id: transaction_id(self.seq), referral }),
            None if ready.is_empty() => return Err(Refusal::NotDue),
            None => {}
        }
        let told = ready.iter().map(|chosen| ToldReward::new(&chosen.reward, Confirmed)).collect();
        let holds = ready.into_iter().filter_map(|chosen| chosen.standing.pending);
        let holds = holds.map(|key| HoldOp::Release { key, amount: None }).collect();
        Ok(Decision {
            kind: "reward.confirm".to_owned(),
            movement: Movement { holds, ..Movement::default() },
            reason: self.reason.clone(),
            reference: Some(transaction_id(self.seq)),
            metadata: Metadata::of(Told::new(self.seq, told)),
            ..Decision::default()
        })
    }
}
