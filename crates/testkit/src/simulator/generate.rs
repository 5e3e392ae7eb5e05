//! Random requests.

use super::action::{Action, miles};
use super::history::{History, Request};
use super::plan::{Plan, chance, round};
use guerdon_ledger::{
    AccountPath, Amount, AssetCode, HoldKey, MAX_MINOR_UNITS, MemberId, Name, Posting, Reference,
};
use guerdon_programs::general::Direction;
use guerdon_programs::points::AwardSource;
use guerdon_store::{MemberStatus, Role, TenantStatus};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;

/// What a client asks for next: a new request, or one made before that is safe to repeat.
pub(super) fn wish(plan: &Plan, history: &History, random: &mut StdRng, now: Timestamp) -> Arc<Request> {
    if chance(random, plan.chances.again) {
        let again = history.request(|made| random.random_range(0..made));
        if let Some(again) = again.filter(|request| request.key.is_some()) {
            return again;
        }
    }
    history.add(Generator { plan, history, random, now }.request())
}

/// Makes up what one client asks for.
pub(super) struct Generator<'a> {
    plan: &'a Plan,
    pub(super) history: &'a History,
    pub(super) random: &'a mut StdRng,
    /// What the clock shows.
    now: Timestamp,
}

impl Generator<'_> {
    /// A new request; sometimes under a key that was used for another.
    fn request(&mut self) -> Request {
        let tenant = self.random.random_range(0..self.plan.tenants);
        let chances = self.plan.chances;
        let group = chance(self.random, chances.group);
        let many = if group { self.random.random_range(1..=5) } else { 1 };
        let actions = (0..many).map(|_| self.action(tenant)).collect();
        let number: u64 = self.random.random();
        let mut request = Request {
            id: 0,
            tenant,
            key: (!chance(self.random, chances.keyless)).then(|| format!("key-{number:016x}")),
            fingerprint: format!("asked-{number:016x}"),
            actions,
            group,
        };
        if request.key.is_some() && chance(self.random, chances.conflict) {
            let other = self.history.request(|made| self.random.random_range(0..made));
            if let Some(other) = other.filter(|other| other.key.is_some() && other.group == group) {
                request.key = other.key.clone();
                request.tenant = if chance(self.random, 500) { other.tenant } else { tenant };
            }
        }
        request
    }

    fn action(&mut self, tenant: usize) -> Action {
        if chance(self.random, self.plan.chances.suspend) {
            let to = if chance(self.random, 150) { TenantStatus::Suspended } else { TenantStatus::Active };
            return Action::SetStatus { to };
        }
        if chance(self.random, self.plan.chances.budgets) {
            let (id, what) = self.budgeting(tenant);
            return Action::Budget { id, what };
        }
        match self.random.random_range(0..100) {
            0..8 => Action::Allocate { amount: self.amount(30_000) },
            8..10 => Action::Clawback { amount: self.maybe(2_000) },
            10..16 => Action::DelegateToLead { lead: self.member(), amount: self.amount(900) },
            16..19 => {
                Action::DelegateToDepartment { department: self.department(), amount: self.amount(900) }
            }
            19..36 => self.award(),
            36..46 => self.credit(),
            46..51 => self.reversal(tenant),
            51..60 => self.place(tenant),
            60..67 => self.capture(tenant),
            67..72 => Action::Release { key: self.some_hold(tenant), amount: self.maybe(200) },
            72..80 => self.transact(),
            80..88 => self.new_member(),
            88..90 => self.member_change(),
            90..91 => Action::DefineMiles,
            91..97 => {
                let period = self.random.random_range(0..2);
                Action::Claim { member: self.member(), period, points: self.amount(40) }
            }
            _ => self.reserve(tenant),
        }
    }

    fn award(&mut self) -> Action {
        let source = match self.random.random_range(0..8) {
            0..4 => AwardSource::Pool,
            4..6 => AwardSource::Lead,
            6 => AwardSource::Department(Some(self.department())),
            _ => AwardSource::Department(None),
        };
        Action::Award { to: self.member(), amount: self.amount(300), source, by: self.member() }
    }

    fn credit(&mut self) -> Action {
        let direction = if chance(self.random, 600) { Direction::Credit } else { Direction::Debit };
        let asset = chance(self.random, 700).then(|| self.asset());
        Action::Credit { direction, member: self.member(), amount: self.amount(500), asset }
    }

    fn reversal(&mut self, tenant: usize) -> Action {
        let known = self.history.known(tenant);
        let nearest = chance(self.random, 500);
        let seq = match nearest {
            true => known - self.random.random_range(-2..6),
            false => self.random.random_range(0..=known + 2),
        };
        Action::Reverse { seq, by_platform: chance(self.random, 700) }
    }

    fn place(&mut self, tenant: usize) -> Action {
        let expires_at = chance(self.random, 400).then(|| self.moment(-2_000, 20_000));
        let expires_at = if chance(self.random, 700) { expires_at.map(round) } else { expires_at };
        let new = chance(self.random, 900);
        let key = if new { self.new_hold(tenant) } else { self.some_hold(tenant) };
        Action::Place { key, asset: self.asset(), amount: self.amount(400), expires_at }
    }

    fn capture(&mut self, tenant: usize) -> Action {
        let to = match self.random.random_range(0..6) {
            0 => AccountPath::issuance(),
            1 => AccountPath::pool(),
            _ => self.account(),
        };
        let key = self.some_hold(tenant);
        Action::Capture { key, to, amount: self.maybe(300), by_platform: chance(self.random, 500) }
    }

    fn reserve(&mut self, tenant: usize) -> Action {
        let number = self.history.next_hold(tenant);
        let budget = path(&format!("jar:b{}", number % 2));
        let to = self.account();
        Action::Reserve {
            key: HoldKey { account: budget, reference: reference(number) },
            asset: AssetCode::usd(),
            amount: self.amount(600),
            captured: self.amount(60),
            to,
        }
    }

    fn transact(&mut self) -> Action {
        let many = self.random.random_range(1..=4);
        let postings = (0..many).map(|_| self.posting()).collect();
        let effective_at = chance(self.random, 400).then(|| self.moment(-5_000_000, 5_000_000));
        let number = self.random.random::<f64>() * 1e9;
        Action::Transact { postings, effective_at, number, by_platform: chance(self.random, 800) }
    }

    fn posting(&mut self) -> Posting {
        if chance(self.random, 25) {
            let hoard = Amount::new(MAX_MINOR_UNITS).expect("an amount");
            let to = path("hoard");
            return Posting::new(path("funding:mint"), to, AssetCode::usd(), hoard).expect("two accounts");
        }
        loop {
            let source = chance(self.random, 600);
            let from = if source { path("funding:bank") } else { self.account() };
            let to = self.account();
            if let Ok(posting) = Posting::new(from, to, self.asset(), self.amount(700)) {
                return posting;
            }
        }
    }

    fn new_member(&mut self) -> Action {
        let department = chance(self.random, 600).then(|| self.department());
        Action::CreateMember { id: self.member(), role: self.role(), department }
    }

    fn member_change(&mut self) -> Action {
        let status = if chance(self.random, 250) { MemberStatus::Inactive } else { MemberStatus::Active };
        let expected_version = chance(self.random, 300).then(|| self.random.random_range(1..5));
        Action::ChangeMember { id: self.member(), role: self.role(), status, expected_version }
    }

    /// A hold that may be there: mostly one that was told of lately.
    fn some_hold(&mut self, tenant: usize) -> HoldKey {
        let known = self.history.hold(tenant, |holds| self.random.random_range(0..holds));
        known.filter(|_| chance(self.random, 900)).unwrap_or_else(|| self.new_hold(tenant))
    }

    fn new_hold(&mut self, tenant: usize) -> HoldKey {
        let account = match self.random.random_range(0..50) {
            0 => AccountPath::issuance(),
            1..25 => AccountPath::pool(),
            25..30 => path("jar:b0"),
            30..35 => AccountPath::lead(&self.member()),
            _ => AccountPath::wallet(&self.member()),
        };
        HoldKey { account, reference: self.new_reference(tenant) }
    }

    pub(super) fn new_reference(&mut self, tenant: usize) -> Reference {
        reference(self.history.next_hold(tenant))
    }

    fn account(&mut self) -> AccountPath {
        match self.random.random_range(0..9) {
            0 => path("bank:main"),
            1 => path("jar:b0"),
            2 => path("jar:b1"),
            3 => AccountPath::reward(&self.member()),
            4 => AccountPath::lead(&self.member()),
            5 => AccountPath::redeemed(),
            6 => AccountPath::pool(),
            7 => path(&format!("used:b0:{}", self.random.random_range(1..4))),
            _ => AccountPath::wallet(&self.member()),
        }
    }

    pub(super) fn moment(&mut self, from_ms: i64, to_ms: i64) -> Timestamp {
        // To the nanosecond, which is finer than what is stored.
        let nanoseconds = self.random.random_range(from_ms * 1_000_000..to_ms * 1_000_000);
        self.now.checked_add(SignedDuration::from_nanos(nanoseconds)).unwrap_or(self.now)
    }

    fn member(&mut self) -> MemberId {
        // The first few are busier than the others, so that limits are reached.
        let most = if chance(self.random, 500) { 3 } else { self.plan.members };
        member(self.random.random_range(0..most))
    }

    fn department(&mut self) -> Name {
        Name::new(["sales", "research"][self.random.random_range(0..2)]).expect("a name")
    }

    fn role(&mut self) -> Role {
        [Role::Member, Role::Lead, Role::Manager, Role::Auditor][self.random.random_range(0..4)]
    }

    fn asset(&mut self) -> AssetCode {
        match self.random.random_range(0..20) {
            0 => miles(),
            1..9 => AssetCode::usd(),
            _ => AssetCode::points(),
        }
    }

    pub(super) fn amount(&mut self, most: i64) -> Amount {
        Amount::new(self.random.random_range(1..=most)).expect("an amount")
    }

    fn maybe(&mut self, most: i64) -> Option<Amount> {
        chance(self.random, 700).then(|| self.amount(most))
    }
}

fn member(number: usize) -> MemberId {
    MemberId::new(&format!("m{number}")).expect("a member id")
}

fn reference(number: i64) -> Reference {
    Reference::new(&format!("order-{number}")).expect("a reference")
}

fn path(text: &str) -> AccountPath {
    AccountPath::new(text).expect("a path")
}
