//! Paying: a confirmed reward leaves the books, `reward:<member>` → `redeemed`.

use super::chosen::{choose, looked_at, needed};
use super::reward::{RewardState, Stage};
use super::told::{Told, ToldReward};
use crate::Refusal;
use guerdon_ledger::{AccountPath, HoldOp, MemberId, Movement};
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen, transaction_id};
use jiff::Timestamp;

/// Pays the confirmed rewards of a transaction out. The hold that marks a payment is placed and captured in one movement,
/// and its reference is used once for ever: so a reward is paid once, whoever asks.
#[derive(Debug, Clone)]
pub struct PayReward {
    /// The transaction that credited them.
    pub seq: i64,
    /// Only those of this member.
    pub member: Option<MemberId>,
    /// What the payment is known by elsewhere.
    pub reference: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for PayReward {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        needed(self.seq)
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        looked_at(seen, self.seq)
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        use RewardState::{Confirmed, Paid, Reversed};
        let all = choose(seen, self.seq, self.member.as_ref())?;
        let ready = all.able("pay", &[Confirmed], &[Paid, Reversed])?;
        let told = ready.iter().map(|chosen| ToldReward::new(&chosen.reward, Paid)).collect();
        let holds = ready.into_iter().flat_map(|chosen| {
            let (key, reward) = (chosen.reward.hold(Stage::Paid).clone(), chosen.reward);
            let capture = HoldOp::Capture { key: key.clone(), to: AccountPath::redeemed(), amount: None };
            [HoldOp::Place { key, asset: reward.asset, amount: reward.amount, expires_at_us: None }, capture]
        });
        Ok(Decision {
            kind: "reward.pay".to_owned(),
            movement: Movement { holds: holds.collect(), ..Movement::default() },
            reason: self.reason.clone(),
            reference: self.reference.clone().or_else(|| Some(transaction_id(self.seq))),
            metadata: Metadata::of(Told::new(self.seq, told)),
            ..Decision::default()
        })
    }
}
