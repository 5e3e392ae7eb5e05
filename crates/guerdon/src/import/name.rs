//! What an import is called.

use crate::failure::Failure;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The name of an import, 1–64 of `A-Z a-z 0-9 . _ -`: a row is recorded once under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImportName(String);

impl ImportName {
    /// The name of a file without its ending, so that a file of bad rows, corrected, goes on with the same import.
    ///
    /// # Errors
    /// [`Failure::Input`] where the file's name cannot be one.
    pub(super) fn of_file(file: &Path) -> Result<Self, Failure> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let mut stem = name.as_ref();
        while let Some(shorter) = stem.strip_suffix(".bad-rows.csv") {
            stem = shorter;
        }
        let stem = stem.strip_suffix(".csv").unwrap_or(stem);
        let plain: String = stem.chars().map(|c| if fits(c) { c } else { '-' }).collect();
        plain
            .parse()
            .map_err(|_| Failure::Input(format!("{name} cannot name an import: give one with --name")))
    }

    /// The idempotency key of a member's row.
    pub(super) fn key(&self, member: &str) -> String {
        format!("import:{}:{member}", self.0)
    }
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

impl FromStr for ImportName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (1..=64).contains(&text.len()) && text.chars().all(fits) {
            true => Ok(Self(text.to_owned())),
            false => Err("an import's name is 1 to 64 of A-Z a-z 0-9 . _ -".to_owned()),
        }
    }
}

impl fmt::Display for ImportName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_import_and_so_do_its_bad_rows() {
        for (file, name) in [
            ("/data/members.csv", "members"),
            ("members.csv.bad-rows.csv", "members"),
            ("members.csv.bad-rows.csv.bad-rows.csv", "members"),
            ("our people 2026.csv", "our-people-2026"),
            ("list", "list"),
        ] {
            assert_eq!(ImportName::of_file(Path::new(file)).expect(file).to_string(), name);
        }
        assert!(ImportName::of_file(Path::new("/")).is_err());
        assert!("a b".parse::<ImportName>().is_err());
    }
}
