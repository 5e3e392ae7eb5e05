//! What can go wrong while measuring.

use super::response::Malformed;

/// Why a measurement could not be made, or must not be believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("{0:?} is not an address to call; write http://host:port")]
    Url(String),
    #[error("cannot reach {address}: {source}")]
    Connect { address: String, source: std::io::Error },
    #[error("input or output failed: {0}")]
    Io(#[from] std::io::Error),
    #[error("the server closed a connection while a request was in flight")]
    Closed,
    #[error("the answer is not the HTTP this tool reads: {0}")]
    Malformed(#[from] Malformed),
    #[error("{path} answered {status}: {body}")]
    Refused { path: String, status: u16, body: String },
    #[error("the answer of {path} has no {field:?}: {body}")]
    Unexpected { path: String, field: &'static str, body: String },
    #[error("{in_flight} requests had no answer for {seconds} s")]
    Stalled { in_flight: usize, seconds: u64 },
    #[error("{failed} of {requests} requests did not succeed")]
    Failed { failed: u64, requests: u64 },
    #[error("the pool fell by {fell}, but {acknowledged} awards were acknowledged")]
    Books { fell: i64, acknowledged: i64 },
    #[error("no figures to compare")]
    NoFigures,
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("cannot write the report: {0}")]
    Report(#[from] serde_json::Error),
    #[error("cannot keep latencies: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
}
