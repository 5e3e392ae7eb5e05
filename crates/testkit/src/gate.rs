//! A gate in a lane of the journal: what is sent while it is closed becomes one batch.

use guerdon_programs::Refusal;
use guerdon_store::TenantStatus;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A command that keeps its lane busy until it is let go. It records nothing.
#[derive(Debug)]
pub struct Gate {
    stands: UnboundedSender<()>,
    go: Mutex<Receiver<()>>,
}

/// Who opens a [`Gate`]; dropped, it opens too.
#[derive(Debug)]
pub struct Keeper {
    stands: UnboundedReceiver<()>,
    go: Sender<()>,
}

impl Gate {
    /// A closed gate, and who opens it.
    pub fn closed() -> (Self, Keeper) {
        let (stands, has_come) = unbounded_channel();
        let (go, gone) = channel();
        (Self { stands, go: Mutex::new(gone) }, Keeper { stands: has_come, go })
    }
}

impl Keeper {
    /// Waits until the lane stands at the gate. Answers whether it does: where the database is away it may never come.
    pub async fn lane_stands(&mut self) -> bool {
        self.stands.recv().await.is_some()
    }

    /// Opens the gate.
    pub fn open(self) {
        let _ = self.go.send(());
    }
}

impl Command for Gate {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let _ = self.stands.send(());
        // Whether it is told to go or its keeper is gone, it goes.
        let _ = self.go.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Err(Refusal::Forbidden("a gate records nothing"))
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}
