//! Assets: what is counted, and how finely.

use crate::id::Invalid;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// The code of an asset: 1–16 of `A-Z 0-9 _`, beginning with a letter. `PTS`, `USD`, `MILES`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
pub struct AssetCode(SmolStr);

impl AssetCode {
    /// Checks the code.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, too long, or holds another character.
    pub fn new(code: &str) -> Result<Self, Invalid> {
        let letters = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        match letters && code.len() <= 16 && code.starts_with(|c: char| c.is_ascii_uppercase()) {
            true => Ok(Self(code.into())),
            false => Err(Invalid(
                "an asset code is 1 to 16 of A-Z 0-9 _ beginning with a letter, such as PTS or USD"
                    .to_owned(),
            )),
        }
    }

    /// `PTS`, the points every tenant has.
    pub fn points() -> Self {
        Self(SmolStr::new_static("PTS"))
    }

    /// `USD`, the money a tenant rewards in unless it says otherwise.
    pub fn usd() -> Self {
        Self(SmolStr::new_static("USD"))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<SmolStr> for AssetCode {
    type Error = Invalid;
    fn try_from(code: SmolStr) -> Result<Self, Invalid> {
        Self::new(&code)
    }
}

impl From<AssetCode> for SmolStr {
    fn from(code: AssetCode) -> Self {
        code.0
    }
}

impl fmt::Display for AssetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An asset: a code, and the number of decimal digits that its minor unit stands for (cents: 2; points: 0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// The code.
    pub code: AssetCode,
    /// Decimal digits of the minor unit, 0 to 12.
    pub scale: u8,
}

impl Asset {
    /// An asset that a tenant defines.
    ///
    /// # Errors
    /// [`Invalid`] when the scale is above 12, or the code is `PTS` or an ISO 4217 currency with another scale.
    pub fn new(code: AssetCode, scale: u8) -> Result<Self, Invalid> {
        if scale > 12 {
            return Err(Invalid(format!("a scale is 0 to 12 decimal digits, this is {scale}")));
        }
        match Self::known(&code) {
            Some(known) if known.scale != scale => {
                Err(Invalid(format!("{code} has a scale of {} everywhere, this is {scale}", known.scale)))
            }
            _ => Ok(Self { code, scale }),
        }
    }

    /// The assets that need no definition: `PTS` and every ISO 4217 currency.
    pub fn known(code: &AssetCode) -> Option<Self> {
        let scale = match code.as_str() {
            "PTS" => 0,
            text => Currency::from_code(text)?.exponent()? as u8,
        };
        Some(Self { code: code.clone(), scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_assets_have_their_published_scale() {
        for (code, scale) in [("PTS", 0), ("USD", 2), ("ZWG", 2), ("JPY", 0), ("KWD", 3)] {
            let code = AssetCode::new(code).expect(code);
            assert_eq!(Asset::known(&code).map(|asset| asset.scale), Some(scale), "{code}");
        }
    }

    #[test]
    fn a_known_asset_cannot_be_defined_with_another_scale() {
        assert!(Asset::new(AssetCode::usd(), 3).is_err());
        assert!(Asset::new(AssetCode::usd(), 2).is_ok());
        assert!(Asset::new(AssetCode::new("MILES").expect("code"), 13).is_err());
    }

    #[test]
    fn a_code_is_capitals_digits_and_underscores() {
        for bad in ["", "usd", "9X", "A B", "ABCDEFGHIJKLMNOPQ", "É"] {
            assert!(AssetCode::new(bad).is_err(), "{bad}");
        }
    }
}
