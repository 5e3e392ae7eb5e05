//! `guerdon completions`: what a shell completes.

use crate::cli::Cli;
use crate::failure::{Ending, Failure};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  guerdon completions bash > /etc/bash_completion.d/guerdon
  guerdon completions zsh > \"${fpath[1]}/_guerdon\"
  guerdon completions fish > ~/.config/fish/completions/guerdon.fish";

/// Arguments of `guerdon completions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

/// Prints them.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Ending, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "guerdon", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Ending::Well)
}
