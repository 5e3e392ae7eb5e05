//! Numbers, in digits and in words. None is ever rounded.

/// Digits that are read at most; longer numbers are none.
const DIGITS: usize = 12;

/// A number above or equal to zero with at most four decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    /// In units of `10^-places`.
    units: i64,
    places: u32,
}

impl Decimal {
    /// A whole number.
    pub(super) fn of(whole: i64) -> Self {
        Self { units: whole, places: 0 }
    }

    /// Reads `5`, `5,000`, `1,234.5`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let grouped = whole.split(',').skip(1).all(|group| group.len() == 3);
        let digits: String = whole.chars().filter(|c| *c != ',').chain(fraction.chars()).collect();
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        if !grouped || !plain || digits.len() > DIGITS || fraction.len() > 4 {
            return None;
        }
        Some(Self { units: digits.parse().ok()?, places: fraction.len() as u32 })
    }

    /// As a whole number, where it is one.
    pub(super) fn whole(self) -> Option<i64> {
        self.minor(0)
    }

    /// In units of `10^-scale`, where it comes out whole.
    pub(super) fn minor(self, scale: u32) -> Option<i64> {
        match scale.checked_sub(self.places) {
            Some(more) => self.units.checked_mul(10_i64.checked_pow(more)?),
            None => {
                let part = 10_i64.checked_pow(self.places - scale)?;
                (self.units % part == 0).then_some(self.units / part)
            }
        }
    }

    pub(super) fn times(self, factor: i64) -> Option<Self> {
        Some(Self { units: self.units.checked_mul(factor)?, ..self })
    }

    pub(super) fn minus_one(self) -> Option<Self> {
        let one = 10_i64.checked_pow(self.places)?;
        (self.units > one).then(|| Self { units: self.units - one, ..self })
    }

    /// As a fraction of whole numbers: what is above, and below, the line.
    pub(super) fn fraction(self) -> Option<(i64, i64)> {
        Some((self.units, 10_i64.checked_pow(self.places)?))
    }

    pub(super) fn is_zero(self) -> bool {
        self.units == 0
    }
}

/// A number in words, being put together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worded {
    /// What is complete: thousands.
    done: i64,
    /// What the next word may still multiply.
    open: i64,
    /// Below which a next word must be to be added.
    room: i64,
}

impl Worded {
    pub(super) fn total(self) -> i64 {
        self.done + self.open
    }

    /// Whether it ends in hundreds or thousands.
    pub(super) fn is_round(self) -> bool {
        self.room >= 100
    }

    /// With the next word; none where the two do not make one number.
    pub(super) fn followed_by(self, next: Self) -> Option<Self> {
        match next.open {
            100 if next.room == 100 && self.open < 10 => {
                Some(Self { open: self.open * 100, room: 100, ..self })
            }
            1_000 if self.done == 0 => Some(Self { done: self.open * 1_000, open: 0, room: 1_000 }),
            value if value < self.room && next.room != 1_000 && value < 100 => {
                Some(Self { open: self.open + value, room: next.room.min(10).min(self.room), ..self })
            }
            _ => None,
        }
    }
}

/// A word of a number.
pub(super) fn number_word(word: &str) -> Option<Worded> {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    if let Some(ones) = ONES.iter().position(|known| *known == word) {
        return Some(Worded { done: 0, open: ones as i64, room: 0 });
    }
    if let Some(tens) = TENS.iter().position(|known| *known == word) {
        return Some(Worded { done: 0, open: (tens as i64 + 2) * 10, room: 10 });
    }
    match word {
        "dozen" => Some(Worded { done: 0, open: 12, room: 0 }),
        "hundred" => Some(Worded { done: 0, open: 100, room: 100 }),
        "thousand" => Some(Worded { done: 0, open: 1_000, room: 1_000 }),
        _ => None,
    }
}

/// `first` to `tenth`.
pub(super) fn ordinal_word(word: &str) -> Option<i64> {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    WORDS.iter().position(|known| *known == word).map(|index| index as i64 + 1)
}

#[cfg(test)]
mod tests {
    use super::super::token::{Kind, tokens};
    use super::*;

    #[test]
    fn numbers_are_read_in_digits_and_in_words() {
        for (text, expected) in [
            ("5", Some(50_000)),
            ("5,000", Some(50_000_000)),
            ("12.50", Some(125_000)),
            ("0.0001", Some(1)),
            ("2.5k", Some(25_000_000)),
            ("twenty", Some(200_000)),
            ("twenty five", Some(250_000)),
            ("two hundred", Some(2_000_000)),
            ("two hundred fifty", Some(2_500_000)),
            ("hundred", Some(1_000_000)),
            ("three thousand five hundred", Some(35_000_000)),
            ("nineteen", Some(190_000)),
            ("dozen", Some(120_000)),
            ("1,00", None),
            ("1.23456", None),
            ("1234567890123", None),
        ] {
            let found = match tokens(text).as_slice() {
                [token] => match token.kind {
                    Kind::Number(decimal) => decimal.minor(4),
                    _ => None,
                },
                _ => None,
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn amounts_in_minor_units_are_exact() {
        let decimal = Decimal::parse("12.5").expect("number");
        assert_eq!((decimal.minor(2), decimal.minor(1), decimal.minor(0)), (Some(1_250), Some(125), None));
        assert_eq!(decimal.fraction(), Some((125, 10)));
        assert_eq!(Decimal::parse("2.00").and_then(Decimal::whole), Some(2));
    }
}
