//! `guerdon bench`: how fast a server is, beside what bounds it.
//!
//! The generator shares the machine with the server it measures, so it is built to cost little:
//! one thread, one request in flight per connection, heads rendered once, bodies read and dropped.
//! The scripts in `bench/` run both sides of each comparison with these commands.

mod alarm;
mod arrivals;
mod call;
mod engine;
mod error;
mod lane;
mod load;
mod prepare;
mod ratio;
mod request;
mod response;
mod sqlite;
mod tally;
mod target;
#[cfg(test)]
mod tests;
mod workload;

pub(crate) use error::BenchError;

use clap::{Args, Subcommand};
use std::io::Write;

/// Arguments of `guerdon bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// Put load on a running server and report throughput and latency
    Load(load::LoadArgs),
    /// Make a tenant, its key, its members and its value for the load to use; prints them as JSON
    Prepare(prepare::PrepareArgs),
    /// Insert bare journal rows into a fresh SQLite file: what bulk posting is compared with
    SqliteRows(sqlite::RowsArgs),
    /// Time one durable commit of SQLite alone: what latency is compared with
    Fsync(sqlite::FsyncArgs),
    /// Print the medians of two series of measurements and their ratio
    Ratio(ratio::RatioArgs),
}

/// Runs the subcommand; any request that did not succeed makes it an error.
pub(crate) fn run(args: BenchArgs) -> Result<(), BenchError> {
    match args.command {
        BenchCommand::Load(args) => load::run(&args),
        BenchCommand::Prepare(args) => prepare::run(&args),
        BenchCommand::SqliteRows(args) => sqlite::rows(&args),
        BenchCommand::Fsync(args) => sqlite::fsync(&args),
        BenchCommand::Ratio(args) => ratio::run(&args),
    }
}

/// Writes one finished report to standard output.
fn print(report: &str) -> Result<(), BenchError> {
    let mut out = std::io::stdout().lock();
    out.write_all(report.trim_end().as_bytes())?;
    out.write_all(b"\n")?;
    Ok(())
}
