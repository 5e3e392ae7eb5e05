//! `GUERDON_*` in the environment.

use super::ReadEnv;
use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};
use std::path::PathBuf;

const PREFIX: &str = "GUERDON_";

/// The keys that the environment may set, and whether each is a number. Other variables of the same prefix are not ours.
pub(super) const KEYS: [(&str, bool); 14] = [
    ("listen", false),
    ("data", false),
    ("database_url", false),
    ("connections", true),
    ("log", false),
    ("log_format", false),
    ("admin_key", false),
    ("secret_key", false),
    ("model_url", false),
    ("model_name", false),
    ("model_key", false),
    ("model_timeout_seconds", true),
    ("clock", false),
    ("body_limit", true),
];

/// The variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

/// A variable that is set to something.
fn set(env: ReadEnv<'_>, key: &str) -> Option<String> {
    env(&variable(key)).filter(|text| !text.is_empty())
}

/// The file that the environment names.
pub(super) fn config_file(env: ReadEnv<'_>) -> Option<PathBuf> {
    set(env, "config").map(PathBuf::from)
}

/// The layer of the environment.
pub(super) struct Environment<'a>(pub(super) ReadEnv<'a>);

impl Provider for Environment<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment").interpolater(|_, keys| variable(&keys.join("_")))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let values = KEYS.iter().filter_map(|(key, number)| {
            let text = set(self.0, key)?;
            let value = match text.parse::<usize>() {
                Ok(count) if *number => Value::from(count),
                _ => Value::from(text),
            };
            Some(((*key).to_owned(), value))
        });
        Ok(Profile::Default.collect(values.collect()))
    }
}
