//! Points are spent, and money is earned beside them.

use super::{Intent, PLATFORM, Planner, units, wrong};
use crate::demo::step::{Action, Step};
use crate::demo::words::{ORDERS, REWARDS};
use crate::failure::Failure;
use guerdon_ledger::{AccountPath, AssetCode, HoldKey, MemberId, Reference};
use guerdon_programs::general::{CaptureHold, Credit, Direction, PlaceHold, ReleaseHold};
use guerdon_store::journal::Metadata;
use guerdon_store::{ApiKey, Role};
use jiff::Timestamp;

impl Planner<'_> {
    /// The key by which the shop takes points for rewards; answers its actor.
    pub(super) fn open_shop(&mut self, at: Timestamp) -> String {
        let id = self.dice.id(at);
        let key = ApiKey {
            id,
            name: "Rewards shop".to_owned(),
            role: Role::Service,
            member_id: None,
            scopes: vec!["ledger:write".to_owned()],
            // No secret has this hash: the shop of the demonstration never calls.
            secret_hash: "0".repeat(64),
            revoked: false,
            created_at: at,
            expires_at: None,
            version: 1,
        };
        self.steps.push(Step { at, actor: PLATFORM.to_owned(), action: Action::Key(key) });
        format!("key:{id}")
    }

    /// Somebody who has enough for what something costs.
    pub(super) fn buyer(&mut self, cost: i64) -> Option<MemberId> {
        let tries = 6;
        (0..tries).find_map(|_| {
            let person = self.somebody(Role::Member)?;
            (self.has(&AccountPath::wallet(&person.id)) >= cost).then_some(person.id)
        })
    }

    pub(super) fn spend(&mut self) -> Result<(), Failure> {
        let (what, cost) = *self.dice.pick(&REWARDS);
        let Some(member) = self.buyer(cost) else { return Ok(()) };
        self.moved(&AccountPath::wallet(&member), &AccountPath::redeemed(), cost);
        let command = Credit {
            direction: Direction::Debit,
            member,
            amount: units(cost)?,
            asset: Some(AssetCode::points()),
            reason: Some(what.to_owned()),
            metadata: Metadata::default(),
        };
        self.push(self.shop.clone(), Action::Credit(command))
    }

    /// Points are reserved when something is ordered, and taken when it is delivered.
    pub(super) fn order(&mut self) -> Result<(), Failure> {
        let (what, cost) = *self.dice.pick(&ORDERS);
        let Some(member) = self.buyer(cost) else { return Ok(()) };
        let account = AccountPath::wallet(&member);
        self.add(&account, -cost);
        self.orders += 1;
        let reference = Reference::new(&format!("order-{}", self.orders)).map_err(wrong)?;
        let key = HoldKey { account, reference };
        let settle = Intent::Settle { key: key.clone(), amount: cost };
        self.later.push((self.day + self.dice.between(2, 4), 10 * 60 + 5, settle));
        let command = PlaceHold {
            key,
            asset: AssetCode::points(),
            amount: units(cost)?,
            expires_at: None,
            reason: Some(what.to_owned()),
        };
        self.push(self.shop.clone(), Action::Hold(command))
    }

    pub(super) fn settle(&mut self, key: HoldKey, amount: i64) -> Result<(), Failure> {
        let action = match self.dice.chance(80) {
            true => {
                self.add(&AccountPath::redeemed(), amount);
                let reason = Some("Delivered".to_owned());
                let to = AccountPath::redeemed();
                Action::Capture(CaptureHold { key, to, amount: None, reason, by_platform: false })
            }
            false => {
                self.add(&key.account, amount);
                let reason = Some("Out of stock".to_owned());
                Action::Release(ReleaseHold { key, amount: None, reason })
            }
        };
        self.push(self.shop.clone(), action)
    }

    /// Money for bringing somebody in: the general ledger beside the points.
    pub(super) fn referral(&mut self) -> Result<(), Failure> {
        let Some(member) = self.somebody(Role::Member).map(|p| p.id) else { return Ok(()) };
        let command = Credit {
            direction: Direction::Credit,
            member,
            amount: units(50_000)?,
            asset: None,
            reason: Some("Referral: a colleague joined and stayed".to_owned()),
            metadata: Metadata::default(),
        };
        self.push(self.manager(), Action::Credit(command))
    }
}
