//! Guerdon, the incentives ledger: the program. A module for each command; the rules of the business are elsewhere.

mod bench;
mod cli;
mod completions;
mod config;
mod demo;
mod export;
mod failure;
mod import;
mod key;
mod lock;
mod logs;
mod memory;
mod migrate;
mod open;
mod out;
mod progress;
mod rebuild;
mod secret_key;
mod serve;
#[cfg(test)]
mod testing;
mod verify;

use clap::Parser;
use cli::{Cli, Command};
use failure::{Ending, Failure};
use out::Out;
use std::process::ExitCode;

/// The exit code of what was not done.
const NOT_DONE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let out = Out::new(cli.json);
    match run(cli, out) {
        Ok(ending) => ending.into(),
        Err(failure) => {
            if !failure.is_broken_pipe() {
                out.failure(&failure);
            }
            ExitCode::from(NOT_DONE)
        }
    }
}

fn run(cli: Cli, out: Out) -> Result<Ending, Failure> {
    let logs = &cli.logs;
    match cli.command {
        Command::Serve(args) => wait(serve::run(args, logs, out)),
        Command::Demo(args) => wait(demo::run(args, logs, out)),
        Command::Migrate(args) => wait(migrate::run(args, logs, out)),
        Command::Verify(args) => wait(verify::run(args, logs, out)),
        Command::Rebuild(args) => wait(rebuild::run(args, logs, out)),
        Command::Export(args) => wait(export::run(args, logs, out)),
        Command::Import(args) => wait(import::run(args, logs, out)),
        Command::Key(args) => wait(key::run(args, logs, out)),
        Command::Completions(args) => completions::run(&args),
        // It keeps the machine to itself: one thread, no runtime.
        Command::Bench(args) => Ok(bench::run(args).map(|()| Ending::Well)?),
    }
}

fn wait(ended: impl Future<Output = Result<Ending, Failure>>) -> Result<Ending, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(Box::pin(ended))
}
