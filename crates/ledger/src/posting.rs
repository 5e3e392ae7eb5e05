//! Postings: value moving from one account to another.

use crate::account::AccountPath;
use crate::amount::Amount;
use crate::asset::AssetCode;
use crate::id::Invalid;
use serde::{Deserialize, Serialize};

/// One asset moving from one account to another. There is no way to write one that does not balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Posting {
    from: AccountPath,
    to: AccountPath,
    asset: AssetCode,
    amount: Amount,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    from: AccountPath,
    to: AccountPath,
    asset: AssetCode,
    amount: Amount,
}

impl TryFrom<Unchecked> for Posting {
    type Error = Invalid;
    fn try_from(raw: Unchecked) -> Result<Self, Invalid> {
        Self::new(raw.from, raw.to, raw.asset, raw.amount)
    }
}

impl Posting {
    /// Moves `amount` of `asset`.
    ///
    /// # Errors
    /// [`Invalid`] when both accounts are the same.
    pub fn new(
        from: AccountPath,
        to: AccountPath,
        asset: AssetCode,
        amount: Amount,
    ) -> Result<Self, Invalid> {
        match from == to {
            true => Err(Invalid(format!("a posting moves value between two accounts, both are {from}"))),
            false => Ok(Self { from, to, asset, amount }),
        }
    }

    /// The account that gives.
    pub fn from(&self) -> &AccountPath {
        &self.from
    }

    /// The account that receives.
    pub fn to(&self) -> &AccountPath {
        &self.to
    }

    /// What moves.
    pub fn asset(&self) -> &AssetCode {
        &self.asset
    }

    /// How much moves, in minor units of the asset.
    pub fn amount(&self) -> Amount {
        self.amount
    }
}

/// The postings that offset these exactly: each turned round, the last first.
pub fn reversed(postings: &[Posting]) -> Vec<Posting> {
    postings
        .iter()
        .rev()
        .map(|p| Posting { from: p.to.clone(), to: p.from.clone(), asset: p.asset.clone(), amount: p.amount })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(from: &str, to: &str, amount: i64) -> Posting {
        let [from, to] = [from, to].map(|path| AccountPath::new(path).expect(path));
        Posting::new(from, to, AssetCode::points(), Amount::new(amount).expect("amount")).expect("posting")
    }

    #[test]
    fn a_reversal_turns_each_posting_round_the_last_first() {
        let award = [posting("issuance", "pool", 9), posting("pool", "wallet:bea", 7)];
        let back = [posting("wallet:bea", "pool", 7), posting("pool", "issuance", 9)];
        assert_eq!(reversed(&award), back);
        assert_eq!(reversed(&back), award);
    }

    #[test]
    fn a_posting_reads_back_from_json_and_is_checked_there_too() {
        let written = serde_json::to_string(&posting("pool", "wallet:bea", 7)).expect("json");
        assert_eq!(written, r#"{"from":"pool","to":"wallet:bea","asset":"PTS","amount":7}"#);
        assert_eq!(
            serde_json::from_str::<Posting>(&written).expect("posting"),
            posting("pool", "wallet:bea", 7)
        );
        for (good, bad) in
            [("wallet:bea", "pool"), ("7", "0"), ("7", "9007199254740992"), ("PTS", "pts"), ("bea", "")]
        {
            let changed = written.replace(good, bad);
            assert!(serde_json::from_str::<Posting>(&changed).is_err(), "{changed}");
        }
    }
}
