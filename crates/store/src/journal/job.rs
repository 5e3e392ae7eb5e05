//! A job: commands on their way to a lane, with the place that waits for the answer.

use super::command::{Command, Decision, Envelope, ExecuteError, Idempotency, Needs, Receipt, Seen};
use crate::driver::DbError;
use crate::records::TenantStatus;
use guerdon_ledger::chain::Hash;
use jiff::Timestamp;
use tokio::sync::oneshot;

/// What became of a job.
pub(super) enum Outcome {
    Recorded(Vec<Receipt>),
    /// The refusal lies with the job itself, which knows its type.
    Refused(usize),
    IdempotencyConflict {
        key: String,
        seq: i64,
    },
    TenantNotFound,
    TenantNotActive(TenantStatus),
    Failed(DbError),
}

/// Commands of any type, to be recorded all or none.
pub(super) trait Job: Send {
    fn envelope(&self) -> &Envelope;
    fn commands(&self) -> usize;
    fn idempotency(&self, index: usize) -> Option<&Idempotency>;
    fn needs(&self) -> Needs;
    fn needs_then(&self, seen: &Seen<'_>) -> Needs;
    fn allowed_while(&self, status: TenantStatus) -> bool;
    /// Decides one command; keeps the refusal and answers `None` when it is refused.
    fn decide(&mut self, index: usize, seen: &Seen<'_>, at: Timestamp) -> Option<Decision>;
    /// Keeps in mind what a commit of unknown fate would have recorded. Found again, it is not a replay.
    fn remember(&mut self, outcome: &Outcome);
    /// Keeps a refusal of the books.
    fn refuse(&mut self, refusal: guerdon_ledger::Refusal);
    fn answer(self: Box<Self>, outcome: Outcome);
}

type Reply<C> = oneshot::Sender<Result<Vec<Receipt>, ExecuteError<<C as Command>::Refusal>>>;

/// The one job there is: some commands of one type.
pub(super) struct Commands<C: Command> {
    pub(super) envelope: Envelope,
    pub(super) commands: Vec<C>,
    /// A key for each command, where the envelope has one: with several commands, numbered.
    pub(super) keys: Vec<Idempotency>,
    pub(super) refusal: Option<C::Refusal>,
    /// What commits of unknown fate would have recorded for it.
    pub(super) attempted: Vec<Hash>,
    pub(super) reply: Reply<C>,
}

impl<C: Command> Job for Commands<C> {
    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn commands(&self) -> usize {
        self.commands.len()
    }

    fn idempotency(&self, index: usize) -> Option<&Idempotency> {
        self.keys.get(index)
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for command in &self.commands {
            needs.extend(command.needs());
        }
        needs
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        let mut needs = Needs::default();
        for command in &self.commands {
            needs.extend(command.needs_then(seen));
        }
        needs
    }

    fn allowed_while(&self, status: TenantStatus) -> bool {
        self.commands.iter().all(|command| command.allowed_while(status))
    }

    fn decide(&mut self, index: usize, seen: &Seen<'_>, at: Timestamp) -> Option<Decision> {
        match self.commands[index].decide(seen, at) {
            Ok(decision) => Some(decision),
            Err(refusal) => {
                self.refusal = Some(refusal);
                None
            }
        }
    }

    fn remember(&mut self, outcome: &Outcome) {
        if let Outcome::Recorded(receipts) = outcome {
            self.attempted.extend(receipts.iter().filter(|r| !r.replayed).map(|r| r.record.hash));
        }
    }

    fn refuse(&mut self, refusal: guerdon_ledger::Refusal) {
        self.refusal = Some(refusal.into());
    }

    fn answer(self: Box<Self>, outcome: Outcome) {
        let answer = match outcome {
            Outcome::Recorded(mut receipts) => {
                for receipt in &mut receipts {
                    receipt.replayed &= !self.attempted.contains(&receipt.record.hash);
                }
                Ok(receipts)
            }
            Outcome::Refused(index) => Err(match self.refusal {
                Some(refusal) => ExecuteError::Refused { index, refusal },
                None => ExecuteError::Broken("a refusal without a reason".to_owned()),
            }),
            Outcome::IdempotencyConflict { key, seq } => Err(ExecuteError::IdempotencyConflict { key, seq }),
            Outcome::TenantNotFound => Err(ExecuteError::TenantNotFound),
            Outcome::TenantNotActive(status) => Err(ExecuteError::TenantNotActive(status)),
            Outcome::Failed(error) => Err(error.into()),
        };
        // Whoever asked may have gone; what was recorded stays recorded, and the key finds it.
        let _ = self.reply.send(answer);
    }
}
