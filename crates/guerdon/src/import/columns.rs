//! The heading of a file: which column is where.

use crate::failure::Failure;
use csv::ByteRecord;

/// What a row may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    MemberId,
    Name,
    Email,
    Role,
    Team,
    Department,
    Asset,
    OpeningBalance,
}

const KNOWN: [(&str, Column); 8] = [
    ("member_id", Column::MemberId),
    ("name", Column::Name),
    ("email", Column::Email),
    ("role", Column::Role),
    ("team", Column::Team),
    ("department", Column::Department),
    ("asset", Column::Asset),
    ("opening_balance", Column::OpeningBalance),
];

/// Columns that a file of bad rows has before those of the file that it comes from.
pub(super) const OF_BAD_ROWS: [&str; 2] = ["line", "reason"];

/// Which column is where.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    places: [Option<usize>; KNOWN.len()],
    /// The columns that are the file's own, in its order.
    own: Vec<(usize, String)>,
    width: usize,
}

impl Columns {
    /// Reads a heading.
    ///
    /// # Errors
    /// [`Failure::Input`] with the column that is unknown, there twice or missing.
    pub(super) fn of(heading: &ByteRecord) -> Result<Self, Failure> {
        let mut columns = Self { places: [None; KNOWN.len()], own: Vec::new(), width: heading.len() };
        for (place, field) in heading.iter().enumerate() {
            let text = String::from_utf8_lossy(field);
            // Spreadsheets begin a file with a byte order mark.
            let name = text.trim_start_matches('\u{feff}').trim();
            if OF_BAD_ROWS.contains(&name) {
                continue;
            }
            let index = KNOWN.iter().position(|(known, _)| *known == name).ok_or_else(|| unknown(name))?;
            if columns.places[index].replace(place).is_some() {
                return Err(Failure::Input(format!("the heading has the column {name} twice")));
            }
            columns.own.push((place, name.to_owned()));
        }
        match columns.places[0] {
            Some(_) => Ok(columns),
            None => Err(Failure::Input("the heading has no column member_id".to_owned())),
        }
    }

    /// The field of a column in a row, without the blanks around it; `None` where there is none or it is empty.
    ///
    /// # Errors
    /// A reason, where it is no text.
    pub(super) fn field<'r>(&self, row: &'r ByteRecord, column: Column) -> Result<Option<&'r str>, String> {
        let known = KNOWN.iter().zip(self.places).find(|((_, known), _)| *known == column);
        let Some(((name, _), Some(place))) = known else { return Ok(None) };
        let field = row.get(place).unwrap_or_default();
        let text = std::str::from_utf8(field).map_err(|_| format!("{name} is not UTF-8 text"))?.trim();
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// How many fields a row has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The names of the file's own columns.
    pub(super) fn own_names(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(|(_, name)| name.as_str())
    }

    /// The fields of the file's own columns, as they stand.
    pub(super) fn own_fields<'r>(&self, row: &'r ByteRecord) -> impl Iterator<Item = &'r [u8]> {
        self.own.iter().map(|(place, _)| row.get(*place).unwrap_or_default())
    }
}

fn unknown(name: &str) -> Failure {
    let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let mut what = format!("the heading has a column {name:?}; the columns are {}", known.join(","));
    if name.contains([';', '\t']) {
        what += "; they are parted by commas";
    }
    Failure::Input(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(text: &str) -> Result<Columns, Failure> {
        Columns::of(&text.split(',').collect::<Vec<_>>().into())
    }

    #[test]
    fn columns_come_in_any_order() {
        let columns = heading("\u{feff}name, asset ,member_id").expect("heading");
        let row = ByteRecord::from(vec![" Rudo ", "", "rudo"]);
        for (column, expected) in [
            (Column::Name, Some("Rudo")),
            (Column::Asset, None),
            (Column::MemberId, Some("rudo")),
            (Column::Email, None),
        ] {
            assert_eq!(columns.field(&row, column), Ok(expected), "{column:?}");
        }
    }

    #[test]
    fn a_heading_that_is_wrong_is_refused_with_the_column() {
        for (text, told) in [
            ("member_id,nmae", "\"nmae\""),
            ("member_id,name,name", "name twice"),
            ("name", "no column member_id"),
            ("member_id;name", "parted by commas"),
        ] {
            let failure = heading(text).expect_err(text).to_string();
            assert!(failure.contains(told), "{failure}");
        }
    }

    #[test]
    fn a_file_of_bad_rows_is_a_file_to_import() {
        let columns = heading("line,reason,member_id,name").expect("heading");
        assert_eq!(columns.own_names().collect::<Vec<_>>(), ["member_id", "name"]);
        let row = ByteRecord::from(vec!["7", "no such role", "rudo", "Rudo"]);
        assert_eq!(columns.own_fields(&row).collect::<Vec<_>>(), [b"rudo".as_slice(), b"Rudo"]);
    }
}
