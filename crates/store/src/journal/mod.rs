//! The journal: where commands become transactions, in one order for each tenant.
//!
//! The commit protocol: commands of a tenant queue; a [lane](lane) drains the queue as a [batch], in one database
//! transaction: lock the tenant's head row, [load] what the batch needs and is not already known, decide each command
//! over the [state] left by those before it, [write] everything set by set, commit, and only then answer.

mod batch;
mod command;
mod flush;
mod followers;
mod job;
mod lane;
mod list_name;
pub(crate) mod load;
mod metadata;
mod proof;
pub(crate) mod record;
mod referrals;
mod rehearse;
pub(crate) mod state;
pub(crate) mod tail;
mod tuning;
pub(crate) mod waiting;
pub(crate) mod write;

pub use command::{Command, Decision, Envelope, ExecuteError, Idempotency, Needs, Receipt, Seen};
pub use list_name::ListName;
pub use metadata::Metadata;
pub use proof::{Proof, prove};
pub use record::{Record, RecordedBalance, seq_of_transaction_id, transaction_id};
pub use rehearse::Rehearsal;
pub use tuning::Tuning;

use crate::clock::Clock;
use crate::driver::{Database, DbError, Dialect, Mode};
use crate::read;
use crate::records::TenantId;
use flush::Flusher;
use followers::Followers;
use job::Commands;
use lane::{Lane, Message};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// The journal of all tenants.
#[derive(Debug, Clone)]
pub struct Journal {
    lanes: Arc<[mpsc::Sender<Message>]>,
    ended: Arc<Mutex<Vec<oneshot::Receiver<()>>>>,
    followers: Followers,
    database: Database,
    clock: Clock,
}

impl Journal {
    /// Starts the lanes: one on SQLite, on a thread of its own; `lanes` on PostgreSQL, on the current runtime.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when no thread can be started.
    pub fn start(database: Database, clock: Clock, lanes: usize) -> Result<Self, DbError> {
        Self::start_tuned(database, clock, lanes, Tuning::default())
    }

    /// Like [`Journal::start`], with other numbers than the usual ones: for tests that want small ones.
    ///
    /// # Errors
    /// As [`Journal::start`].
    pub fn start_tuned(
        database: Database,
        clock: Clock,
        lanes: usize,
        tuning: Tuning,
    ) -> Result<Self, DbError> {
        let mut senders = Vec::new();
        let mut ended = Vec::new();
        let followers = Followers::default();
        let serving = tokio::runtime::Handle::try_current().ok();
        let lanes = if database.dialect() == Dialect::Sqlite { 1 } else { lanes.max(1) };
        if database.dialect() == Dialect::Sqlite {
            // Nothing is served before the tail is complete, so there is nobody to keep waiting.
            futures::executor::block_on(catch_up(&database))?;
        }
        for _ in 0..lanes {
            let (sender, queue) = mpsc::channel(tuning.queue);
            let (end, has_ended) = oneshot::channel();
            senders.push(sender);
            ended.push(has_ended);
            match database.dialect() {
                Dialect::Sqlite => {
                    let checkpoint = start_checkpoints(&database)?;
                    let lane = Lane::new(
                        database.clone(),
                        clock.clone(),
                        queue,
                        tuning,
                        followers.clone(),
                        Some(checkpoint),
                        Some(Flusher::start(database.clone(), serving.clone())?),
                    );
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                    let runtime = runtime.map_err(|e| DbError::Unavailable(e.to_string()))?;
                    start_thread("guerdon-journal", move || {
                        runtime.block_on(lane.run());
                        let _ = end.send(());
                    })?;
                }
                Dialect::Postgres => {
                    let followers = followers.clone();
                    let lane =
                        Lane::new(database.clone(), clock.clone(), queue, tuning, followers, None, None);
                    tokio::spawn(async move {
                        lane.run().await;
                        let _ = end.send(());
                    });
                }
            }
        }
        Ok(Self { lanes: senders.into(), ended: Arc::new(Mutex::new(ended)), followers, database, clock })
    }

    /// Records one command.
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing is recorded unless it is [`ExecuteError::Unavailable`], when it is not known.
    pub async fn execute<C: Command>(
        &self,
        mut envelope: Envelope,
        command: C,
    ) -> Result<Receipt, ExecuteError<C::Refusal>> {
        let keys = envelope.idempotency.take().into_iter().collect();
        let mut receipts = self.submit(envelope, vec![command], keys).await?;
        receipts.pop().ok_or_else(|| ExecuteError::Broken("no receipt for a command".to_owned()))
    }

    /// Records several commands, all or none, one transaction each. With a key `k` the transactions have the keys
    /// `k`, `k 1`, `k 2`, ….
    ///
    /// # Errors
    /// As [`Journal::execute`].
    pub async fn execute_all<C: Command>(
        &self,
        envelope: Envelope,
        commands: Vec<C>,
    ) -> Result<Vec<Receipt>, ExecuteError<C::Refusal>> {
        let keys = match &envelope.idempotency {
            Some(idempotency) => (0..commands.len()).map(|i| idempotency.numbered(i)).collect(),
            None => Vec::new(),
        };
        self.submit(envelope, commands, keys).await
    }

    async fn submit<C: Command>(
        &self,
        envelope: Envelope,
        commands: Vec<C>,
        keys: Vec<Idempotency>,
    ) -> Result<Vec<Receipt>, ExecuteError<C::Refusal>> {
        let (reply, answer) = oneshot::channel();
        let tenant = envelope.tenant.uuid().as_u128();
        // The low bits of a UUIDv7 are random, so tenants spread evenly.
        let lane = &self.lanes[(tenant % self.lanes.len() as u128) as usize];
        let job = Commands { envelope, commands, keys, refusal: None, attempted: Vec::new(), reply };
        lane.try_send(Message::Job(Box::new(job))).map_err(|error| {
            ExecuteError::Unavailable(match error {
                mpsc::error::TrySendError::Full(_) => "the journal's queue is full".to_owned(),
                mpsc::error::TrySendError::Closed(_) => "the server is stopping".to_owned(),
            })
        })?;
        answer.await.unwrap_or_else(|_| Err(ExecuteError::Unavailable("the journal has ended".to_owned())))
    }

    /// Has a follower told of the transactions that this server records from now on: those of a tenant in order, each
    /// once, as soon as they are committed. A gap in their numbers tells of what other servers recorded, or of a commit
    /// whose outcome was not known. Lanes wait while it is told, so it should take little time.
    pub fn follow(&self, follower: impl Fn(TenantId, &[Arc<Record>]) + Send + Sync + 'static) {
        self.followers.add(follower);
    }

    /// Stops: what is queued is committed and answered, what comes later is refused, the log is copied into the file.
    ///
    /// # Errors
    /// [`DbError`] when the log could not be copied; nothing is lost by that.
    pub async fn stop(&self) -> Result<(), DbError> {
        for lane in self.lanes.iter() {
            // A lane that has ended already needs no telling.
            let _ = lane.send(Message::Stop).await;
        }
        let ended = std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner));
        for end in ended {
            let _ = end.await;
        }
        self.database.checkpoint().await
    }

    /// The database beneath, for reads.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The clock by which transactions are recorded.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

impl Idempotency {
    /// The key of one of several transactions that one request makes: the first has the request's own, so that no other
    /// request can use it. No caller's key holds a blank, so none is ever mistaken for that of another transaction.
    pub fn numbered(&self, index: usize) -> Self {
        match index {
            0 => self.clone(),
            _ => Self { key: format!("{} {index}", self.key).into(), fingerprint: self.fingerprint.clone() },
        }
    }
}

/// Rows of the journal that are read at a time.
const PAGE: i64 = 5_000;
pub(crate) const FIND_PROGRESS: &str = "SELECT seq FROM index_progress WHERE tenant_id = $1";

/// Reads from the journal what the tail of the indexes lacks: all that was not merged when the server stopped, or what
/// a commit kept whose answer was lost.
async fn catch_up(database: &Database) -> Result<(), DbError> {
    for tenant in crate::directory::list_journals(database).await? {
        let mut tx = database.begin(tenant, Mode::OwnThread).await?;
        let rows = tx.query(FIND_PROGRESS, [tx.tenant()]).await?;
        let merged = rows.first().map_or(Ok(0), |row| row.int(0))?;
        let mut after = database.tail().last_seq(tenant).unwrap_or(merged);
        loop {
            let records = read::transactions_after(&mut tx, after, PAGE).await?;
            let Some(last) = records.last() else { break };
            after = last.seq;
            database.tail().add(tenant, &records);
        }
    }
    Ok(())
}

/// A thread that copies the log into the file when asked, so that no commit waits for it. Ends with its lane.
fn start_checkpoints(database: &Database) -> Result<SyncSender<()>, DbError> {
    let (ask, asked) = sync_channel(1);
    let database = database.clone();
    start_thread("guerdon-checkpoint", move || {
        while asked.recv().is_ok() {
            if let Err(error) = futures::executor::block_on(database.checkpoint()) {
                tracing::warn!(%error, "the log was not copied into the file; it will be later");
            }
        }
    })?;
    Ok(ask)
}

fn start_thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, DbError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|e| DbError::Unavailable(format!("no thread could be started: {e}")))
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    let own = vec![("FIND_PROGRESS", crate::statements::Sql::from(&FIND_PROGRESS))];
    [
        own,
        load::statements(),
        proof::statements(),
        record::statements(),
        waiting::statements(),
        write::statements(),
    ]
    .concat()
}
