//! The command line.

use crate::config::LogArgs;
use crate::{bench, completions, demo, export, import, key, migrate, rebuild, serve, verify};
use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  guerdon demo                          a company with half a year behind it, and calls to try on it
  guerdon serve                         serve, with the data in ./guerdon-data
  guerdon verify                        prove the books; works beside a running server
  guerdon import --tenant acme members.csv
  guerdon export ndjson --out journal.ndjson

Configuration: flags win over GUERDON_… in the environment, that over guerdon.toml. The keys of the file are the \
names of the flags with underscores; [[jwt.issuers]] lists who signs JWTs that are trusted.

Exit codes: 0 all is well; 1 it was done and not all is well (findings, bad rows, missing migrations); \
2 it was not done.";

/// The incentives ledger: points, rewards and budgets in one double-entry journal
#[derive(Debug, Parser)]
#[command(name = "guerdon", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) logs: LogArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the ledger over HTTP
    Serve(serve::ServeArgs),
    /// Serve a company with half a year of history, to look at and play with
    Demo(demo::DemoArgs),
    /// Bring the schema of the database forward or back, or look where it stands
    Migrate(migrate::MigrateArgs),
    /// Prove that the books are right, or say what is wrong and where
    Verify(verify::VerifyArgs),
    /// Build every derived table anew from the journal
    Rebuild(rebuild::RebuildArgs),
    /// Write the journal out, row by row
    Export(export::ExportArgs),
    /// Add members and their opening balances from a CSV file
    Import(import::ImportArgs),
    /// Make, list and revoke API keys without a server
    Key(key::KeyArgs),
    /// Measure a server beside what bounds it
    Bench(bench::BenchArgs),
    /// Print the completions of a shell
    Completions(completions::CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn json_is_asked_for_before_or_after_the_command() {
        for line in ["guerdon --json verify", "guerdon verify --json", "guerdon key list --json"] {
            assert!(Cli::try_parse_from(line.split(' ')).expect(line).json, "{line}");
        }
    }
}
