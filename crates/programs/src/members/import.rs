//! Bringing a member in from elsewhere, with what they had there.

use super::CreateMember;
use crate::general::member_account;
use crate::{Refusal, assets};
use guerdon_ledger::{AccountPath, Amount, AssetCode, Movement, Posting};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Adds a member with an opening balance, in one transaction. What they bring is issued: only the platform imports.
#[derive(Debug, Clone)]
pub struct ImportMember {
    /// The member.
    pub member: CreateMember,
    /// What they had, in minor units: points for the wallet, anything else for the reward account.
    pub opening: Option<(AssetCode, Amount)>,
    /// Which import this is part of.
    pub import: String,
}

impl ImportMember {
    fn posting(&self) -> Result<Option<Posting>, Refusal> {
        let Some((asset, amount)) = &self.opening else { return Ok(None) };
        let account = member_account(&self.member.id, asset);
        Posting::new(AccountPath::issuance(), account, asset.clone(), *amount)
            .map(Some)
            .map_err(|_| Refusal::Forbidden("value moves between two different accounts"))
    }
}

impl Command for ImportMember {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let mut needs = self.member.needs();
        if let Some((asset, _)) = &self.opening {
            let accounts = [AccountPath::issuance(), member_account(&self.member.id, asset)];
            needs.accounts = accounts.map(|account| account.in_asset(asset)).to_vec();
            needs.documents = assets::needed(std::iter::once(asset));
        }
        needs
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        if let Some((asset, _)) = &self.opening {
            assets::check(seen, asset)?;
        }
        let created = self.member.decide(seen, at)?;
        let movement = Movement { postings: self.posting()?.into_iter().collect(), ..Movement::default() };
        Ok(Decision { kind: "import".to_owned(), movement, reference: Some(self.import.clone()), ..created })
    }
}
