//! Amounts: money, points, shares of an order.

use super::cursor::Cursor;
use super::number::Decimal;
use super::token::Kind;
use guerdon_ledger::{Asset, AssetCode};

/// Of what an amount is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unit {
    /// Points.
    Points,
    /// Money in the currency that rewards are counted in.
    Reward,
    /// Money in another currency.
    Currency(AssetCode),
}

/// An amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) units: i64,
    pub(super) of: Unit,
}

impl Unit {
    /// The decimal digits of its minor unit.
    fn scale(&self) -> u32 {
        match self {
            Self::Points => 0,
            Self::Reward => 2,
            Self::Currency(code) => Asset::known(code).map_or(2, |asset| u32::from(asset.scale)),
        }
    }

    /// How many minor units a number of it is.
    pub(super) fn minor(&self, number: Decimal) -> Option<i64> {
        number.minor(self.scale()).filter(|units| (1..=guerdon_ledger::MAX_MINOR_UNITS).contains(units))
    }

    /// How many minor units one of it has.
    pub(super) fn whole(&self) -> i64 {
        10_i64.pow(self.scale())
    }

    pub(super) fn is_money(&self) -> bool {
        *self != Self::Points
    }

    fn amount(self, number: Decimal) -> Option<Amount> {
        Some(Amount { units: self.minor(number)?, of: self })
    }
}

fn currency(code: &str) -> Option<Unit> {
    let code = AssetCode::new(code).ok()?;
    Asset::known(&code).map(|asset| Unit::Currency(asset.code))
}

/// `$50`, `€20`, `50 dollars`, `USD 5`, `5 USD`, `20 cents`.
pub(super) fn money<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Amount)> {
    if let Some((next, unit)) = currency_mark(cursor)
        && let Some((next, number)) = next.number()
    {
        return Some((next, unit.amount(number)?));
    }
    let (next, number) = cursor.number()?;
    if let Some(next) = next.sign('¢').or_else(|| next.phrase("cent")) {
        return Some((next, Amount { units: number.whole().filter(|units| *units >= 1)?, of: Unit::Reward }));
    }
    let (next, unit) = currency_mark(next).or_else(|| currency_word(next))?;
    Some((next, unit.amount(number)?))
}

/// `$ € £`, and codes of currencies.
fn currency_mark<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Unit)> {
    let unit = match cursor.kind()? {
        Kind::Sign('$') => Unit::Reward,
        Kind::Sign('€') => currency("EUR")?,
        Kind::Sign('£') => currency("GBP")?,
        Kind::Word { word, .. } if word.len() == 3 && !NO_CODES.contains(&word.as_str()) => {
            currency(&word.to_uppercase())?
        }
        _ => return None,
    };
    Some((cursor.next(), unit))
}

/// Words that are codes of currencies too.
const NO_CODES: &[&str] =
    &["all", "top", "try", "pen", "sos", "mad", "cup", "gel", "lei", "pts", "ron", "php"];

/// `dollars`, `euros`, `pounds`, in the singular too.
pub(super) fn currency_word<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Unit)> {
    let (next, stem) = cursor.stem()?;
    let unit = match stem {
        "dollar" | "buck" => Unit::Reward,
        "euro" => currency("EUR")?,
        "pound" => currency("GBP")?,
        "rand" => currency("ZAR")?,
        "yen" => currency("JPY")?,
        _ => return None,
    };
    Some((next, unit))
}

/// `100 points`, `a point`, `5 pts`.
pub(super) fn points<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Amount)> {
    let (next, number) = match cursor.number() {
        Some(found) => found,
        None => (cursor.one_of(&["a", "an"])?, Decimal::of(1)),
    };
    let next = next.skip(&["bonus", "loyalty", "reward", "extra"]);
    let next = next.one_of(&["point", "pt", "pts"])?;
    Some((next, Unit::Points.amount(number)?))
}

/// An amount of any kind.
pub(super) fn amount<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Amount)> {
    money(cursor).or_else(|| points(cursor))
}

/// `5%`, `5 percent`.
pub(super) fn percent<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Decimal)> {
    let (next, number) = cursor.number()?;
    let next = next.sign('%').or_else(|| next.one_of(&["percent", "per cent"]))?;
    (!number.is_zero()).then_some((next, number))
}
