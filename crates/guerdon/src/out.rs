//! What a person, or a program, reads: lines, tables and boxes on standard output, JSON where it was asked for.

use crate::failure::Failure;
use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use owo_colors::OwoColorize;
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// A line under the heading, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    json: bool,
}

impl Out {
    /// For people, or JSON.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON was asked for.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Writes JSON, where that was asked for, and otherwise what `text` makes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn show(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        match self.json {
            true => line(&serde_json::to_string(value).map_err(std::io::Error::from)?),
            false => line(&text()),
        }
    }

    /// Tells a failure on standard error.
    pub(crate) fn failure(self, failure: &Failure) {
        let hint = failure.hint();
        let mut errors = anstream::stderr().lock();
        // Where standard error cannot be written there is nowhere left to say so.
        let _ = match self.json {
            true => {
                let body = serde_json::json!({"error": failure.to_string(), "hint": hint});
                writeln!(errors, "{body}")
            }
            false => writeln!(errors, "{} {failure}", "error:".red().bold()),
        };
        if let Some(hint) = hint.filter(|_| !self.json) {
            let _ = writeln!(errors, "  {} {hint}", "hint:".cyan().bold());
        }
    }
}

/// Writes a line to standard output; its colours only on a terminal.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.trim_end_matches('\n').as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Writes a line to standard error; its colours only on a terminal.
pub(crate) fn note(text: &str) {
    // A note that nobody can read is no reason to stop.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A table with a heading; as wide as the terminal, where there is one. The first column, which is what one copies, is
/// never broken, and columns with nothing in them are left out.
pub(crate) fn table<C: Into<Cell>>(
    heading: &[&str],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>,
) -> String {
    let rows: Vec<Vec<Cell>> =
        rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect();
    let filled = |column: usize| {
        rows.is_empty()
            || rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.content().is_empty()))
    };
    let kept: Vec<bool> = (0..heading.len()).map(filled).collect();
    let mut table = Table::new();
    table.load_style(STYLE);
    match std::io::stdout().is_terminal() {
        true => table.set_content_arrangement(ContentArrangement::Dynamic).enforce_styling(),
        false => table.force_no_tty(),
    };
    let bold = |text: &&str| Cell::new(text).add_attribute(Attribute::Bold);
    table.set_header(heading.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(text, _)| bold(text)));
    for row in rows {
        table.add_row(row.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell));
    }
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}

/// Lines in a box, the first its title.
pub(crate) fn boxed(title: &str, lines: &[String]) -> String {
    let width =
        lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(title.chars().count() + 2);
    let rule = "─".repeat(width + 1 - title.chars().count());
    let mut text = format!("╭─ {} {rule}╮\n", title.bold());
    for line in lines {
        let blank = " ".repeat(width - line.chars().count());
        text += &format!("│  {line}{blank}  │\n");
    }
    text + &format!("╰{}╯", "─".repeat(width + 4))
}

/// A number as people read it: 1,234,567.
pub(crate) fn count(number: impl Into<i128>) -> String {
    let number: i128 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// `1 row`, `2 rows`: a number and what it counts.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A text as one word of a shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"), (100_000, "100,000")]
        {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn a_word_of_a_shell_is_quoted_where_it_must_be() {
        assert_eq!(shell_word("./guerdon-data"), "./guerdon-data");
        assert_eq!(shell_word("my data"), "'my data'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }

    #[test]
    fn a_table_leaves_out_what_nobody_has() {
        let text = table(&["id", "scopes", "name"], [["1", "", "one"], ["2", "", ""]]);
        let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with('─')).collect();
        assert_eq!(words, ["id", "name", "1", "one", "2"]);
        assert!(table(&["id", "name"], Vec::<Vec<Cell>>::new()).contains("name"));
    }

    #[test]
    fn a_box_is_as_wide_as_its_longest_line() {
        let text = anstream::adapter::strip_str(&boxed("Title", &["a".to_owned(), "longer line".to_owned()]))
            .to_string();
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{text}");
    }
}
