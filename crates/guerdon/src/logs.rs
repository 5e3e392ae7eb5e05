//! Logs, on standard error.

use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What a command logs where nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// What happens: servers.
    Info,
    /// What goes wrong: everything else.
    Warn,
}

/// Begins to log.
///
/// # Errors
/// [`Failure::Input`] where what to log is not said in a form that can be read.
pub(crate) fn begin(config: &Config, talk: Talk) -> Result<(), Failure> {
    let wanted = config.log.as_deref().unwrap_or(match talk {
        Talk::Info => "info",
        Talk::Warn => "warn",
    });
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        Failure::Input(format!(
            "the log level {wanted:?} cannot be read: {error}; write info, or warn,guerdon_store=debug"
        ))
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that has begun already, in a test, goes on.
    let _ = match config.log_format {
        LogFormat::Text => log.with_ansi(colours()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    Ok(())
}

fn colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
