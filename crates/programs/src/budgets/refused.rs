//! Refusals by hard caps, put on record beside whoever was refused.

use super::note::{Note, Noted};
use super::system::{SYSTEM, by_system};
use crate::Refusal;
use guerdon_store::journal::{Envelope, Journal};
use moka::sync::Cache;
use tokio::sync::mpsc;

/// Refusals that wait to be put on record; while as many wait, others are only counted.
const WAITING: usize = 1_024;

/// Puts refusals by hard caps on record, beside whoever was refused. What waits when a server stops is lost; whoever is
/// refused next is put on record instead.
#[derive(Debug, Clone)]
pub(super) struct Refusals {
    waiting: mpsc::Sender<Waiting>,
    /// What is on record, or on its way there.
    noted: Cache<String, ()>,
}

/// A refusal on its way to the journal.
#[derive(Debug)]
struct Waiting {
    known_as: String,
    envelope: Envelope,
    note: Note,
}

impl Refusals {
    /// Those that a task of its own records in a journal.
    pub(super) fn recorded_in(journal: Journal) -> Self {
        let (waiting, mut recorded) = mpsc::channel::<Waiting>(WAITING);
        let noted = Cache::new(10_000);
        let all_noted: Cache<String, ()> = noted.clone();
        tokio::spawn(async move {
            while let Some(Waiting { known_as, envelope, note }) = recorded.recv().await {
                if let Err(error) = journal.execute(envelope, note).await {
                    tracing::warn!(%error, "a refusal by a hard cap was not put on record");
                    all_noted.invalidate(&known_as);
                }
            }
        });
        Self { waiting, noted }
    }

    /// Has a refusal by a hard cap put on record, once for a period and a cap. Whoever was refused need not wait for it.
    pub(super) fn note(&self, refused: &Envelope, refusal: &Refusal) {
        let Refusal::HardCapExceeded { budget, period, available, requested, hard_cap } = refusal else {
            return;
        };
        let key = format!("{SYSTEM} refused {budget} {period} {hard_cap}");
        let known_as = format!("{} {key}", refused.tenant);
        if self.noted.contains_key(&known_as) {
            return;
        }
        self.noted.insert(known_as.clone(), ());
        let what = Noted::Refused { attempted: *requested, available: *available };
        let note = Note { budget: budget.clone(), what };
        let envelope = Envelope { actor: refused.actor.clone(), ..by_system(refused.tenant, key) };
        if let Err(unsent) = self.waiting.try_send(Waiting { known_as, envelope, note }) {
            metrics::counter!("guerdon_budget_refusals_unrecorded_total").increment(1);
            self.noted.invalidate(&unsent.into_inner().known_as);
        }
    }
}
