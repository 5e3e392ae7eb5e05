//! Crediting and debiting a member: `funding:ledger` → theirs, theirs → `redeemed`.

use crate::members::{active, new_member};
use crate::{Refusal, assets};
use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId, Movement, Posting};
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen};
use guerdon_store::{Change, Settings};
use jiff::Timestamp;

/// Which way value moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the member.
    Credit,
    /// From the member.
    Debit,
}

/// Credits or debits a member. A credit to an id not seen before adds the member.
#[derive(Debug)]
pub struct Credit {
    /// Which way.
    pub direction: Direction,
    /// Whom.
    pub member: MemberId,
    /// How much, in minor units.
    pub amount: Amount,
    /// Of what; the tenant's reward currency where `None`.
    pub asset: Option<AssetCode>,
    /// Why.
    pub reason: Option<String>,
    /// Anything else worth keeping.
    pub metadata: Metadata,
}

/// The account that the general ledger keeps for a member: points lie in the wallet, money in the reward account.
pub fn member_account(member: &MemberId, asset: &AssetCode) -> AccountPath {
    match *asset == AssetCode::points() {
        true => AccountPath::wallet(member),
        false => AccountPath::reward(member),
    }
}

impl Command for Credit {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs {
            members: vec![self.member.clone()],
            documents: assets::needed(self.asset.iter()),
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let default = || seen.tenant().map_or_else(Settings::default, |t| t.settings.clone()).reward_currency;
        let asset = self.asset.clone().unwrap_or_else(default);
        if self.asset.is_some() {
            assets::check(seen, &asset)?;
        }
        let unseen = self.direction == Direction::Credit && seen.member(&self.member).is_none();
        let changes = match unseen {
            true => vec![Change::Member(new_member(&self.member, at))],
            false => active(seen, &self.member).map(|_| Vec::new())?,
        };
        let account = member_account(&self.member, &asset);
        let (kind, from, to) = match self.direction {
            Direction::Credit => ("credit", AccountPath::funding_ledger(), account),
            Direction::Debit => ("debit", account, AccountPath::redeemed()),
        };
        let posting = Posting::new(from, to, asset, self.amount)
            .map_err(|_| Refusal::Forbidden("value moves between two different accounts"))?;
        Ok(Decision {
            kind: kind.to_owned(),
            movement: Movement { postings: vec![posting], ..Movement::default() },
            changes,
            reason: self.reason.clone(),
            metadata: self.metadata.clone(),
            ..Decision::default()
        })
    }
}
