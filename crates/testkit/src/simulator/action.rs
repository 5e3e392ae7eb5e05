//! What clients do: the use cases with their numbers, as the model reads them and as the journal takes them.

use super::budgets::Budgeting;
use super::commands::{AnyCommand, Claim, Reserve};
use guerdon_ledger::{AccountPath, Amount, Asset, AssetCode, HoldKey, MemberId, Name, Posting};
use guerdon_programs::access::Principal;
use guerdon_programs::assets::{AssetDefinition, DefineAsset};
use guerdon_programs::general::{CaptureHold, Credit, Direction, PlaceHold, ReleaseHold, Reverse, Transact};
use guerdon_programs::members::{ChangeMember, CreateMember};
use guerdon_programs::points::{
    Allocate, Award, AwardRequest, AwardSource, Clawback, DelegateToDepartment, DelegateToLead,
};
use guerdon_programs::tenants::SetStatus;
use guerdon_store::journal::{Command, Metadata};
use guerdon_store::{MemberStatus, PersonalText, Role, TenantId, TenantStatus};
use jiff::Timestamp;
use serde_json::json;

/// The asset that tenants must define before they use it.
pub(super) fn miles() -> AssetCode {
    AssetCode::new("MILES").expect("an asset code")
}

/// The number of decimal digits that miles have.
pub(super) const MILES_SCALE: u8 = 1;

/// One command, in plain data.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Allocate { amount: Amount },
    Clawback { amount: Option<Amount> },
    DelegateToLead { lead: MemberId, amount: Amount },
    DelegateToDepartment { department: Name, amount: Amount },
    Award { to: MemberId, amount: Amount, source: AwardSource, by: MemberId },
    Credit { direction: Direction, member: MemberId, amount: Amount, asset: Option<AssetCode> },
    Reverse { seq: i64, by_platform: bool },
    Place { key: HoldKey, asset: AssetCode, amount: Amount, expires_at: Option<Timestamp> },
    Capture { key: HoldKey, to: AccountPath, amount: Option<Amount>, by_platform: bool },
    Release { key: HoldKey, amount: Option<Amount> },
    Transact { postings: Vec<Posting>, effective_at: Option<Timestamp>, number: f64, by_platform: bool },
    CreateMember { id: MemberId, role: Role, department: Option<Name> },
    ChangeMember { id: MemberId, role: Role, status: MemberStatus, expected_version: Option<i64> },
    SetStatus { to: TenantStatus },
    DefineMiles,
    Claim { member: MemberId, period: u32, points: Amount },
    Reserve { key: HoldKey, asset: AssetCode, amount: Amount, captured: Amount, to: AccountPath },
    Budget { id: Name, what: Budgeting },
}

impl Action {
    /// The command of the use case, for a tenant, with a reason that no other has.
    pub(super) fn command(&self, tenant: TenantId, why: &str) -> AnyCommand {
        let reason = Some(why.to_owned());
        AnyCommand(match self.clone() {
            Self::Allocate { amount } => boxed(Allocate { amount, reference: reason }),
            Self::Clawback { amount } => boxed(Clawback { amount, reason }),
            Self::DelegateToLead { lead, amount } => boxed(DelegateToLead { lead, amount, note: reason }),
            Self::DelegateToDepartment { department, amount } => {
                boxed(DelegateToDepartment { department, amount, note: reason })
            }
            Self::Award { to, amount, source, by } => {
                let request = AwardRequest { to, amount, reason, category: None, source };
                boxed(Award::by(&manager(tenant, by), request).expect("a manager may award from anywhere"))
            }
            Self::Credit { direction, member, amount, asset } => {
                boxed(Credit { direction, member, amount, asset, reason, metadata: Metadata::default() })
            }
            Self::Reverse { seq, by_platform } => boxed(Reverse { seq, reason, by_platform }),
            Self::Transact { postings, effective_at, number, by_platform } => {
                let metadata = Metadata::of(json!({ "number": number }));
                let kind = "transact".to_owned();
                boxed(Transact {
                    kind,
                    postings,
                    effective_at,
                    reason,
                    reference: None,
                    metadata,
                    by_platform,
                })
            }
            Self::CreateMember { id, role, department } => {
                let personal = PersonalText { name: reason, email: None };
                boxed(CreateMember { id, personal, role, team: None, department })
            }
            Self::ChangeMember { id, role, status, expected_version } => boxed(ChangeMember {
                by_admin: true,
                id,
                name: reason,
                email: None,
                role: Some(role),
                team: None,
                department: None,
                status: Some(status),
                expected_version,
            }),
            Self::SetStatus { to } => boxed(SetStatus { to, reason }),
            Self::DefineMiles => boxed(DefineAsset { definition: miles_defined(why) }),
            Self::Claim { member, period, points } => boxed(Claim { member, period, points }),
            Self::Budget { id, what } => return what.command(id, reason),
            other => return other.hold_command(reason),
        })
    }

    /// The commands on holds.
    fn hold_command(self, reason: Option<String>) -> AnyCommand {
        AnyCommand(match self {
            Self::Place { key, asset, amount, expires_at } => {
                boxed(PlaceHold { key, asset, amount, expires_at, reason })
            }
            Self::Capture { key, to, amount, by_platform } => {
                boxed(CaptureHold { key, to, amount, reason, by_platform })
            }
            Self::Release { key, amount } => boxed(ReleaseHold { key, amount, reason }),
            Self::Reserve { key, asset, amount, captured, to } => {
                boxed(Reserve { key, asset, amount, captured, to })
            }
            other => unreachable!("{other:?} is not about a hold"),
        })
    }
}

pub(super) fn boxed<C: Command<Refusal = guerdon_programs::Refusal>>(
    command: C,
) -> Box<dyn Command<Refusal = guerdon_programs::Refusal>> {
    Box::new(command)
}

fn manager(tenant: TenantId, member: MemberId) -> Principal {
    let actor = member.to_string();
    Principal { tenant, role: Role::Manager, member: Some(member), actor: actor.into(), scopes: Vec::new() }
}

/// Miles, under a name that changes with each definition.
pub(super) fn miles_defined(name: &str) -> AssetDefinition {
    AssetDefinition { asset: Asset { code: miles(), scale: MILES_SCALE }, name: Some(name.to_owned()) }
}
