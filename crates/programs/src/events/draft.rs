//! What an event has come to so far, rule by rule: each rule does all that it says, or nothing.

use super::counted::Counted;
use super::effect::Effect as Done;
use super::event::Event;
use super::told::Outcome;
use crate::Refusal;
use crate::budgets::{self, Spending};
use crate::general::member_account;
use crate::members::{active, new_member};
use crate::rewards_ledger::{Confirm, RewardCredit};
use crate::rules::Compiled;
use guerdon_ledger::{
    AccountClass, AccountKey, AccountPath, Amount, AssetCode, Book, HoldKey, HoldOp, MemberId, Movement,
    Name, Posting, Reference,
};
use guerdon_rules::{self as rules, Effect, Money, Rule, Source};
use guerdon_store::Member;
use guerdon_store::journal::Seen;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Why a rule does nothing, or why the event cannot be decided yet.
#[derive(Debug)]
pub(super) enum Stop {
    /// It is told as what came of the rule.
    Told(Outcome, String),
    /// A budget would not take it.
    Budget(Refusal),
    /// Something must be done first, and then the event is decided anew.
    First(Refusal),
}

impl Stop {
    fn budget(refusal: Refusal) -> Self {
        match refusal {
            first @ Refusal::PeriodEnded { .. } => Self::First(first),
            refusal => Self::Budget(refusal),
        }
    }

    fn books(refusal: impl ToString) -> Self {
        Self::Told(Outcome::BooksRefused, refusal.to_string())
    }
}

/// A credit to a reward account, and how it is confirmed.
#[derive(Debug, Clone)]
pub(super) struct Credited {
    pub(super) posting: Posting,
    pub(super) confirm: Confirm,
    pub(super) under_review: bool,
}

/// What an event has come to so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The books as the rules so far would leave them, as far as they touch them.
    book: Book,
    pub(super) movement: Movement,
    pub(super) credits: Vec<Credited>,
    pub(super) spending: Spending,
    /// What hard caps refused.
    pub(super) refused: Vec<budgets::Told>,
    /// Members that were added or changed.
    pub(super) members: BTreeMap<MemberId, Member>,
    pub(super) counted: Counted,
}

/// A rule to be carried out for an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carried<'a> {
    pub(super) event: &'a Event,
    pub(super) compiled: &'a Compiled,
    pub(super) rule_id: &'a str,
    pub(super) rule: &'a Rule,
    /// Whether it rewards a referral that somebody is to look at first.
    pub(super) under_review: bool,
}

/// What a rule would add to the draft.
#[derive(Default)]
struct Part {
    movement: Movement,
    credits: Vec<Credited>,
    spending: Spending,
    members: BTreeMap<MemberId, Member>,
    done: Vec<Done>,
}

impl Draft {
    /// Carries out what a rule's actions come to, all of it or nothing. Answers what was done.
    pub(super) fn carry_out(
        &mut self,
        seen: &Seen<'_>,
        at: Timestamp,
        carried: Carried<'_>,
        effects: Vec<Effect>,
    ) -> Result<Vec<Done>, Stop> {
        let mut part =
            Part { spending: self.spending.clone(), members: self.members.clone(), ..Part::default() };
        for (index, effect) in effects.into_iter().enumerate() {
            let done = part.add(seen, at, carried, index, effect)?;
            part.done.push(done);
        }
        self.try_in_books(seen, at, &part)?;
        self.movement.postings.append(&mut part.movement.postings);
        self.movement.holds.append(&mut part.movement.holds);
        self.movement.guards.append(&mut part.movement.guards);
        self.credits.append(&mut part.credits);
        (self.spending, self.members) = (part.spending, part.members);
        Ok(part.done)
    }

    /// Applies what the rule would add to the books as those before it left them. What is credited and not confirmed is
    /// held by then, so that no rule spends it.
    fn try_in_books(&mut self, seen: &Seen<'_>, at: Timestamp, part: &Part) -> Result<(), Stop> {
        let mut movement = part.movement.clone();
        for (index, credited) in part.credits.iter().enumerate() {
            if credited.confirm == Confirm::AtOnce && !credited.under_review {
                continue;
            }
            // For the trial alone: what the transaction holds is put together once all rules are through.
            let reference = format!("trial:{}:{index}", self.credits.len());
            let reference = Reference::new(&reference).map_err(Stop::books)?;
            movement.holds.push(HoldOp::Place {
                key: HoldKey { account: credited.posting.to().clone(), reference },
                asset: credited.posting.asset().clone(),
                amount: credited.posting.amount(),
                expires_at_us: None,
            });
        }
        for key in touched(&movement) {
            if !self.book.has_balance(&key) {
                let balance = seen.balance(&key);
                self.book.load_balance(key, balance);
            }
        }
        for op in &movement.holds {
            if let Some(hold) = seen.hold(op.key()).filter(|_| self.book.hold(op.key()).is_none()) {
                self.book.load_hold(hold.clone());
            }
        }
        self.book.apply(&movement, at.as_microsecond()).map(drop).map_err(Stop::books)
    }
}

impl Part {
    fn add(
        &mut self,
        seen: &Seen<'_>,
        at: Timestamp,
        carried: Carried<'_>,
        index: usize,
        effect: Effect,
    ) -> Result<Done, Stop> {
        Ok(match effect {
            Effect::Credit { .. } => return self.credit(seen, at, carried, effect),
            Effect::Debit { user, money } => {
                let (amount, asset) = worth(seen, carried.compiled, money)?;
                self.receiver(seen, at, &user)?;
                self.post(member_account(&user, &asset), AccountPath::redeemed(), &asset, amount)?;
                Done::Debit { user, amount: amount.minor_units(), asset }
            }
            Effect::Reserve { budget, money, expires_after } => {
                let (amount, asset) = worth(seen, carried.compiled, money)?;
                let expires_after = expires_after.or_else(|| carried.rule.expires_after());
                let expires_at = expires_after.map(|after| after.after(at, &carried.compiled.zone));
                let reference = reference_of(carried, index);
                let for_what = (reference.clone(), expires_at);
                self.spending
                    .reserve(seen, at, &budget, (amount, &asset), for_what, &mut self.movement)
                    .map_err(Stop::budget)?;
                let (amount, reference) = (amount.minor_units(), reference.to_string());
                Done::Reserve { budget_id: budget, amount, asset, reference, expires_at }
            }
            Effect::IssueReward { user, reward } => {
                self.receiver(seen, at, &user)?;
                Done::IssueReward { user, reward }
            }
            Effect::GrantAchievement { user, achievement } => {
                self.receiver(seen, at, &user)?;
                Done::GrantAchievement { user, achievement }
            }
            Effect::SetAttribute { user, name, value } => {
                let mut member = self.receiver(seen, at, &user)?;
                member.attributes.insert(name.to_string(), value.clone());
                member.version +=
                    i64::from(seen.member(&user).is_some_and(|old| old.version == member.version));
                self.members.insert(user.clone(), member);
                Done::SetAttribute { user, name, value }
            }
            Effect::Notify { user, message, channel } => Done::Notify { user, message, channel },
        })
    }

    fn credit(
        &mut self,
        seen: &Seen<'_>,
        at: Timestamp,
        carried: Carried<'_>,
        effect: Effect,
    ) -> Result<Done, Stop> {
        let Effect::Credit { user, money, from, budget, confirm, category } = effect else {
            return Err(Stop::books("a credit was expected"));
        };
        let (amount, asset) = worth(seen, carried.compiled, money)?;
        self.receiver(seen, at, &user)?;
        if let Some(budget) = &budget {
            self.spending
                .charge(seen, at, budget, (amount, &asset), &mut self.movement)
                .map_err(Stop::budget)?;
        }
        let account = member_account(&user, &asset);
        let posting = self.post(source_of(from), account.clone(), &asset, amount)?;
        if account.class() == AccountClass::Reward {
            let confirm = confirm_of(confirm, carried);
            self.credits.push(Credited { posting, confirm, under_review: carried.under_review });
        }
        let zone = &carried.compiled.zone;
        let expires_at =
            carried.rule.expires_after().map(|after| after.after(carried.event.occurred_at(), zone));
        let amount = amount.minor_units();
        Ok(Done::Credit { user, amount, asset, account, budget_id: budget, category, expires_at })
    }

    fn post(
        &mut self,
        from: AccountPath,
        to: AccountPath,
        asset: &AssetCode,
        amount: Amount,
    ) -> Result<Posting, Stop> {
        let posting = Posting::new(from, to, asset.clone(), amount).map_err(Stop::books)?;
        self.movement.postings.push(posting.clone());
        Ok(posting)
    }

    /// A member whom something is done for: one who has not left. One who was not seen before is added.
    fn receiver(&mut self, seen: &Seen<'_>, at: Timestamp, id: &MemberId) -> Result<Member, Stop> {
        if let Some(member) = self.members.get(id) {
            return Ok(member.clone());
        }
        if seen.member(id).is_some() {
            let member = active(seen, id);
            return member.cloned().map_err(|why| Stop::Told(Outcome::MemberInactive, why.to_string()));
        }
        let member = new_member(id, at);
        self.members.insert(id.clone(), member.clone());
        Ok(member)
    }
}

/// The amount and the asset of an effect, where there is such an asset.
fn worth(seen: &Seen<'_>, compiled: &Compiled, money: Money) -> Result<(Amount, AssetCode), Stop> {
    let asset = money.asset.unwrap_or_else(|| compiled.reward_currency.clone());
    crate::assets::check(seen, &asset).map_err(|why| Stop::Told(Outcome::UnknownAsset, why.to_string()))?;
    Ok((money.amount, asset))
}

/// Where a credit comes from.
pub(super) fn source_of(from: Source) -> AccountPath {
    match from {
        Source::Funding => AccountPath::funding_rules(),
        Source::Pool => AccountPath::pool(),
    }
}

/// How a reward of money is confirmed: by a person, where its rule does not say otherwise.
fn confirm_of(confirm: Option<rules::Confirm>, carried: Carried<'_>) -> Confirm {
    match confirm {
        Some(rules::Confirm::AtOnce) => Confirm::AtOnce,
        Some(rules::Confirm::After(after)) => {
            Confirm::At(after.after(carried.event.occurred_at(), &carried.compiled.zone))
        }
        Some(rules::Confirm::Manual) | None => Confirm::Manual,
    }
}

/// What a rule's reservation is for: the event, the rule and the action. A reference is short, so where these are not,
/// their hash stands for them.
pub(super) fn reference_of(carried: Carried<'_>, action: usize) -> Reference {
    let told = match action {
        0 => format!("{}:{}", carried.event.id(), carried.rule_id),
        _ => format!("{}:{}:{action}", carried.event.id(), carried.rule_id),
    };
    Reference::new(&told).unwrap_or_else(|_| {
        let hash = guerdon_ledger::chain::Hash::of(told.as_bytes()).to_hex();
        Reference::new(&hash).unwrap_or_else(|_| carried.event.id().clone())
    })
}

impl<'a> From<&'a Credited> for RewardCredit<'a> {
    fn from(credited: &'a Credited) -> Self {
        let Credited { posting, confirm, under_review } = credited;
        Self { posting, confirm: *confirm, under_review: *under_review }
    }
}

/// The balances that a movement touches.
fn touched(movement: &Movement) -> Vec<AccountKey> {
    let mut keys = Vec::new();
    for posting in &movement.postings {
        keys.push(posting.from().clone().in_asset(posting.asset()));
        keys.push(posting.to().clone().in_asset(posting.asset()));
    }
    for op in &movement.holds {
        if let HoldOp::Place { key, asset, .. } = op {
            keys.push(key.account.clone().in_asset(asset));
        }
    }
    keys.extend(movement.guards.iter().flat_map(|guard| guard.terms.iter().map(|term| term.account.clone())));
    keys
}

/// What must be seen for an effect: whose balances it touches, which budgets, which assets.
#[derive(Debug, Default)]
pub(super) struct Touches {
    pub(super) accounts: Vec<AccountKey>,
    pub(super) members: Vec<MemberId>,
    pub(super) budgets: Vec<Name>,
    pub(super) assets: Vec<AssetCode>,
    pub(super) holds: Vec<HoldKey>,
}

impl Touches {
    pub(super) fn add(&mut self, carried: Carried<'_>, index: usize, effect: &Effect) {
        let compiled = carried.compiled;
        let of = |money: &Money| money.asset.clone().unwrap_or_else(|| compiled.reward_currency.clone());
        match effect {
            Effect::Credit { user, money, from, budget, .. } => {
                let asset = of(money);
                self.accounts.push(source_of(*from).in_asset(&asset));
                self.accounts.push(member_account(user, &asset).in_asset(&asset));
                self.budgets.extend(budget.clone());
                self.members.push(user.clone());
                self.assets.push(asset);
            }
            Effect::Debit { user, money } => {
                let asset = of(money);
                self.accounts.push(member_account(user, &asset).in_asset(&asset));
                self.accounts.push(AccountPath::redeemed().in_asset(&asset));
                self.members.push(user.clone());
                self.assets.push(asset);
            }
            Effect::Reserve { budget, money, .. } => {
                self.budgets.push(budget.clone());
                self.assets.push(of(money));
                let reference = reference_of(carried, index);
                let account = AccountPath::new(&format!("budget:{budget}")).ok();
                self.holds.extend(account.map(|account| HoldKey { account, reference }));
            }
            Effect::IssueReward { user, .. }
            | Effect::GrantAchievement { user, .. }
            | Effect::SetAttribute { user, .. } => self.members.push(user.clone()),
            Effect::Notify { user, .. } => self.members.extend(user.clone()),
        }
    }
}
