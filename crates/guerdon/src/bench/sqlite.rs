//! `guerdon bench sqlite-rows` and `fsync`: what SQLite does alone, without a ledger around it.

use super::BenchError;
use clap::{Args, value_parser};
use hdrhistogram::Histogram;
use rusqlite::{Connection, params};
use serde_json::json;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

const CREATE_JOURNAL: &str = "CREATE TABLE journal (
    tenant_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) WITHOUT ROWID";

const INSERT_ROW: &str = "INSERT INTO journal (tenant_id, seq, body, hash) VALUES (?1, ?2, ?3, ?4)";

/// About 600 bytes of what a journal row says; `#` is where its number goes.
pub(super) const BODY: &str = concat!(
    r##"{"kind":"award","actor":"key:0192f3a4-5b6c-7d8e-9f00-112233445566","key":"5f0c9a3de1b24c7788d0a1b2c3d4e5f6-#","##,
    r##""fingerprint":"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92","##,
    r##""recorded_at":1767225599123456,"effective_at":1767225599123456,"reason":"Great delivery","##,
    r##""postings":[{"from":"pool","to":"wallet:bench-1000","asset":"PTS","amount":1}],"holds":[],"##,
    r##""details":{"user_id":"bench-1000","category":"delivery","source":"pool"},"metadata":{"team":"north"},"##,
    r##""reverses":null,"texts":{"message":"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"}}"##,
);

/// Arguments of `guerdon bench sqlite-rows`.
#[derive(Debug, Args)]
pub(crate) struct RowsArgs {
    /// Rows per commit
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(1..))]
    batch: u64,
    /// Rows in all
    #[arg(long, default_value_t = 500_000, value_parser = value_parser!(u64).range(1..))]
    rows: u64,
    /// Folder for the fresh file: on the disk the server uses
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print the report as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `guerdon bench fsync`.
#[derive(Debug, Args)]
pub(crate) struct FsyncArgs {
    /// Commits of one row each
    #[arg(long, default_value_t = 5000, value_parser = value_parser!(u64).range(1..))]
    commits: u64,
    /// Folder for the fresh file: on the disk the server uses
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print the report as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Inserts bare journal rows in batches and prints rows per second.
pub(crate) fn rows(args: &RowsArgs) -> Result<(), BenchError> {
    let file = FreshFile::create(args.dir.as_deref())?;
    let mut row = Row::new();
    let start = Instant::now();
    let mut seq = 0;
    while seq < args.rows {
        let end = args.rows.min(seq + args.batch);
        file.connection.execute_batch("BEGIN IMMEDIATE")?;
        while seq < end {
            seq += 1;
            row.insert(&file.connection, seq)?;
        }
        file.connection.execute_batch("COMMIT")?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let per_second = (args.rows as f64 / seconds * 10.0).round() / 10.0;
    super::print(&if args.json {
        json!({"rows": args.rows, "batch": args.batch, "seconds": seconds, "rows_per_second": per_second})
            .to_string()
    } else {
        format!("{} rows in batches of {}: {per_second} rows/s", args.rows, args.batch)
    })
}

/// Commits one row at a time and prints how long a commit takes.
pub(crate) fn fsync(args: &FsyncArgs) -> Result<(), BenchError> {
    let file = FreshFile::create(args.dir.as_deref())?;
    let mut row = Row::new();
    let mut commit_ns = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3)?;
    for seq in 1..=args.commits {
        let start = Instant::now();
        row.insert(&file.connection, seq)?;
        commit_ns.saturating_record(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1));
    }
    let quantile_us = |quantile| (commit_ns.value_at_quantile(quantile) as f64 / 100.0).round() / 10.0;
    let (p50_us, p99_us, max_us) = (quantile_us(0.50), quantile_us(0.99), quantile_us(1.0));
    super::print(&if args.json {
        json!({"commits": args.commits, "p50_us": p50_us, "p99_us": p99_us, "max_us": max_us}).to_string()
    } else {
        format!(
            "{} durable commits of one row: p50 {p50_us} µs, p99 {p99_us} µs, max {max_us} µs",
            args.commits
        )
    })
}

/// A database in a folder of its own that goes when this does.
struct FreshFile {
    connection: Connection,
    _folder: tempfile::TempDir,
}

impl FreshFile {
    fn create(parent: Option<&Path>) -> Result<Self, BenchError> {
        let folder = match parent {
            Some(parent) => tempfile::tempdir_in(parent)?,
            None => tempfile::tempdir()?,
        };
        let connection = Connection::open(folder.path().join("rows.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(CREATE_JOURNAL)?;
        Ok(Self { connection, _folder: folder })
    }
}

/// A row of the size that one award's has. Only a number in it differs from row to row, so that
/// the time measured is SQLite's.
struct Row {
    tenant_id: String,
    body: String,
    body_number: Range<usize>,
    hash: String,
}

impl Row {
    fn new() -> Self {
        let (before, after) = BODY.split_once('#').unwrap_or((BODY, ""));
        let number = format!("{:012}", 0);
        Self {
            tenant_id: uuid::Uuid::now_v7().to_string(),
            body: format!("{before}{number}{after}"),
            body_number: before.len()..before.len() + number.len(),
            hash: "0123456789abcdef".repeat(4),
        }
    }

    fn insert(&mut self, connection: &Connection, seq: u64) -> Result<(), BenchError> {
        let number = format!("{seq:012}");
        self.body.replace_range(self.body_number.clone(), &number);
        self.hash.replace_range(..number.len(), &number);
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let mut insert = connection.prepare_cached(INSERT_ROW)?;
        insert.execute(params![self.tenant_id, seq, self.body, self.hash])?;
        Ok(())
    }
}
