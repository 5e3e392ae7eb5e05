//! The rows that could not be imported, beside the file that they come from.

use super::columns::{Columns, OF_BAD_ROWS};
use crate::failure::Failure;
use csv::ByteRecord;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A file of bad rows: made with the first of them.
#[derive(Debug)]
pub(super) struct BadRows {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl BadRows {
    /// The bad rows of a file, in `<file>.bad-rows.csv`. Those of an earlier run are gone: this one finds them again.
    ///
    /// # Errors
    /// [`Failure::File`] where the old file cannot be removed.
    pub(super) fn beside(file: &Path) -> Result<Self, Failure> {
        let mut path = file.as_os_str().to_owned();
        path.push(".bad-rows.csv");
        let path = PathBuf::from(path);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::File { path, error }),
            _ => Ok(Self { path, writer: None }),
        }
    }

    /// Notes a row, with its line and the reason.
    ///
    /// # Errors
    /// [`Failure::File`] where it cannot be written.
    pub(super) fn note(&mut self, columns: &Columns, row: &ByteRecord, reason: &str) -> Result<(), Failure> {
        self.write(columns, row, reason)
            .map_err(|error| Failure::File { path: self.path.clone(), error: error.into() })
    }

    fn write(&mut self, columns: &Columns, row: &ByteRecord, reason: &str) -> csv::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let mut writer = csv::Writer::from_path(&self.path)?;
                let heading = OF_BAD_ROWS.into_iter().chain(columns.own_names());
                writer.write_record(heading)?;
                self.writer.insert(writer)
            }
        };
        let line = row.position().map_or(0, csv::Position::line).to_string();
        let noted = [line.as_bytes(), reason.as_bytes()];
        writer.write_record(noted.into_iter().chain(columns.own_fields(row)))
    }

    /// Ends the file; answers where it is, if there was anything to note.
    ///
    /// # Errors
    /// [`Failure::File`] where it cannot be written.
    pub(super) fn finish(self) -> Result<Option<PathBuf>, Failure> {
        let Self { path, writer } = self;
        let Some(mut writer) = writer else { return Ok(None) };
        writer.flush().map_err(Failure::file(&path))?;
        Ok(Some(path))
    }
}
