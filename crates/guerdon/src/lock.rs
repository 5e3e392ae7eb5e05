//! The lock on a data folder: one process at a time has the embedded database for itself.

use crate::failure::Failure;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

const FILE: &str = "guerdon.lock";

/// A data folder that this process has for itself, until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, and leaves word of who has it.
    ///
    /// # Errors
    /// [`Failure::Locked`] with that word where another process has it.
    pub(crate) fn take(folder: &Path, command: &str) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(Failure::file(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::Locked { folder: folder.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(Failure::File { path, error }),
        }
        leave_word(&mut file, command).map_err(Failure::file(&path))?;
        Ok(Self { _file: file })
    }
}

fn leave_word(file: &mut File, command: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "`guerdon {command}`, process {}", std::process::id())
}

fn holder(file: &mut File) -> Option<String> {
    let mut word = String::new();
    file.read_to_string(&mut word).ok()?;
    Some(word.trim().to_owned()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_says_by_whom() {
        let folder = tempfile::tempdir().expect("folder");
        let lock = FolderLock::take(folder.path(), "serve").expect("free");
        let refused = FolderLock::take(folder.path(), "import").expect_err("taken");
        let told = refused.to_string();
        assert!(
            told.contains("`guerdon serve`, process ") && told.contains(&std::process::id().to_string()),
            "{told}"
        );
        drop(lock);
        FolderLock::take(folder.path(), "import").expect("free again");
    }
}
