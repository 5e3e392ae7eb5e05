//! What one transaction does to budgets when rules spend from them: any of several budgets, more than once.

use super::budget::{Open, documents_of, open_now, standing};
use super::reservation::hold_key;
use super::told::{Told, hard_cap};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, AssetCode, HoldOp, Movement, Name, Posting, Reference};
use guerdon_store::DocumentKey;
use guerdon_store::budgets::EntryKind;
use guerdon_store::journal::{Needs, Seen};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What was spent from budgets so far. Cloned before a rule is tried, so that what the rule did can be forgotten.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spending(BTreeMap<Name, Spent>);

#[derive(Debug, Clone)]
struct Spent {
    open: Open,
    did: EntryKind,
    amount: i64,
    before: Usage,
    after: Usage,
}

impl Spending {
    /// The documents to look at for a budget.
    pub(crate) fn documents(budget: &Name) -> Vec<DocumentKey> {
        documents_of(budget)
    }

    /// What to look at once these are seen.
    pub(crate) fn needs_then(seen: &Seen<'_>, budget: &Name) -> Needs {
        standing(seen, budget)
    }

    /// Charges a budget without a reservation.
    ///
    /// # Errors
    /// The [`Refusal`] that a reservation would meet; [`Refusal::PeriodEnded`] where the budget must be reset first.
    pub(crate) fn charge(
        &mut self,
        seen: &Seen<'_>,
        at: Timestamp,
        budget: &Name,
        (amount, asset): (Amount, &AssetCode),
        movement: &mut Movement,
    ) -> Result<(), Refusal> {
        let spent = self.open(seen, at, budget, EntryKind::Charge)?;
        let reserved = spent.after.after_reserving(&spent.open, amount, asset)?;
        let units = amount.minor_units();
        spent.after =
            Usage { reserved: reserved.reserved - units, charged: reserved.charged + units, ..reserved };
        spent.amount += units;
        let (from, to) = (spent.open.accounts.budget.clone(), spent.open.accounts.spent.clone());
        let posting = Posting::new(from, to, asset.clone(), amount)
            .map_err(|_| Refusal::Forbidden("value moves between two different accounts"))?;
        movement.postings.push(posting);
        movement.guards.push(hard_cap(&spent.open));
        Ok(())
    }

    /// Reserves a part of a budget for a reference.
    ///
    /// # Errors
    /// As [`Reserve`](super::Reserve); [`Refusal::PeriodEnded`] where the budget must be reset first.
    pub(crate) fn reserve(
        &mut self,
        seen: &Seen<'_>,
        at: Timestamp,
        budget: &Name,
        (amount, asset): (Amount, &AssetCode),
        (reference, expires_at): (Reference, Option<Timestamp>),
        movement: &mut Movement,
    ) -> Result<(), Refusal> {
        let spent = self.open(seen, at, budget, EntryKind::Reserve)?;
        spent.after = spent.after.after_reserving(&spent.open, amount, asset)?;
        spent.amount += amount.minor_units();
        movement.holds.push(HoldOp::Place {
            key: hold_key(&spent.open, &reference),
            asset: asset.clone(),
            amount,
            expires_at_us: expires_at.map(Timestamp::as_microsecond),
        });
        movement.guards.push(hard_cap(&spent.open));
        Ok(())
    }

    /// What the transaction says of each budget that it used.
    pub(crate) fn told(&self, seen: &Seen<'_>, at: Timestamp) -> Vec<Told> {
        let told = |spent: &Spent| Told {
            did: Some(spent.did),
            ..Told::standing(&spent.open, seen, at, spent.amount, &spent.before, spent.after)
        };
        self.0.values().filter(|spent| spent.amount > 0).map(told).collect()
    }

    /// That the hard cap of a budget refused what a rule asked for, to be told in the event's transaction; nothing of any
    /// other refusal.
    pub(crate) fn refused(seen: &Seen<'_>, at: Timestamp, refusal: &Refusal) -> Option<Told> {
        let Refusal::HardCapExceeded { budget, available, requested, .. } = refusal else { return None };
        let open = open_now(seen, budget, at).ok()?;
        let usage = Usage::seen(&open, seen);
        let told = Told::standing(&open, seen, at, *requested, &usage, usage);
        Some(Told { available: Some(*available), ..told })
    }

    fn open(
        &mut self,
        seen: &Seen<'_>,
        at: Timestamp,
        budget: &Name,
        did: EntryKind,
    ) -> Result<&mut Spent, Refusal> {
        if !self.0.contains_key(budget) {
            let open = open_now(seen, budget, at)?;
            let before = Usage::seen(&open, seen);
            let spent = Spent { open, did, amount: 0, before, after: before };
            self.0.insert(budget.clone(), spent);
        }
        match self.0.get_mut(budget) {
            Some(spent) if spent.did == did => Ok(spent),
            // An entry says one thing of a transaction.
            Some(_) => Err(Refusal::Forbidden("one event either charges a budget or reserves a part of it")),
            None => Err(Refusal::BudgetNotFound(budget.clone())),
        }
    }
}
