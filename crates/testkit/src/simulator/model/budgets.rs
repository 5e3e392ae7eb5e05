//! Budgets by the rules of `docs/budgets.md`: what there is, what of it is reserved and charged, and what is refused.

use super::decide::Decided;
use super::purse::{Purse, told};
use super::{Effect, Model, Step};
use crate::simulator::budgets::Budgeting;
use guerdon_ledger::{AccountPath, Amount, AssetCode, Hold, HoldKey, Name, Posting, Reference};
use guerdon_programs::Refusal;
use guerdon_programs::budgets::{Budget, ReservationState};
use jiff::Timestamp;
use serde_json::json;

/// What a transaction did with a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct Done {
    budget: Name,
    period: String,
    /// How much was charged, and for what, where it is a charge.
    charged: Option<(i64, Reference)>,
}

/// What an operation comes to: the budget afterwards, and what moves.
struct Operation {
    kind: &'static str,
    amount: i64,
    after: Purse,
    postings: Vec<Posting>,
    step: Option<Step>,
    reference: Option<Reference>,
}

impl Model {
    /// What an operation on a budget comes to at an instant.
    pub(super) fn budgeting(&self, id: &Name, what: &Budgeting, at: Timestamp) -> Decided {
        if let Budgeting::Create { budget } = what {
            return self.create_budget(id, budget, at);
        }
        let before = self.purses.get(id).ok_or_else(|| Refusal::BudgetNotFound(id.clone()))?;
        if let Budgeting::Reset { ended } = what {
            return self.reset(id, before, ended.as_deref(), at);
        }
        if before.ends_at.is_some_and(|end| end <= at) {
            return Err(Refusal::PeriodEnded { budget: id.clone(), period: before.period.clone() });
        }
        let operation = match what {
            Budgeting::Fund { amount, currency } => {
                before.in_currency(id, currency)?;
                let after = Purse { funded: before.funded + amount.minor_units(), ..before.clone() };
                let postings = vec![funding(id, currency, *amount)];
                let amount = amount.minor_units();
                Operation { kind: "budget.fund", amount, after, postings, step: None, reference: None }
            }
            Budgeting::Reserve { reference, amount, currency, expires_at } => {
                self.reserve(id, before, reference, *amount, currency, *expires_at, at)?
            }
            Budgeting::Charge { reference, amount } => self.charge(id, before, reference, *amount, at)?,
            Budgeting::Release { reference, amount, only_expired } => {
                let (hold, part) = self.reservation(id, reference, *amount)?;
                if *only_expired && !is_over(hold, at) {
                    return Err(Refusal::NotDue);
                }
                let amount = part.minor_units();
                let after = Purse { reserved: before.reserved - amount, ..before.clone() };
                let step = Some(Step::Release { key: hold.key.clone(), amount: Some(part) });
                let reference = Some(reference.clone());
                Operation { kind: "budget.release", amount, after, postings: Vec::new(), step, reference }
            }
            Budgeting::Reverse { seq } => return self.reverse_charge(id, before, *seq, at),
            Budgeting::Change { budget, expected_version } => {
                return self.change_budget(id, before, budget, *expected_version, at);
            }
            Budgeting::Create { .. } | Budgeting::Reset { .. } => unreachable!("they were looked at first"),
        };
        self.done(id, before, operation, at)
    }

    fn create_budget(&self, id: &Name, config: &Budget, at: Timestamp) -> Decided {
        if self.purses.contains_key(id) {
            return Err(Refusal::BudgetExists(id.clone()));
        }
        let purses = vec![(id.clone(), None, Purse::new(config, at))];
        Ok(Effect { kind: "budget.create", reference: Some(id.to_string()), purses, ..Effect::default() })
    }

    #[expect(clippy::too_many_arguments, reason = "a reservation has that many sides")]
    fn reserve(
        &self,
        id: &Name,
        before: &Purse,
        reference: &Reference,
        amount: Amount,
        currency: &AssetCode,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<Operation, Refusal> {
        let key = key(id, reference);
        if let Some(kept) = self.holds.get(&key) {
            let (reference, state) = (reference.clone(), state(&kept.hold));
            let amount = kept.hold.amount.minor_units();
            return Err(Refusal::ReservationExists { reference, state, amount });
        }
        if let Some(expires_at) = expires_at.filter(|end| *end <= at) {
            return Err(Refusal::ExpiresInThePast { expires_at });
        }
        before.in_currency(id, currency)?;
        if before.config.paused {
            return Err(Refusal::BudgetPaused(id.clone()));
        }
        let (requested, hard_cap) = (amount.minor_units(), before.hard_cap());
        if before.committed() + requested > hard_cap {
            let (budget, period) = (id.clone(), before.period.clone());
            let available = (hard_cap - before.committed()).max(0);
            return Err(Refusal::HardCapExceeded { budget, period, available, requested, hard_cap });
        }
        let available = before.funded - before.committed();
        if requested > available {
            let (account, asset) = (key.account, currency.clone());
            let short = guerdon_ledger::Refusal::InsufficientBalance { account, asset, available, requested };
            return Err(short.into());
        }
        let after = Purse { reserved: before.reserved + requested, ..before.clone() };
        let expires_at_us = expires_at.map(Timestamp::as_microsecond);
        let step = Some(Step::Place { key, asset: currency.clone(), amount, expires_at_us });
        let (postings, reference) = (Vec::new(), Some(reference.clone()));
        Ok(Operation { kind: "budget.reserve", amount: requested, after, postings, step, reference })
    }

    fn charge(
        &self,
        id: &Name,
        before: &Purse,
        reference: &Reference,
        amount: Option<Amount>,
        at: Timestamp,
    ) -> Result<Operation, Refusal> {
        let kept = self.holds.get(&key(id, reference));
        if let Some(kept) = kept.filter(|kept| is_over(&kept.hold, at))
            && state(&kept.hold) != ReservationState::Charged
            && let Some(us) = kept.hold.expires_at_us
        {
            let expired_at = Timestamp::from_microsecond(us).expect("an instant");
            return Err(Refusal::ReservationExpired { reference: reference.clone(), expired_at });
        }
        let (hold, part) = self.reservation(id, reference, amount)?;
        let amount = part.minor_units();
        let (reserved, charged) = (before.reserved - amount, before.charged + amount);
        let after = Purse { reserved, charged, ..before.clone() };
        let to = AccountPath::new(&format!("spent:{id}:{}", before.period)).expect("a path");
        let step = Some(Step::Capture { key: hold.key.clone(), to, amount: Some(part) });
        let (postings, reference) = (Vec::new(), Some(reference.clone()));
        Ok(Operation { kind: "budget.charge", amount, after, postings, step, reference })
    }

    fn reverse_charge(&self, id: &Name, before: &Purse, seq: i64, at: Timestamp) -> Decided {
        let txn = format!("txn_{seq}");
        let done = self.done.get(&seq).filter(|done| done.budget == *id);
        let done = done.ok_or_else(|| Refusal::TransactionNotFound(txn.clone()))?;
        let Some((amount, reference)) = done.charged.clone() else {
            let why = "of a budget only charges are reversed";
            return Err(Refusal::NotReversible { id: txn, why });
        };
        if let Some(by) = self.reversed.get(&seq) {
            return Err(Refusal::AlreadyReversed { id: txn, by: format!("txn_{by}") });
        }
        // It counts for the period that was charged; in another it is money that came in.
        let mut after = before.clone();
        match done.period == before.period {
            true => after.charged -= amount,
            false => after.funded += amount,
        }
        let spent = AccountPath::new(&format!("spent:{id}:{}", done.period)).expect("a path");
        let units = Amount::new(amount).expect("what was charged is an amount");
        let back = Posting::new(spent, account("budget", id), before.config.currency.clone(), units);
        let postings = vec![back.expect("two accounts")];
        let reference = Some(reference);
        let operation = Operation { kind: "budget.reverse", amount, after, postings, step: None, reference };
        Ok(Effect { reverses: Some(seq), ..self.done(id, before, operation, at)? })
    }

    fn reset(&self, id: &Name, before: &Purse, ended: Option<&str>, at: Timestamp) -> Decided {
        let over = before.ends_at.filter(|end| *end <= at);
        if ended.is_some_and(|name| name != before.period || over.is_none()) {
            return Err(Refusal::NotDue);
        }
        let mut after = before.clone();
        after.enter(over.unwrap_or(at));
        let free = before.funded - before.committed();
        let returned = if before.config.rollover { 0 } else { free };
        let refill = before.config.refill.map_or(0, Amount::minor_units);
        after.funded = before.funded - before.charged - returned + refill;
        after.charged = 0;
        let currency = &before.config.currency;
        let mut postings = Vec::new();
        if let Ok(returned) = Amount::new(returned) {
            let (from, to) = (account("budget", id), account("funding", id));
            postings.push(Posting::new(from, to, currency.clone(), returned).expect("two accounts"));
        }
        postings.extend(before.config.refill.map(|refill| funding(id, currency, refill)));
        // What a period was charged ends with it, so nothing is crossed upwards.
        let compared = Purse { charged: 0, ..before.clone() };
        let (kind, amount) = ("budget.reset", returned);
        let operation = Operation { kind, amount, after, postings, step: None, reference: None };
        let mut effect = self.done(id, &compared, operation, at)?;
        let ended = json!({"period": before.period, "usage": before.usage()});
        effect.metadata.insert("ended".to_owned(), ended);
        if before.config.refill.is_some() {
            effect.metadata.insert("refilled".to_owned(), refill.into());
        }
        effect.purses = vec![(id.clone(), Some(before.clone()), effect.purses.remove(0).2)];
        Ok(effect)
    }

    fn change_budget(
        &self,
        id: &Name,
        before: &Purse,
        config: &Budget,
        expected: Option<i64>,
        at: Timestamp,
    ) -> Decided {
        if let Some(expected) = expected.filter(|expected| *expected != before.version) {
            return Err(Refusal::VersionMismatch { expected, found: before.version });
        }
        before.in_currency(id, &config.currency)?;
        let (hard_cap, committed) = (config.hard_cap.minor_units(), before.committed());
        if hard_cap < committed {
            return Err(Refusal::CapBelowCommitted { hard_cap, committed });
        }
        let after = before.changed(config, at);
        let (kind, postings) = ("budget.change", Vec::new());
        let operation = Operation { kind, amount: 0, after, postings, step: None, reference: None };
        self.done(id, before, operation, at)
    }

    /// A reservation of which something is left, and the part of it that is meant.
    fn reservation(
        &self,
        id: &Name,
        reference: &Reference,
        amount: Option<Amount>,
    ) -> Result<(&Hold, Amount), Refusal> {
        let (budget, reference) = (id.clone(), reference.clone());
        let Some(kept) = self.holds.get(&key(id, &reference)) else {
            return Err(Refusal::ReservationNotFound { budget, reference });
        };
        let hold = &kept.hold;
        let left = hold.amount.minor_units() - hold.captured - hold.released;
        let Ok(rest) = Amount::new(left) else {
            let (state, charged, released) = (state(hold), hold.captured, hold.released);
            return Err(Refusal::ReservationResolved { reference, state, charged, released });
        };
        let part = amount.unwrap_or(rest);
        if part > rest {
            let (remaining, requested) = (left, part.minor_units());
            return Err(Refusal::ReservationTooSmall { reference, remaining, requested });
        }
        Ok((hold, part))
    }

    /// The effect of an operation, and what its transaction says of the budget.
    fn done(&self, id: &Name, before: &Purse, operation: Operation, at: Timestamp) -> Decided {
        let Operation { kind, amount, after, postings, step, reference } = operation;
        assert!(after.committed() <= after.hard_cap(), "{id} is past its hard cap: {after:?}");
        assert!(after.committed() <= after.funded, "{id} has more committed than funded: {after:?}");
        let steps: Vec<Step> = step.into_iter().collect();
        let effect = self.movement(&postings, &steps, None, at.as_microsecond())?;
        let charged = (kind == "budget.charge").then(|| Some((amount, reference.clone()?))).flatten();
        let done = Done { budget: id.clone(), period: after.period.clone(), charged };
        Ok(Effect {
            kind,
            metadata: told(id, before, &after, amount, at),
            purses: vec![(id.clone(), Some(before.clone()), after)],
            done: Some(done),
            gives_reason: true,
            reference: reference.map(|reference| reference.to_string()),
            ..effect
        })
    }
}

fn state(hold: &Hold) -> ReservationState {
    match hold.amount.minor_units() - hold.captured - hold.released {
        1.. => ReservationState::Open,
        _ if hold.captured > 0 => ReservationState::Charged,
        _ => ReservationState::Released,
    }
}

fn is_over(hold: &Hold, at: Timestamp) -> bool {
    hold.expires_at_us.is_some_and(|end| end <= at.as_microsecond())
}

fn key(id: &Name, reference: &Reference) -> HoldKey {
    HoldKey { account: account("budget", id), reference: reference.clone() }
}

fn account(root: &str, id: &Name) -> AccountPath {
    AccountPath::new(&format!("{root}:{id}")).expect("a path")
}

fn funding(id: &Name, currency: &AssetCode, amount: Amount) -> Posting {
    let posting = Posting::new(account("funding", id), account("budget", id), currency.clone(), amount);
    posting.expect("two accounts")
}
