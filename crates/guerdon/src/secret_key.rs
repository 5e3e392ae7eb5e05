//! The server's secret key, which seals what must not be read from the database: the one that is configured, or one
//! that lies beside the embedded database.

use crate::config::Config;
use crate::failure::Failure;
use guerdon_programs::access::Secret;
use guerdon_programs::vault::Vault;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The file of the key in the data folder.
const FILE: &str = "secret.key";

/// A vault with the server's keys. The embedded database has a key of its own in its folder, made here where there is
/// none yet; a key that is configured goes before it, and seals. On PostgreSQL, which several servers share, there is
/// none but what is configured: without it the vault can seal nothing.
///
/// # Errors
/// [`Failure`] where the file cannot be read or made, or holds no key.
pub(crate) fn vault(config: &Config) -> Result<Vault, Failure> {
    let configured = config.secret_key.as_ref().map(Secret::expose);
    if config.database_url.is_some() {
        let Some(keys) = configured else {
            tracing::warn!("no GUERDON_SECRET_KEY is set: no secrets can be kept, such as those of webhooks");
            return Ok(Vault::default());
        };
        return Ok(Vault::of(keys)?);
    }
    let path = config.data.join(FILE);
    let kept = kept(&path, configured.is_none())?;
    let keys: Vec<&str> = configured.into_iter().chain(kept.as_deref()).collect();
    Vault::of(&keys.join(",")).map_err(|_| Failure::SecretKeyFile(path))
}

/// The key in the file; one is made where there is no file and a key is needed.
fn kept(path: &Path, is_needed: bool) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound && is_needed => made(path).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file(path)(error)),
    }
}

/// Makes a key, for nobody else's eyes. It is on the disk before anything is sealed with it.
fn made(path: &Path) -> Result<String, Failure> {
    let key = Vault::new_key().map_err(|error| Failure::Input(error.to_string()))?;
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "{key}")?;
        file.sync_all()
    };
    write().map_err(Failure::file(path))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LogArgs, StoreArgs};
    use guerdon_store::TenantId;

    /// The vault of a data folder, with a configured key or none, on PostgreSQL or not.
    fn vault_of(folder: &Path, key: Option<&str>, postgres: bool) -> Result<Vault, Failure> {
        let args = StoreArgs { data: Some(folder.to_owned()), ..StoreArgs::default() };
        let mut config = args.read(&LogArgs::default())?;
        config.secret_key = key.map(Secret::new);
        config.database_url = postgres.then(|| Secret::new("postgres://localhost/guerdon"));
        vault(&config)
    }

    #[test]
    fn a_key_is_made_once_beside_the_embedded_database_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().expect("folder");
        let first = vault_of(folder.path(), None, false).expect("made");
        let sealed = first.seal(TenantId::PLATFORM, "place", "secret").expect("sealed");
        let again = vault_of(folder.path(), None, false).expect("read");
        assert_eq!(again.open(TenantId::PLATFORM, "place", &sealed).expect("open").expose(), "secret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(FILE)).expect("file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let configured = vault_of(folder.path(), Some(&"a".repeat(64)), false).expect("both");
        assert!(configured.open(TenantId::PLATFORM, "place", &sealed).is_ok(), "the one before still opens");
        let sealed = configured.seal(TenantId::PLATFORM, "place", "secret").expect("sealed");
        assert!(again.open(TenantId::PLATFORM, "place", &sealed).is_err(), "the configured one seals");
    }

    #[test]
    fn a_configured_key_needs_no_file_and_a_broken_file_is_told() {
        let folder = tempfile::tempdir().expect("folder");
        vault_of(folder.path(), Some(&"a".repeat(64)), false).expect("configured");
        assert!(!folder.path().join(FILE).exists());
        std::fs::write(folder.path().join(FILE), "nonsense").expect("file");
        let refused = vault_of(folder.path(), None, false).expect_err("no key");
        assert!(matches!(refused, Failure::SecretKeyFile(_)), "{refused}");
    }

    #[test]
    fn on_postgresql_there_is_none_but_what_is_configured() {
        let folder = tempfile::tempdir().expect("folder");
        let none = vault_of(folder.path(), None, true).expect("it serves nevertheless");
        assert!(none.seal(TenantId::PLATFORM, "place", "secret").is_err());
        assert!(!folder.path().join(FILE).exists());
        let configured = vault_of(folder.path(), Some(&"a".repeat(64)), true).expect("configured");
        assert!(configured.seal(TenantId::PLATFORM, "place", "secret").is_ok());
    }
}
