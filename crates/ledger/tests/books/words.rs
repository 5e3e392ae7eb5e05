//! The words of a line, read one after another.

use crate::show;
use guerdon_ledger::{AccountKey, AccountPath, Amount, AssetCode, HoldKey, Measure, Reference, Term};
use std::fmt::Display;
use std::iter::Peekable;
use std::str::SplitWhitespace;

/// What is left of a line.
pub(crate) struct Words<'a>(Peekable<SplitWhitespace<'a>>);

impl<'a> Words<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self(line.split_whitespace().peekable())
    }

    pub(crate) fn word(&mut self) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| "the line ends too early".to_owned())
    }

    /// All that is left, parted by single spaces.
    pub(crate) fn rest(&mut self) -> String {
        self.0.by_ref().collect::<Vec<_>>().join(" ")
    }

    /// Takes the next word if it is this one.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        self.0.next_if(|next| *next == word).is_some()
    }

    pub(crate) fn expect(&mut self, words: &str) -> Result<(), String> {
        words.split(' ').try_for_each(|word| match self.word()? {
            found if found == word => Ok(()),
            found => Err(format!("\"{word}\" should stand where \"{found}\" does")),
        })
    }

    pub(crate) fn end(&mut self) -> Result<(), String> {
        match self.rest() {
            rest if rest.is_empty() => Ok(()),
            rest => Err(format!("nothing can follow here, but \"{rest}\" does")),
        }
    }

    pub(crate) fn number(&mut self) -> Result<i64, String> {
        let word = self.word()?;
        let number = word.replace(',', "").parse().map_err(|_| format!("\"{word}\" is not a number"))?;
        match word.contains(',') && show::number(number) != word {
            true => Err(format!("the commas of \"{word}\" do not part thousands")),
            false => Ok(number),
        }
    }

    pub(crate) fn amount(&mut self) -> Result<Amount, String> {
        Amount::new(self.number()?).map_err(in_words)
    }

    pub(crate) fn optional_amount(&mut self) -> Result<Option<Amount>, String> {
        self.0.peek().is_some().then(|| self.amount()).transpose()
    }

    pub(crate) fn account(&mut self) -> Result<AccountPath, String> {
        AccountPath::new(self.word()?).map_err(in_words)
    }

    pub(crate) fn asset(&mut self) -> Result<AssetCode, String> {
        AssetCode::new(self.word()?).map_err(in_words)
    }

    pub(crate) fn account_key(&mut self) -> Result<AccountKey, String> {
        Ok(AccountKey { account: self.account()?, asset: self.asset()? })
    }

    pub(crate) fn hold_key(&mut self) -> Result<HoldKey, String> {
        let reference = Reference::new(self.word()?).map_err(in_words)?;
        self.expect("on")?;
        Ok(HoldKey { account: self.account()?, reference })
    }

    pub(crate) fn term(&mut self) -> Result<Term, String> {
        let measure = match self.word()? {
            "posted" => Measure::Posted,
            "held" => Measure::Held,
            "available" => Measure::Available,
            other => return Err(format!("a limit sums what is posted, held or available, not \"{other}\"")),
        };
        Ok(Term { account: self.account_key()?, measure })
    }

    /// A date and a time of day, UTC, as microseconds since 1970.
    pub(crate) fn time(&mut self) -> Result<i64, String> {
        let text = format!("{} {}", self.word()?, self.word()?);
        let civil: jiff::civil::DateTime = text.parse().map_err(|_| format!("\"{text}\" is not a time"))?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(in_words)?;
        Ok(zoned.timestamp().as_microsecond())
    }
}

fn in_words(error: impl Display) -> String {
    error.to_string()
}
