//! Tables as workbooks of Excel: numbers as numbers, in major units.

use crate::problem::Problem;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// The media type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Day(String),
    /// How many.
    Count(i64),
    /// Minor units, and how many decimal digits they stand for.
    Amount(i64, u8),
    /// A part of one, shown in percent.
    Share(f64),
}

/// A table, and what its columns come to.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) headings: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) totals: Vec<Vec<Cell>>,
}

/// A table as a workbook of one sheet, whose first row stays in sight.
pub(crate) async fn workbook(table: Table, at: Timestamp) -> Result<Vec<u8>, Problem> {
    // A long table takes a while to compress.
    let written = tokio::task::spawn_blocking(move || write(&table, at)).await;
    let written = written.map_err(|error| Problem::internal(&error))?;
    written.map_err(|error| Problem::internal(&error))
}

fn write(table: &Table, at: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The same at the same time, to the byte.
    let made = ExcelDateTime::from_timestamp(at.as_second())?;
    workbook.set_properties(&DocProperties::new().set_title(&table.title).set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    let bold = Format::new().set_bold();
    for (column, heading) in (0..).zip(&table.headings) {
        sheet.write_with_format(0, column, *heading, &bold)?;
        sheet.set_column_width(column, width(heading))?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let below = (1..).zip(&table.rows);
    for (row, cells) in below {
        write_row(sheet, row, cells, &Format::new())?;
    }
    let after = u32::try_from(table.rows.len()).unwrap_or(u32::MAX).saturating_add(1);
    for (row, cells) in (after..).zip(&table.totals) {
        write_row(sheet, row, cells, &bold)?;
    }
    workbook.save_to_buffer()
}

/// Wide enough for the heading and for most amounts.
fn width(heading: &str) -> f64 {
    heading.chars().count().max(14) as f64
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &[Cell], format: &Format) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(cells) {
        let shown = |as_what: &str| format.clone().set_num_format(as_what);
        match cell {
            Cell::Empty => continue,
            Cell::Text(text) => sheet.write_string_with_format(row, column, text, format)?,
            Cell::Day(text) => match text.parse::<Date>() {
                // Excel knows no day before.
                Ok(day) if day.year() >= 1900 => {
                    sheet.write_datetime_with_format(row, column, day, &shown("yyyy-mm-dd"))?
                }
                _ => sheet.write_string_with_format(row, column, text, format)?,
            },
            Cell::Count(count) => {
                sheet.write_number_with_format(row, column, *count as f64, &shown("#,##0"))?
            }
            Cell::Amount(amount, scale) => {
                let major = *amount as f64 / 10_f64.powi(i32::from(*scale));
                sheet.write_number_with_format(row, column, major, &shown(&of_scale(*scale)))?
            }
            Cell::Share(share) => sheet.write_number_with_format(row, column, *share, &shown("0.00%"))?,
        };
    }
    Ok(())
}

/// The number format of amounts with so many decimal digits.
fn of_scale(scale: u8) -> String {
    match scale {
        0 => "#,##0".to_owned(),
        scale => format!("#,##0.{}", "0".repeat(usize::from(scale))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_with_the_digits_of_their_minor_unit() {
        for (scale, format) in [(0, "#,##0"), (2, "#,##0.00"), (3, "#,##0.000")] {
            assert_eq!(of_scale(scale), format);
        }
    }

    #[test]
    fn the_same_table_is_the_same_workbook() {
        let cells = || {
            vec![
                Cell::Empty,
                Cell::Text("=1+1".to_owned()),
                Cell::Day("2026-11-21".to_owned()),
                Cell::Day("1066-10-14".to_owned()),
                Cell::Count(3),
                Cell::Amount(guerdon_ledger::MAX_MINOR_UNITS, 12),
                Cell::Share(1.2),
            ]
        };
        let table = Table {
            title: "marketing".to_owned(),
            headings: vec!["Day"],
            rows: vec![cells(); 3],
            totals: vec![cells()],
        };
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(write(&table, at).expect("a workbook"), write(&table, at).expect("a workbook"));
    }
}
