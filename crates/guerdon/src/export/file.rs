//! Where an export goes: standard output, or a file that appears once it is whole.

use crate::failure::Failure;
use std::fs::File;
use std::io::{BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 20;

/// Where an export goes.
pub(super) enum Target {
    Stdout(BufWriter<Stdout>),
    File { writer: BufWriter<File>, partial: Partial, path: PathBuf },
}

/// A file under a name of its own while it is written; removed unless it is finished.
pub(super) struct Partial(Option<PathBuf>);

impl Target {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Stdout(BufWriter::with_capacity(BUFFER, std::io::stdout())));
        };
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let file = File::create(&partial).map_err(Failure::file(&partial))?;
        let writer = BufWriter::with_capacity(BUFFER, file);
        Ok(Self::File { writer, partial: Partial(Some(partial)), path: path.to_owned() })
    }

    /// What to write to.
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Stdout(writer) => writer,
            Self::File { writer, .. } => writer,
        }
    }

    /// All was written: the file gets its name.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut writer) => Ok(writer.flush()?),
            Self::File { mut writer, mut partial, path } => {
                writer.flush().and_then(|()| writer.get_ref().sync_all()).map_err(Failure::file(&path))?;
                match partial.0.take() {
                    Some(partial) => std::fs::rename(partial, &path).map_err(Failure::file(&path)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed is named after what it is.
            let _ = std::fs::remove_file(path);
        }
    }
}
