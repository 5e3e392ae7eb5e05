//! The configuration: flags over `GUERDON_*` in the environment over `guerdon.toml` over what stands here.

mod args;
mod environment;
mod error;
#[cfg(test)]
mod tests;

pub(crate) use args::{LogArgs, ServerArgs, StoreArgs};
pub(crate) use error::ConfigError;

use environment::Environment;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use guerdon_programs::access::{IssuerConfig, Secret};
use guerdon_programs::drafting::ModelConfig;
use guerdon_programs::vault::Vault;
use guerdon_store::driver::Location;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The file that is read where it lies in the working folder and no other is named.
const FILE: &str = "guerdon.toml";
/// The database in the data folder.
const DATABASE_FILE: &str = "guerdon.db";

/// Reads a variable of the environment.
pub(crate) type ReadEnv<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object for each line.
    Json,
}

/// The configuration, whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where to listen.
    pub(crate) listen: String,
    /// The folder of the embedded database.
    pub(crate) data: PathBuf,
    /// PostgreSQL, instead of the embedded database.
    pub(crate) database_url: Option<Secret>,
    /// Connections to PostgreSQL at most.
    pub(crate) connections: usize,
    /// What to log; each command has its own default.
    pub(crate) log: Option<String>,
    /// How to log.
    pub(crate) log_format: LogFormat,
    /// The platform admin's key, instead of one that is made and shown once.
    pub(crate) admin_key: Option<Secret>,
    /// What seals secrets that must be used again: 64 hexadecimal digits, or several such keys.
    pub(crate) secret_key: Option<Secret>,
    /// The base of the address of a language model that drafts rules, as OpenAI's; none where not set.
    pub(crate) model_url: Option<String>,
    /// What the model is called there.
    pub(crate) model_name: Option<String>,
    /// The key to ask it with.
    pub(crate) model_key: Option<Secret>,
    /// How long it may take.
    pub(crate) model_timeout_seconds: Option<u64>,
    /// Where a moved clock begins.
    pub(crate) clock: Option<Timestamp>,
    /// The largest body of a call, in bytes.
    pub(crate) body_limit: usize,
    /// Who signs JWTs that are trusted.
    pub(crate) jwt: Jwt,
}

/// JWTs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Jwt {
    /// Who signs those that are trusted.
    pub(crate) issuers: Vec<IssuerConfig>,
}

/// What holds where nobody says otherwise.
#[derive(Serialize)]
struct Defaults {
    listen: &'static str,
    data: &'static str,
    connections: usize,
    log_format: LogFormat,
    body_limit: usize,
    jwt: std::collections::BTreeMap<String, String>,
}

const DEFAULTS: Defaults = Defaults {
    listen: "127.0.0.1:8080",
    data: "./guerdon-data",
    connections: 16,
    log_format: LogFormat::Text,
    body_limit: 1 << 20,
    jwt: std::collections::BTreeMap::new(),
};

/// Where the configuration comes from.
pub(crate) struct Sources<'a> {
    /// Flags, as the command has them; those that were not given are not there.
    pub(crate) flags: Vec<Figment>,
    /// The file that a flag names.
    pub(crate) file: Option<&'a Path>,
    /// The environment.
    pub(crate) env: ReadEnv<'a>,
    /// The working folder.
    pub(crate) folder: &'a Path,
}

impl Config {
    /// Reads it all.
    ///
    /// # Errors
    /// [`ConfigError`] with the key that is wrong, and where it stands.
    pub(crate) fn read(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        let mut layers = Figment::from(Serialized::defaults(DEFAULTS));
        if let Some(file) = file_of(sources)? {
            layers = layers.merge(Toml::file_exact(file));
        }
        layers = layers.merge(Environment(sources.env));
        for flags in &sources.flags {
            layers = layers.merge(flags);
        }
        let config: Self = layers.extract().map_err(ConfigError::of)?;
        config.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        if self.connections == 0 {
            return Err(ConfigError::Value { key: "connections".to_owned(), what: "at least 1".to_owned() });
        }
        if self.secret_key.as_ref().is_some_and(|keys| Vault::of(keys.expose()).is_err()) {
            let what = "64 hexadecimal digits, as `openssl rand -hex 32` makes them".to_owned();
            return Err(ConfigError::Value { key: "secret_key".to_owned(), what });
        }
        Ok(self)
    }

    /// The language model that drafts rules, where there is one.
    pub(crate) fn model(&self) -> Option<ModelConfig> {
        self.model_url.as_ref().map(|url| ModelConfig {
            url: url.clone(),
            name: self.model_name.clone().unwrap_or_default(),
            key: self.model_key.clone(),
            timeout_seconds: self.model_timeout_seconds,
        })
    }

    /// Where the data lies.
    pub(crate) fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => Location::Postgres { url: url.expose().to_owned(), connections: self.connections },
            None => Location::Sqlite { path: self.database_file(), durable: true },
        }
    }

    /// The file of the embedded database.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.data.join(DATABASE_FILE)
    }

    /// How many lanes the journal has, where the database can use more than one. Reads take the other connections.
    pub(crate) fn lanes(&self) -> usize {
        (self.connections / 2).clamp(1, 8)
    }
}

/// The file to read: the one named by flag or environment, which must be there, or the usual one where it is.
fn file_of(sources: &Sources<'_>) -> Result<Option<PathBuf>, ConfigError> {
    let named = sources.file.map(Path::to_owned).or_else(|| environment::config_file(sources.env));
    match named {
        Some(named) => {
            let file = sources.folder.join(named);
            if file.is_file() { Ok(Some(file)) } else { Err(ConfigError::NoFile(file)) }
        }
        None => Ok(Some(sources.folder.join(FILE)).filter(|file| file.is_file())),
    }
}
