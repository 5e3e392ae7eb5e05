//! Accounts: where value lies. The chart is in `docs/chart-of-accounts.md`.

use crate::asset::AssetCode;
use crate::id::{Invalid, MemberId, Name, is_name_byte};
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};
use std::fmt;

/// What an account is for, told by the first segment of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountClass {
    /// `issuance`: the source of all points; its negative is what the platform has issued.
    Issuance,
    /// `funding:<source>`: money put in from outside.
    Funding,
    /// `pool` and `pool:<department>`: what a company has to give.
    Pool,
    /// `lead:<member>`: what a lead was given to give on.
    Lead,
    /// `wallet:<member>`: points that belong to a person.
    Wallet,
    /// `reward:<member>`: money that a person earned.
    Reward,
    /// `redeemed`: what was spent.
    Redeemed,
    /// `expired`: what ran out.
    Expired,
    /// `budget:<budget>`: what a budget may still use.
    Budget,
    /// `spent:<budget>:<period>`: what a budget used in a period.
    Spent,
    /// `tally:…`: counts, kept in assets of their own.
    Tally,
    /// Any other path, which a tenant uses as it likes.
    Other,
}

impl AccountClass {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issuance => "issuance",
            Self::Funding => "funding",
            Self::Pool => "pool",
            Self::Lead => "lead",
            Self::Wallet => "wallet",
            Self::Reward => "reward",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Budget => "budget",
            Self::Spent => "spent",
            Self::Tally => "tally",
            Self::Other => "other",
        }
    }

    fn of(root: &str) -> Self {
        match root {
            "issuance" => Self::Issuance,
            "funding" => Self::Funding,
            "pool" => Self::Pool,
            "lead" => Self::Lead,
            "wallet" => Self::Wallet,
            "reward" => Self::Reward,
            "redeemed" => Self::Redeemed,
            "expired" => Self::Expired,
            "budget" => Self::Budget,
            "spent" => Self::Spent,
            "tally" => Self::Tally,
            _ => Self::Other,
        }
    }
}

/// The path of an account within a tenant: segments of `A-Z a-z 0-9 . _ @ -` parted by `:`, 200 characters at most.
///
/// Paths of the chart have the segments that the chart gives them: `wallet` alone and `issuance:x` do not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
pub struct AccountPath(SmolStr);

impl AccountPath {
    /// Checks the path.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, too long, holds another character, or is a path of the chart with too few or
    /// too many segments.
    pub fn new(path: &str) -> Result<Self, Invalid> {
        Self::check(path)?;
        Ok(Self(path.into()))
    }

    fn check(path: &str) -> Result<(), Invalid> {
        if path.is_empty() || path.len() > 200 {
            return Err(Invalid(format!("an account path has 1 to 200 characters, this has {}", path.len())));
        }
        if !path.bytes().all(is_name_byte) {
            return Err(Invalid("an account path may hold only A-Z a-z 0-9 . _ : @ -".to_owned()));
        }
        let (root, rest) = match path.split_once(':') {
            Some((root, rest)) => (root, Some(rest)),
            None => (path, None),
        };
        use AccountClass as C;
        match (AccountClass::of(root), rest) {
            (_, Some("")) => Err(Invalid(format!("the account path {path} ends in a colon"))),
            (C::Other, _) if root.is_empty() => Err(Invalid("an account path begins with a name".to_owned())),
            (C::Issuance | C::Redeemed | C::Expired, Some(_)) => {
                Err(Invalid(format!("the account {root} has no parts: write {root} alone")))
            }
            (C::Funding | C::Lead | C::Wallet | C::Reward | C::Budget | C::Spent | C::Tally, None) => {
                Err(Invalid(format!("an account under {root} names whose it is, such as {root}:name")))
            }
            _ => Ok(()),
        }
    }

    /// `issuance`.
    pub fn issuance() -> Self {
        Self(SmolStr::new_static("issuance"))
    }

    /// `pool`, the pool of the whole company.
    pub fn pool() -> Self {
        Self(SmolStr::new_static("pool"))
    }

    /// `pool:<department>`.
    pub fn department_pool(department: &Name) -> Self {
        Self(format_smolstr!("pool:{department}"))
    }

    /// `lead:<member>`.
    pub fn lead(member: &MemberId) -> Self {
        Self(format_smolstr!("lead:{member}"))
    }

    /// `wallet:<member>`.
    pub fn wallet(member: &MemberId) -> Self {
        Self(format_smolstr!("wallet:{member}"))
    }

    /// `reward:<member>`.
    pub fn reward(member: &MemberId) -> Self {
        Self(format_smolstr!("reward:{member}"))
    }

    /// `redeemed`.
    pub fn redeemed() -> Self {
        Self(SmolStr::new_static("redeemed"))
    }

    /// `funding:ledger`, the source of what callers credit through the general ledger.
    pub fn funding_ledger() -> Self {
        Self(SmolStr::new_static("funding:ledger"))
    }

    /// `funding:rules`, the source of what rules credit.
    pub fn funding_rules() -> Self {
        Self(SmolStr::new_static("funding:rules"))
    }

    /// What the account is for.
    pub fn class(&self) -> AccountClass {
        AccountClass::of(self.0.split(':').next().unwrap_or_default())
    }

    /// The member whose account this is, for accounts under `lead`, `wallet` and `reward`.
    pub fn member(&self) -> Option<&str> {
        let (_, member) = self.0.split_once(':')?;
        matches!(self.class(), AccountClass::Lead | AccountClass::Wallet | AccountClass::Reward)
            .then_some(member)
    }

    /// Whether this is a source of value, the only kind that may go below zero.
    pub fn is_source(&self) -> bool {
        matches!(self.class(), AccountClass::Issuance | AccountClass::Funding)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The account's balance in one asset.
    pub fn in_asset(self, asset: &AssetCode) -> AccountKey {
        AccountKey { account: self, asset: asset.clone() }
    }
}

impl TryFrom<SmolStr> for AccountPath {
    type Error = Invalid;
    fn try_from(path: SmolStr) -> Result<Self, Invalid> {
        Self::check(&path)?;
        Ok(Self(path))
    }
}

impl From<AccountPath> for SmolStr {
    fn from(path: AccountPath) -> Self {
        path.0
    }
}

impl fmt::Display for AccountPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One balance of an account: the account in one asset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountKey {
    /// The account.
    pub account: AccountPath,
    /// The asset.
    pub asset: AssetCode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_chart_have_their_segments() {
        for good in [
            "pool",
            "pool:sales",
            "wallet:emp-7",
            "wallet:a:b",
            "issuance",
            "funding:b1",
            "bank:main",
            "cash",
        ] {
            assert!(AccountPath::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ":",
            "wallet",
            "wallet:",
            "lead",
            "issuance:x",
            "redeemed:y",
            ":pool",
            "pool x",
            "pöol",
            "funding",
        ] {
            assert!(AccountPath::new(bad).is_err(), "{bad}");
        }
        assert!(AccountPath::new(&"a".repeat(201)).is_err());
    }

    #[test]
    fn only_sources_may_go_below_zero() {
        for (path, source) in
            [("issuance", true), ("funding:ledger", true), ("pool", false), ("wallet:x", false)]
        {
            assert_eq!(AccountPath::new(path).expect(path).is_source(), source, "{path}");
        }
    }

    #[test]
    fn a_member_account_names_its_member_whole() {
        let account = AccountPath::wallet(&MemberId::new("ann:x@y").expect("id"));
        assert_eq!(account.member(), Some("ann:x@y"));
        assert_eq!(AccountPath::pool().member(), None);
    }
}
