//! Reversing a transaction: an offsetting one, once.

use crate::{Refusal, rewards_ledger};
use guerdon_ledger::{AccountPath, Movement, reversed};
use guerdon_store::journal::{Command, Decision, Needs, Seen, transaction_id};
use jiff::Timestamp;

/// Reverses a transaction exactly. What was spent since cannot be taken back, and is refused with the numbers.
#[derive(Debug)]
pub struct Reverse {
    /// The transaction's place in the journal.
    pub seq: i64,
    /// Why.
    pub reason: Option<String>,
    /// Whether the platform asks: nobody else reverses what the platform issued.
    pub by_platform: bool,
}

impl Command for Reverse {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { transactions: vec![self.seq], ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        rewards_ledger::looked_at(seen, self.seq)
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let id = transaction_id(self.seq);
        let Some(original) = seen.transaction(self.seq) else { return Err(Refusal::TransactionNotFound(id)) };
        if let Some(by) = seen.reversal_of(self.seq) {
            return Err(Refusal::AlreadyReversed { id, by: transaction_id(by) });
        }
        if original.reverses.is_some() {
            return Err(Refusal::NotReversible {
                id,
                why: "it is itself a reversal; record a new transaction",
            });
        }
        if rewards_ledger::Told::of(original).is_some() {
            return Err(Refusal::NotReversible {
                id,
                why: "it is a step in the life of a reward; credit the member anew",
            });
        }
        if original.postings.is_empty() {
            return Err(Refusal::NotReversible { id, why: "it moved no value" });
        }
        super::refuse_budgets(original.postings.iter().flat_map(|posting| [posting.from(), posting.to()]))?;
        let issuance = AccountPath::issuance();
        if !self.by_platform && original.postings.iter().any(|p| *p.from() == issuance || *p.to() == issuance)
        {
            return Err(Refusal::PlatformOnly(issuance));
        }
        rewards_ledger::expect_reversible(seen, original)?;
        Ok(Decision {
            kind: "reverse".to_owned(),
            movement: Movement { postings: reversed(&original.postings), ..Movement::default() },
            changes: rewards_ledger::referral_reversed(seen, original),
            reason: self.reason.clone(),
            reverses: Some(self.seq),
            ..Decision::default()
        })
    }
}
