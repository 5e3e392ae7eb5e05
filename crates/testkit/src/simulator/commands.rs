//! Commands of the simulator's own: what the use cases do not yet do and the journal must do all the same.

use guerdon_ledger::{
    AccountKey, AccountPath, Amount, AssetCode, Guard, HoldKey, HoldOp, Measure, MemberId, Movement, Posting,
    Term,
};
use guerdon_programs::Refusal;
use guerdon_store::TenantStatus;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;
use std::fmt;

/// Claims a member may make in one period.
pub(super) const CLAIMS_PER_MEMBER: i64 = 3;
/// What may be held on a budget at any time.
pub(super) const HELD_PER_BUDGET: i64 = 4_000;

/// A command of any type, so that several types can make one group.
pub(super) struct AnyCommand(pub(super) Box<dyn Command<Refusal = Refusal>>);

impl Command for AnyCommand {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        self.0.needs()
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        self.0.needs_then(seen)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        self.0.decide(seen, at)
    }

    fn allowed_while(&self, status: TenantStatus) -> bool {
        self.0.allowed_while(status)
    }
}

impl fmt::Debug for AnyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyCommand")
    }
}

/// Points from the pool, at most [`CLAIMS_PER_MEMBER`] times in a period: a guard over a tally account. It names
/// nothing that it needs, so the journal loads it all late.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) member: MemberId,
    pub(super) period: u32,
    pub(super) points: Amount,
}

/// The asset in which claims are counted.
pub(super) fn claims() -> AssetCode {
    AssetCode::new("CLAIMS").expect("an asset code")
}

/// Where the claims of a member in a period are counted.
pub(super) fn tally(member: &MemberId, period: u32) -> AccountPath {
    AccountPath::new(&format!("tally:claims:{member}:{period}")).expect("a path")
}

/// What a claim moves: one on the tally, points to the wallet.
pub(super) fn claim_postings(member: &MemberId, period: u32, points: Amount) -> Vec<Posting> {
    let source = AccountPath::new("funding:claims").expect("a path");
    let one = Amount::new(1).expect("an amount");
    let count = Posting::new(source, tally(member, period), claims(), one).expect("two accounts");
    let wallet = AccountPath::wallet(member);
    let value = Posting::new(AccountPath::pool(), wallet, AssetCode::points(), points).expect("two accounts");
    vec![count, value]
}

impl Command for Claim {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let counted = tally(&self.member, self.period).in_asset(&claims());
        let guard = guard("claims_per_member", counted, Measure::Posted, CLAIMS_PER_MEMBER);
        let movement = Movement {
            postings: claim_postings(&self.member, self.period, self.points),
            holds: Vec::new(),
            guards: vec![guard],
        };
        Ok(Decision { kind: "claim".to_owned(), movement, ..Decision::default() })
    }
}

/// Reserves an amount on a budget and captures a part of it in the same movement, with a bound on what the budget
/// holds in all.
#[derive(Debug)]
pub(super) struct Reserve {
    pub(super) key: HoldKey,
    pub(super) asset: AssetCode,
    pub(super) amount: Amount,
    pub(super) captured: Amount,
    pub(super) to: AccountPath,
}

impl Command for Reserve {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let place = HoldOp::Place {
            key: self.key.clone(),
            asset: self.asset.clone(),
            amount: self.amount,
            expires_at_us: None,
        };
        let capture =
            HoldOp::Capture { key: self.key.clone(), to: self.to.clone(), amount: Some(self.captured) };
        let budget = self.key.account.clone().in_asset(&self.asset);
        let guard = guard("held_per_budget", budget, Measure::Held, HELD_PER_BUDGET);
        let movement = Movement { postings: Vec::new(), holds: vec![place, capture], guards: vec![guard] };
        Ok(Decision { kind: "reserve".to_owned(), movement, ..Decision::default() })
    }
}

fn guard(code: &'static str, account: AccountKey, measure: Measure, max: i64) -> Guard {
    Guard { code, terms: vec![Term { account, measure }], min: None, max: Some(max) }
}
