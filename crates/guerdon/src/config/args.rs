//! The flags that set the configuration. Each stands in the help with its variable and what holds without it.

use super::{Config, ConfigError, LogFormat, Sources};
use clap::Args;
use figment::Figment;
use figment::providers::Serialized;
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

const DATABASE: &str = "Database";
const SERVER: &str = "Server";
const LOGS: &str = "Logs";

/// Which database.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub(crate) struct StoreArgs {
    /// Read this file instead of guerdon.toml in the working folder [env: GUERDON_CONFIG]
    #[arg(long, value_name = "FILE", help_heading = DATABASE)]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the embedded database (SQLite) [env: GUERDON_DATA] [default: ./guerdon-data]
    #[arg(long, value_name = "FOLDER", help_heading = DATABASE)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    /// Use PostgreSQL: postgres://user@host/database [env: GUERDON_DATABASE_URL]
    #[arg(long, value_name = "URL", help_heading = DATABASE)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) database_url: Option<String>,
    /// Connections to PostgreSQL at most [env: GUERDON_CONNECTIONS] [default: 16]
    #[arg(long, value_name = "COUNT", help_heading = DATABASE)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connections: Option<usize>,
}

/// How to serve.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub(crate) struct ServerArgs {
    /// Which database.
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) store: StoreArgs,
    /// Address and port to listen on; port 0 takes any free one [env: GUERDON_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<String>,
    /// Platform admin's key, gk_ and at least 32 characters in all, instead of one that is made at first start and
    /// shown once. Others on this machine see flags: prefer the variable [env: GUERDON_ADMIN_KEY]
    #[arg(long, value_name = "KEY", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) admin_key: Option<String>,
    /// Key that seals secrets which must be used again, 64 hexadecimal digits; several, separated by commas: the first
    /// seals. Others on this machine see flags: prefer the variable. With SQLite one is made where none is given
    /// [env: GUERDON_SECRET_KEY]
    #[arg(long, value_name = "KEY", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_key: Option<String>,
    /// Language model that drafts rules from sentences: base of an OpenAI-compatible address, such as
    /// https://api.openai.com/v1 [env: GUERDON_MODEL_URL]
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_url: Option<String>,
    /// What the model is called there [env: GUERDON_MODEL_NAME]
    #[arg(long, value_name = "NAME", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_name: Option<String>,
    /// Key to ask it with. Others on this machine see flags: prefer the variable [env: GUERDON_MODEL_KEY]
    #[arg(long, value_name = "KEY", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_key: Option<String>,
    /// Seconds that it may take [env: GUERDON_MODEL_TIMEOUT_SECONDS] [default: 20]
    #[arg(long, value_name = "SECONDS", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_timeout_seconds: Option<u64>,
    /// Start a clock that stands at this instant until it is moved, for tests: 2026-01-31T23:59:00Z
    /// [env: GUERDON_CLOCK]
    #[arg(long, value_name = "INSTANT", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<Timestamp>,
    /// Largest body of a call, in bytes [env: GUERDON_BODY_LIMIT] [default: 1048576]
    #[arg(long, value_name = "BYTES", help_heading = SERVER)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body_limit: Option<usize>,
}

/// How to log.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub(crate) struct LogArgs {
    /// What to log, on standard error: error, warn, info, debug, trace, or by part, such as
    /// warn,guerdon_store=debug [env: GUERDON_LOG] [default: info for serve, warn for the others]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = LOGS)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<String>,
    /// How to log [env: GUERDON_LOG_FORMAT] [default: text]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = LOGS)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_format: Option<LogFormat>,
}

impl StoreArgs {
    /// The configuration under these flags.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(crate) fn read(&self, logs: &LogArgs) -> Result<Config, ConfigError> {
        read(self, &[Figment::from(Serialized::globals(self))], logs)
    }
}

impl ServerArgs {
    /// The configuration under these flags.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(crate) fn read(&self, logs: &LogArgs) -> Result<Config, ConfigError> {
        read(&self.store, &[Figment::from(Serialized::globals(self))], logs)
    }
}

fn read(store: &StoreArgs, flags: &[Figment], logs: &LogArgs) -> Result<Config, ConfigError> {
    let logs = Figment::from(Serialized::globals(logs));
    Config::read(&Sources {
        flags: flags.iter().cloned().chain([logs]).collect(),
        file: store.config.as_deref(),
        env: &|name| std::env::var(name).ok(),
        folder: std::path::Path::new(""),
    })
}
