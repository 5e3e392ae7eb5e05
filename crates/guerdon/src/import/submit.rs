//! Rows on their way into the journal, many at once.

use super::bad_rows::BadRows;
use super::columns::Columns;
use super::name::ImportName;
use super::row::{self, Ready};
use crate::failure::Failure;
use csv::ByteRecord;
use futures::StreamExt;
use guerdon_programs::Error;
use guerdon_store::TenantId;
use guerdon_store::journal::{Envelope, Journal, transaction_id};
use serde::Serialize;
use std::io::Read;

/// Rows under way at once: enough that each batch of the journal is full while the next rows are read, and few enough
/// that memory does not grow with the file.
const UNDER_WAY: usize = 4_096;
/// Rows after which progress is told.
const TELL_EVERY: u64 = 1_000;
/// Whom the journal names as the one who imported.
const ACTOR: &str = "operator";

/// An import into a tenant.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) journal: Journal,
    pub(super) tenant: TenantId,
    pub(super) name: ImportName,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Tally {
    /// Rows read.
    pub(super) rows: u64,
    /// Members added.
    pub(super) imported: u64,
    /// Rows that an earlier run of the same import had recorded.
    pub(super) already: u64,
    /// Rows that could not be imported.
    pub(super) bad: u64,
}

/// What became of a row.
enum Fate {
    Imported,
    Already,
    Bad(String),
}

impl Import {
    /// Reads a file and asks the journal for each row, until the end or until `stop`; rows under way are finished.
    ///
    /// # Errors
    /// [`Failure`] of the file or the journal. What was recorded until then stays.
    pub(super) async fn submit(
        &self,
        file: impl Read,
        bad_rows: &mut BadRows,
        stop: &dyn Fn() -> bool,
        tell: &dyn Fn(&Tally),
    ) -> Result<Tally, Failure> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let columns = Columns::of(reader.byte_headers().map_err(unreadable)?)?;
        let rows = reader.byte_records().take_while(|_| !stop());
        let mut fates = futures::stream::iter(rows).map(|row| self.fate(&columns, row)).buffered(UNDER_WAY);
        let mut tally = Tally::default();
        while let Some(fate) = fates.next().await {
            let (row, fate) = fate?;
            tally.rows += 1;
            match fate {
                Fate::Imported => tally.imported += 1,
                Fate::Already => tally.already += 1,
                Fate::Bad(reason) => {
                    tally.bad += 1;
                    bad_rows.note(&columns, &row, &reason)?;
                }
            }
            if tally.rows.is_multiple_of(TELL_EVERY) {
                tell(&tally);
            }
        }
        Ok(tally)
    }

    async fn fate(
        &self,
        columns: &Columns,
        row: csv::Result<ByteRecord>,
    ) -> Result<(ByteRecord, Fate), Failure> {
        let row = row.map_err(unreadable)?;
        let fate = match row::read(columns, &row, &self.name) {
            Ok(ready) => self.record(ready).await?,
            Err(reason) => Fate::Bad(reason),
        };
        Ok((row, fate))
    }

    async fn record(&self, ready: Ready) -> Result<Fate, Failure> {
        let member = ready.command.member.id.clone();
        let envelope =
            Envelope { tenant: self.tenant, actor: ACTOR.into(), idempotency: Some(ready.idempotency) };
        match self.journal.execute(envelope, ready.command).await {
            Ok(receipt) if receipt.replayed => Ok(Fate::Already),
            Ok(_) => Ok(Fate::Imported),
            Err(Error::Refused { refusal, .. }) => Ok(Fate::Bad(refusal.to_string())),
            Err(Error::IdempotencyConflict { seq, .. }) => Ok(Fate::Bad(format!(
                "this import has brought {member} already, with other values ({})",
                transaction_id(seq)
            ))),
            Err(other) => Err(other.into()),
        }
    }
}

fn unreadable(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Io(error),
        other => Failure::Input(format!("the file cannot be read as CSV: {other:?}")),
    }
}
