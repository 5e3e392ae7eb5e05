//! What each use case should come to.

use super::movement::Limit;
use super::{Effect, Model, Person, Step};
use crate::simulator::action::{Action, miles};
use crate::simulator::commands::{CLAIMS_PER_MEMBER, HELD_PER_BUDGET, claim_postings, claims, tally};
use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId, Posting};
use guerdon_programs::Refusal;
use guerdon_programs::general::Direction;
use guerdon_programs::points::AwardSource;
use guerdon_store::{MemberStatus, Role, TenantStatus};
use jiff::Timestamp;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) enum Refused {
    By(Refusal),
    NotActive(TenantStatus),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::By(refusal)
    }
}

pub(super) type Decided = Result<Effect, Refusal>;

impl Model {
    /// What an action comes to at an instant, as part of a request.
    pub(in crate::simulator) fn decide(
        &self,
        action: &Action,
        reason: &str,
        request: &[Action],
        at: Timestamp,
    ) -> Result<Effect, Refused> {
        let always = |action: &Action| matches!(action, Action::Clawback { .. } | Action::SetStatus { .. });
        if self.status != TenantStatus::Active && !request.iter().all(always) {
            return Err(Refused::NotActive(self.status));
        }
        let effect = self.use_case(action, reason, at)?;
        Ok(effect)
    }

    fn use_case(&self, action: &Action, reason: &str, at: Timestamp) -> Decided {
        match action.clone() {
            Action::Allocate { amount } => {
                let effect = self.points("allocate", AccountPath::issuance(), AccountPath::pool(), amount)?;
                Ok(Effect { gives_reason: false, reference: Some(reason.to_owned()), ..effect })
            }
            Action::Clawback { amount } => self.clawback(amount),
            Action::DelegateToLead { lead, amount } => {
                let role = self.active(&lead)?.role;
                if !matches!(role, Role::Lead | Role::Manager | Role::Admin) {
                    return Err(Refusal::NotALead { id: lead, role });
                }
                self.points("delegate", AccountPath::pool(), AccountPath::lead(&lead), amount)
            }
            Action::DelegateToDepartment { department, amount } => {
                let to = AccountPath::department_pool(&department);
                self.points("delegate", AccountPath::pool(), to, amount)
            }
            Action::Award { to, amount, source, by } => self.award(&to, amount, source, &by),
            Action::Credit { direction, member, amount, asset } => {
                self.credit(direction, member, amount, asset, at)
            }
            Action::Reverse { seq, by_platform } => self.reverse(seq, by_platform),
            Action::Transact { postings, by_platform, .. } => self.transact(&postings, by_platform, at),
            Action::CreateMember { id, role, department } => {
                if self.people.contains_key(&id) {
                    return Err(Refusal::MemberExists(id));
                }
                let person = Person { role, department, active: true, version: 1, since: at };
                Ok(Effect { kind: "member.create", people: vec![(id, None, person)], ..Effect::default() })
            }
            Action::ChangeMember { id, role, status, expected_version } => {
                self.change_member(id, role, status, expected_version)
            }
            Action::SetStatus { to } => self.set_status(to),
            Action::DefineMiles => {
                Ok(Effect { kind: "asset.define", defines_miles: true, ..Effect::default() })
            }
            Action::Claim { member, period, points } => {
                let account = tally(&member, period).in_asset(&claims());
                let most = CLAIMS_PER_MEMBER;
                let limit = Limit { code: "claims_per_member", account, held: false, most };
                let postings = claim_postings(&member, period, points);
                Ok(Effect { kind: "claim", ..self.movement(&postings, &[], Some(&limit), 0)? })
            }
            Action::Budget { id, what } => self.budgeting(&id, &what, at),
            other => self.on_hold(other, at),
        }
    }

    fn on_hold(&self, action: Action, at: Timestamp) -> Decided {
        let at_us = at.as_microsecond();
        let (kind, step) = match action {
            Action::Place { key, asset, amount, expires_at } => {
                self.usable(&asset)?;
                if is_source(&key.account) {
                    let why = "a source of value has nothing to reserve: hold on a pool or a wallet";
                    return Err(Refusal::Forbidden(why));
                }
                let expires_at_us = expires_at.map(Timestamp::as_microsecond);
                ("hold", Step::Place { key, asset, amount, expires_at_us })
            }
            Action::Capture { key, to, amount, by_platform } => {
                if to == AccountPath::issuance() && !by_platform {
                    return Err(Refusal::PlatformOnly(to));
                }
                ("capture", Step::Capture { key, to, amount })
            }
            Action::Release { key, amount } => ("release", Step::Release { key, amount }),
            Action::Reserve { key, asset, amount, captured, to } => {
                let account = key.account.clone().in_asset(&asset);
                let most = HELD_PER_BUDGET;
                let limit = Limit { code: "held_per_budget", account, held: true, most };
                let place = Step::Place { key: key.clone(), asset, amount, expires_at_us: None };
                let capture = Step::Capture { key, to, amount: Some(captured) };
                let effect = self.movement(&[], &[place, capture], Some(&limit), at_us)?;
                return Ok(Effect { kind: "reserve", ..effect });
            }
            other => unreachable!("{other:?} is not about a hold"),
        };
        let (Step::Place { key, .. } | Step::Capture { key, .. } | Step::Release { key, .. }) = &step;
        let reference = Some(key.reference.to_string());
        Ok(Effect { kind, gives_reason: true, reference, ..self.movement(&[], &[step], None, at_us)? })
    }

    fn points(&self, kind: &'static str, from: AccountPath, to: AccountPath, amount: Amount) -> Decided {
        let posting = Posting::new(from, to, AssetCode::points(), amount).expect("two accounts");
        Ok(Effect { kind, gives_reason: true, ..self.movement(&[posting], &[], None, 0)? })
    }

    fn clawback(&self, amount: Option<Amount>) -> Decided {
        let pool = AccountPath::pool();
        let sum =
            self.balances.get(&pool.clone().in_asset(&AssetCode::points())).copied().unwrap_or_default();
        let available = sum.posted - sum.held;
        let amount = match amount {
            Some(amount) => amount,
            None => Amount::new(available).map_err(|_| {
                let asset = AssetCode::points();
                let account = pool.clone();
                guerdon_ledger::Refusal::InsufficientBalance { account, asset, available, requested: 1 }
            })?,
        };
        self.points("clawback", pool, AccountPath::issuance(), amount)
    }

    fn award(&self, to: &MemberId, amount: Amount, source: AwardSource, by: &MemberId) -> Decided {
        let person = self.active(to)?;
        let from = match source {
            AwardSource::Pool => AccountPath::pool(),
            AwardSource::Lead => {
                self.active(by)?;
                AccountPath::lead(by)
            }
            AwardSource::Department(Some(department)) => AccountPath::department_pool(&department),
            AwardSource::Department(None) => match &person.department {
                Some(department) => AccountPath::department_pool(department),
                None => return Err(Refusal::NoDepartment(to.clone())),
            },
        };
        self.points("award", from, AccountPath::wallet(to), amount)
    }

    fn credit(
        &self,
        direction: Direction,
        member: MemberId,
        amount: Amount,
        asset: Option<AssetCode>,
        at: Timestamp,
    ) -> Decided {
        if let Some(asset) = &asset {
            self.usable(asset)?;
        }
        let asset = asset.unwrap_or_else(AssetCode::usd);
        let known = self.people.contains_key(&member);
        if known || direction == Direction::Debit {
            self.active(&member)?;
        }
        let points = asset == AssetCode::points();
        let theirs = if points { AccountPath::wallet(&member) } else { AccountPath::reward(&member) };
        let (kind, from, to) = match direction {
            Direction::Credit => ("credit", AccountPath::funding_ledger(), theirs),
            Direction::Debit => ("debit", theirs, AccountPath::redeemed()),
        };
        let posting = Posting::new(from, to, asset, amount).expect("two accounts");
        let effect = self.movement(&[posting], &[], None, 0)?;
        let people = if known { Vec::new() } else { vec![(member, None, newcomer(at))] };
        Ok(Effect { kind, people, gives_reason: true, ..effect })
    }

    fn reverse(&self, seq: i64, by_platform: bool) -> Decided {
        let id = format!("txn_{seq}");
        if !(1..=self.seq).contains(&seq) {
            return Err(Refusal::TransactionNotFound(id));
        }
        if let Some(by) = self.reversed.get(&seq) {
            return Err(Refusal::AlreadyReversed { id, by: format!("txn_{by}") });
        }
        if self.reversed.values().any(|by| *by == seq) {
            let why = "it is itself a reversal; record a new transaction";
            return Err(Refusal::NotReversible { id, why });
        }
        let moved = &self.moved[seq as usize - 1];
        if moved.is_empty() {
            return Err(Refusal::NotReversible { id, why: "it moved no value" });
        }
        let accounts = moved.iter().flat_map(|posting| [posting.from(), posting.to()]);
        if let Some(account) = accounts.into_iter().find(|account| is_of_budget(account)) {
            return Err(Refusal::BudgetOnly(account.clone()));
        }
        if !by_platform {
            platform_only(moved)?;
        }
        let back = moved.iter().rev().map(|posting| {
            let (from, to) = (posting.to().clone(), posting.from().clone());
            Posting::new(from, to, posting.asset().clone(), posting.amount()).expect("two accounts")
        });
        let effect = self.movement(&back.collect::<Vec<_>>(), &[], None, 0)?;
        Ok(Effect { kind: "reverse", reverses: Some(seq), gives_reason: true, ..effect })
    }

    fn transact(&self, postings: &[Posting], by_platform: bool, at: Timestamp) -> Decided {
        for posting in postings {
            self.usable(posting.asset())?;
            if !by_platform {
                platform_only(std::slice::from_ref(posting))?;
            }
        }
        let effect = self.movement(postings, &[], None, 0)?;
        let accounts = postings.iter().flat_map(|posting| [posting.from(), posting.to()]);
        let mut new: Vec<MemberId> = accounts.filter_map(member_of).collect();
        new.sort();
        new.dedup();
        new.retain(|id| !self.people.contains_key(id));
        let people = new.into_iter().map(|id| (id, None, newcomer(at))).collect();
        Ok(Effect { kind: "transact", people, gives_reason: true, ..effect })
    }

    fn change_member(
        &self,
        id: MemberId,
        role: Role,
        status: MemberStatus,
        expected: Option<i64>,
    ) -> Decided {
        let before = self.people.get(&id).ok_or_else(|| Refusal::MemberNotFound(id.clone()))?.clone();
        if let Some(expected) = expected.filter(|expected| *expected != before.version) {
            return Err(Refusal::VersionMismatch { expected, found: before.version });
        }
        let active = status == MemberStatus::Active;
        let after = Person { role, active, version: before.version + 1, ..before.clone() };
        Ok(Effect { kind: "member.change", people: vec![(id, Some(before), after)], ..Effect::default() })
    }

    fn set_status(&self, to: TenantStatus) -> Decided {
        let kind = match (self.status, to) {
            (TenantStatus::Active, TenantStatus::Suspended) => "tenant.suspend",
            (TenantStatus::Suspended, TenantStatus::Active) => "tenant.resume",
            (from, to) => return Err(Refusal::TenantLifecycle { from, to }),
        };
        Ok(Effect { kind, status: Some((self.status, to)), gives_reason: true, ..Effect::default() })
    }

    fn active(&self, id: &MemberId) -> Result<&Person, Refusal> {
        let person = self.people.get(id).ok_or_else(|| Refusal::MemberNotFound(id.clone()))?;
        if person.active { Ok(person) } else { Err(Refusal::MemberInactive(id.clone())) }
    }

    fn usable(&self, asset: &AssetCode) -> Result<(), Refusal> {
        match *asset == miles() && self.miles == 0 {
            true => Err(Refusal::UnknownAsset(asset.clone())),
            false => Ok(()),
        }
    }
}

fn newcomer(since: Timestamp) -> Person {
    Person { role: Role::Member, department: None, active: true, version: 1, since }
}

fn platform_only(postings: &[Posting]) -> Result<(), Refusal> {
    let issuance = AccountPath::issuance();
    let touches = postings.iter().any(|p| *p.from() == issuance || *p.to() == issuance);
    if touches { Err(Refusal::PlatformOnly(issuance)) } else { Ok(()) }
}

fn is_source(account: &AccountPath) -> bool {
    account.as_str() == "issuance" || account.as_str().starts_with("funding:")
}

fn is_of_budget(account: &AccountPath) -> bool {
    account.as_str().starts_with("budget:") || account.as_str().starts_with("spent:")
}

fn member_of(account: &AccountPath) -> Option<MemberId> {
    let (root, member) = account.as_str().split_once(':')?;
    matches!(root, "wallet" | "lead" | "reward").then(|| MemberId::new(member).ok())?
}
