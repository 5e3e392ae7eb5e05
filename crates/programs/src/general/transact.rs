//! A transaction of any form.

use crate::events::EVENT;
use crate::members::new_member;
use crate::{Refusal, assets};
use guerdon_ledger::{AccountPath, Invalid, MemberId, Movement, Posting};
use guerdon_store::Change;
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Postings of one transaction at most.
pub const MAX_POSTINGS: usize = 1_000;

/// Records a transaction. Members that its accounts name and that were not seen before are added.
#[derive(Debug, Clone)]
pub struct Transact {
    /// What kind of transaction it is.
    pub kind: String,
    /// What moves: 1 to [`MAX_POSTINGS`].
    pub postings: Vec<Posting>,
    /// When it takes effect; when it is recorded, where `None`.
    pub effective_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
    /// What it is about, in the caller's own system.
    pub reference: Option<String>,
    /// Anything else worth keeping.
    pub metadata: Metadata,
    /// Whether the platform asks: nobody else issues or takes back.
    pub by_platform: bool,
}

/// Checks the kind of a transaction: 1–64 of `a-z 0-9 . _ -`.
///
/// # Errors
/// [`Invalid`] with the form it has.
pub fn check_kind(kind: &str) -> Result<(), Invalid> {
    let fits =
        kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'));
    match fits && (1..=64).contains(&kind.len()) {
        true => Ok(()),
        false => Err(Invalid("a kind is 1 to 64 of a-z 0-9 . _ -".to_owned())),
    }
}

/// Checks the kind of a transaction that a caller gives: one that the program does not give its own.
///
/// # Errors
/// [`Invalid`] with what it may be.
pub fn check_own_kind(kind: &str) -> Result<(), Invalid> {
    check_kind(kind)?;
    match OWN_FAMILIES.iter().find(|family| kind.starts_with(**family)) {
        None if kind != EVENT => Ok(()),
        own => Err(Invalid(format!("kinds like {} are given by the program itself", own.unwrap_or(&EVENT)))),
    }
}

/// What kinds begin with that the program gives its own transactions, whose metadata it reads. An event's is `event`.
const OWN_FAMILIES: [&str; 5] = ["budget.", "event.", "referral.", "reward.", "rule."];

impl Transact {
    fn members(&self) -> BTreeSet<MemberId> {
        let accounts = self.postings.iter().flat_map(|posting| [posting.from(), posting.to()]);
        accounts.filter_map(|account| MemberId::new(account.member()?).ok()).collect()
    }
}

impl Command for Transact {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let accounts = self.postings.iter().flat_map(|posting| {
            [posting.from(), posting.to()].map(|account| account.clone().in_asset(posting.asset()))
        });
        Needs {
            accounts: accounts.collect(),
            members: self.members().into_iter().collect(),
            documents: assets::needed(self.postings.iter().map(Posting::asset)),
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let issuance = AccountPath::issuance();
        super::refuse_budgets(self.postings.iter().flat_map(|posting| [posting.from(), posting.to()]))?;
        for posting in &self.postings {
            assets::check(seen, posting.asset())?;
            if !self.by_platform && [posting.from(), posting.to()].contains(&&issuance) {
                return Err(Refusal::PlatformOnly(issuance));
            }
        }
        let unseen = self.members().into_iter().filter(|id| seen.member(id).is_none());
        Ok(Decision {
            kind: self.kind.clone(),
            movement: Movement { postings: self.postings.clone(), ..Movement::default() },
            changes: unseen.map(|id| Change::Member(new_member(&id, at))).collect(),
            reason: self.reason.clone(),
            reference: self.reference.clone(),
            metadata: self.metadata.clone(),
            effective_at: self.effective_at,
            ..Decision::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_whose_metadata_the_program_reads_are_its_own() {
        for (kind, is_free) in [
            ("sale", true),
            ("eventual", true),
            ("reward", true),
            ("event", false),
            ("event.late", false),
            ("budget.charge", false),
            ("rule.change", false),
            ("Sale", false),
        ] {
            assert_eq!(check_own_kind(kind).is_ok(), is_free, "{kind}");
        }
    }
}
