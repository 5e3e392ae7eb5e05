//! What is wrong with a configuration, in words for whoever wrote it.

use figment::error::Kind;
use std::path::PathBuf;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file that was named is not there.
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    /// Nobody would read it: most likely it is misspelt.
    #[error("{place} sets {key:?}, which is no key of Guerdon's")]
    UnknownKey {
        /// The key, whole.
        key: String,
        /// Where it stands.
        place: String,
        /// The keys there are.
        known: &'static [&'static str],
    },
    /// The value is not one that the key can have.
    #[error("{key} must be {what}")]
    Value {
        /// The key.
        key: String,
        /// What it must be.
        what: String,
    },
    /// Anything else that is wrong with a value or the file.
    #[error("{place}: {what}")]
    Unreadable {
        /// The key, or the file.
        place: String,
        /// What is wrong.
        what: String,
    },
}

impl ConfigError {
    pub(super) fn of(error: figment::Error) -> Self {
        let place = place(&error);
        let key = |last: Option<&str>| {
            error.path.iter().map(String::as_str).chain(last).collect::<Vec<_>>().join(".")
        };
        match &error.kind {
            Kind::UnknownField(name, known) => {
                // Where a table is meant, figment counts the unknown key among the path already.
                let last = (error.path.last() != Some(name)).then_some(name.as_str());
                Self::UnknownKey { key: key(last), place, known }
            }
            kind if error.path.is_empty() => Self::Unreadable { place, what: kind.to_string() },
            kind => Self::Unreadable { place: format!("{place}, {}", key(None)), what: kind.to_string() },
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { known, .. } => Some(format!("the keys are {}", known.join(", "))),
            _ => None,
        }
    }
}

/// Where a wrong value stands: the file's name, or the variable.
fn place(error: &figment::Error) -> String {
    let Some(metadata) = &error.metadata else { return "the configuration".to_owned() };
    match &metadata.source {
        Some(figment::Source::File(file)) => {
            file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
        }
        _ if metadata.name == "the environment" && !error.path.is_empty() => {
            metadata.interpolate(&figment::Profile::Default, &error.path)
        }
        _ => metadata.name.to_string(),
    }
}
