//! Codes that members share with those they bring.

use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use guerdon_ledger::{Invalid, MemberId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A referral code: 4–32 of `A-Z 0-9 -`, beginning and ending with a letter or digit. Small letters count as large ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

impl Code {
    /// Checks the code.
    ///
    /// # Errors
    /// [`Invalid`] with the form a code has.
    pub fn new(code: &str) -> Result<Self, Invalid> {
        let code = code.to_ascii_uppercase();
        let known = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        let ends = !code.starts_with('-') && !code.ends_with('-');
        match known && ends && (4..=32).contains(&code.len()) {
            true => Ok(Self(code)),
            false => Err(Invalid(
                "a referral code is 4 to 32 of A-Z 0-9 and -, beginning and ending with a letter or digit"
                    .to_owned(),
            )),
        }
    }

    /// The code as text, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Code {
    type Error = Invalid;
    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::new(&code)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl std::str::FromStr for Code {
    type Err = Invalid;
    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::new(code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A code and the member who shares it. It is theirs for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralCode {
    /// The code.
    pub code: Code,
    /// Whose it is.
    pub member_id: MemberId,
    /// The transaction that made it.
    pub seq: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

pub(crate) const LOOK_UP_REFERRAL_CODES: Lookup = Lookup {
    sqlite: "SELECT code, member_id, seq, created_at FROM referral_codes WHERE tenant_id = $1 AND code = $2",
    postgres: "SELECT found.* FROM unnest($2::text[]) AS wanted (c) CROSS JOIN LATERAL
        (SELECT code, member_id, seq, created_at FROM referral_codes
        WHERE tenant_id = $1 AND code = c LIMIT 1) AS found",
    key: &[Type::Text],
};

/// `$2` the member, `$3` the transaction before which to go on, `$4` how many.
pub(crate) const LIST_REFERRAL_CODES: &str = "SELECT code, member_id, seq, created_at FROM referral_codes
    WHERE tenant_id = $1 AND member_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";

pub(crate) const WRITE_REFERRAL_CODE: Write = Write {
    table: "referral_codes",
    columns: &[
        ("code", Type::Text),
        ("member_id", Type::Text),
        ("seq", Type::Int),
        ("created_at", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, code) DO UPDATE SET member_id = excluded.member_id",
};

impl ReferralCode {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![self.code.as_str().into(), (&self.member_id).into(), self.seq.into(), self.created_at.into()]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            code: super::parsed(row.text(0)?)?,
            member_id: super::parsed(row.text(1)?)?,
            seq: row.int(2)?,
            created_at: super::instant(row.int(3)?)?,
        })
    }
}

crate::statements::list! { LOOK_UP_REFERRAL_CODES, LIST_REFERRAL_CODES, WRITE_REFERRAL_CODE }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_capitals_and_has_its_form() {
        for (given, code) in [("rudo-7k2m", "RUDO-7K2M"), ("SAVE20", "SAVE20"), ("a--b", "A--B")] {
            assert_eq!(Code::new(given).map(String::from), Ok(code.to_owned()), "{given}");
        }
        for bad in ["", "ABC", "-ABCD", "ABCD-", "AB CD", "ÄBCD", "A_BCD", &"A".repeat(33)] {
            assert!(Code::new(bad).is_err(), "{bad}");
        }
    }
}
