//! What the projection makes of transactions as they are recorded, so that it need not read them again from the journal.

use super::made::{Made, Of};
use super::told::all_in;
use guerdon_store::TenantId;
use guerdon_store::journal::Record;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// As much is kept where nobody asks for it; the journal has it all.
const KEPT: usize = 10_000;

/// What was made of the latest transactions of each tenant.
#[derive(Debug, Default)]
pub(super) struct Gathering(Mutex<HashMap<TenantId, Gathered>>);

/// What was made of the transactions after `from` and up to `to`, all of them.
#[derive(Debug, Default)]
struct Gathered {
    from: i64,
    to: i64,
    made: Made,
}

impl Gathering {
    /// Takes in what a batch recorded. After a gap, in which another server recorded something, it begins anew.
    pub(super) fn note(&self, tenant: TenantId, records: &[Arc<Record>]) {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return };
        let mut all = self.lock();
        let gathered = all.entry(tenant).or_default();
        if gathered.to + 1 != first.seq || gathered.made.len() > KEPT {
            let before = first.seq - 1;
            *gathered = Gathered { from: before, to: before, made: Made::default() };
        }
        for record in records.iter().filter(|record| record.kind.starts_with("budget.")) {
            let of = Of { seq: record.seq, kind: &record.kind, recorded_at: record.recorded_at };
            gathered.made.add(of, &all_in(record));
        }
        gathered.to = last.seq;
    }

    /// The transaction after which something is gathered, for whoever has followed up to `cursor`; what was made of what
    /// lies before that is forgotten.
    pub(super) fn begins(&self, tenant: TenantId, cursor: i64) -> Option<i64> {
        let mut all = self.lock();
        let gathered = all.get_mut(&tenant)?;
        if gathered.from < cursor {
            if gathered.made.transactions > 0 || gathered.to < cursor {
                all.remove(&tenant);
                return None;
            }
            gathered.from = cursor;
        }
        (gathered.to > cursor).then_some(gathered.from)
    }

    /// Takes what was made of the transactions after one, and says up to which; `None` where that is not at hand. Where it
    /// is nothing, it can be taken again: nobody need move a cursor for that.
    pub(super) fn take(&self, tenant: TenantId, after: i64) -> Option<(i64, Made)> {
        let mut all = self.lock();
        let gathered = all.get_mut(&tenant).filter(|gathered| gathered.from == after)?;
        if gathered.made.transactions > 0 {
            gathered.from = gathered.to;
        }
        Some((gathered.to, std::mem::take(&mut gathered.made)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Gathered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::Touched;
    use super::super::told::Told;
    use super::super::usage::Usage;
    use super::*;
    use guerdon_ledger::chain::Hash;
    use guerdon_ledger::{AssetCode, Name};
    use guerdon_store::budgets::EntryKind;
    use guerdon_store::journal::Metadata;
    use jiff::Timestamp;
    use jiff::civil::date;

    const TENANT: TenantId = TenantId::PLATFORM;

    fn told(amount: i64) -> Told {
        Told {
            budget: Name::new("marketing").expect("name"),
            period: "2026-11".to_owned(),
            day: date(2026, 11, 5),
            currency: AssetCode::usd(),
            amount,
            did: None,
            refilled: None,
            ended: None,
            available: None,
            corrections: Vec::new(),
            usage: Usage { funded: 100, reserved: amount, charged: 0, hard_cap: 100, soft_cap: None },
            crossings: Vec::new(),
        }
    }

    /// A reservation of as much as its place in the journal.
    fn reservation(seq: i64) -> Arc<Record> {
        Arc::new(Record {
            kind: "budget.reserve".to_owned(),
            metadata: Metadata::of(told(seq)),
            ..award(seq)
        })
    }

    fn award(seq: i64) -> Record {
        Record {
            seq,
            kind: "award".to_owned(),
            actor: "ann".into(),
            idempotency_key: None,
            fingerprint: None,
            recorded_at: Timestamp::UNIX_EPOCH,
            effective_at: Timestamp::UNIX_EPOCH,
            reason: None,
            reference: None,
            postings: Vec::new(),
            balances: Vec::new(),
            holds: Vec::new(),
            changes: Vec::new(),
            metadata: Metadata::default(),
            reverses: None,
            lists: Vec::new(),
            texts_hash: None,
            hash: Hash::GENESIS,
        }
    }

    fn gathered(batches: &[&[Arc<Record>]]) -> Gathering {
        let gathering = Gathering::default();
        batches.iter().for_each(|batch| gathering.note(TENANT, batch));
        gathering
    }

    /// How many reservations there were, what they came to, and which was the last.
    fn totals(made: &Made) -> (i64, i64, i64) {
        let (count, amount) = made.days.values().next().expect("a day").amounts.of(EntryKind::Reserve);
        (count, amount, made.touched.values().next().expect("a budget").seq)
    }

    #[test]
    fn what_is_recorded_is_taken_once_and_awards_only_move_the_end() {
        let gathering = gathered(&[&[reservation(1), reservation(2)], &[Arc::new(award(3))]]);
        assert_eq!(gathering.begins(TENANT, 0), Some(0));
        let (to, made) = gathering.take(TENANT, 0).expect("gathered");
        assert_eq!((to, made.transactions, totals(&made)), (3, 2, (2, 3, 2)));
        assert!(gathering.take(TENANT, 0).is_none());
        assert_eq!(gathering.begins(TENANT, 3), None, "nothing lies ahead that is at hand");
        gathering.note(TENANT, &[reservation(4)]);
        assert_eq!(gathering.begins(TENANT, 3), Some(3));
        let (to, made) = gathering.take(TENANT, 3).expect("gathered");
        assert_eq!((to, totals(&made)), (4, (1, 4, 4)));
    }

    #[test]
    fn that_there_was_nothing_about_budgets_is_known_as_long_as_nobody_else_follows() {
        let gathering = gathered(&[&[Arc::new(award(1))], &[Arc::new(award(2))]]);
        for _ in 0..2 {
            let (to, made) = gathering.take(TENANT, 0).expect("gathered");
            assert_eq!((to, made), (2, Made::default()));
        }
        assert_eq!(gathering.begins(TENANT, 1), Some(1));
        gathering.note(TENANT, &[reservation(3)]);
        assert_eq!(gathering.take(TENANT, 1).map(|(to, made)| (to, made.transactions)), Some((3, 1)));
        assert_eq!(gathering.begins(TENANT, 4), None);
    }

    #[test]
    fn after_a_gap_it_begins_anew_and_what_was_followed_already_is_forgotten() {
        let gathering = gathered(&[&[reservation(1)], &[reservation(5)]]);
        assert_eq!(gathering.begins(TENANT, 0), Some(4), "2 to 4 are another server's");
        assert!(gathering.take(TENANT, 0).is_none());
        assert_eq!(gathering.begins(TENANT, 5), None, "another server has followed to 5");
        assert!(gathering.take(TENANT, 4).is_none());
        gathering.note(TENANT, &[reservation(6)]);
        assert_eq!(gathering.begins(TENANT, 5), Some(5));
    }

    #[test]
    fn what_nobody_asks_for_does_not_grow_without_bound() {
        let gathering = Gathering::default();
        for seq in 1..=KEPT as i64 + 2 {
            let budget = Name::new(&format!("budget-{seq}")).expect("name");
            let metadata = Metadata::of(Told { budget, ..told(1) });
            let record = Record { kind: "budget.reserve".to_owned(), metadata, ..award(seq) };
            gathering.note(TENANT, &[Arc::new(record)]);
        }
        assert!(gathering.begins(TENANT, 0).expect("gathered") > 0);
    }

    #[test]
    fn what_is_made_in_parts_is_what_is_made_at_once() {
        let made =
            |records: &[Arc<Record>]| gathered(&[records]).take(TENANT, records[0].seq - 1).expect("made").1;
        let all = [1, 2, 3, 4].map(reservation);
        let mut parts = made(&all[..3]);
        let ended = Some(told(9).usage);
        parts.touched.values_mut().for_each(|touched| touched.ended = ended);
        parts.extend(made(&all[3..]));
        let mut whole = made(&all);
        whole.touched.values_mut().for_each(|touched| *touched = Touched { ended, ..*touched });
        assert_eq!(parts, whole);
    }
}
