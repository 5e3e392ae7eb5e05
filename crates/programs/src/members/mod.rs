//! Members: add and change the people of a tenant.

mod change;
mod create;
mod import;

pub use change::ChangeMember;
pub use create::{CreateMember, new_member};
pub use import::ImportMember;

use crate::Refusal;
use guerdon_ledger::MemberId;
use guerdon_store::journal::Seen;
use guerdon_store::{Member, MemberStatus, Role};

/// The member, who must be there and active to give or receive.
pub(crate) fn active<'a>(seen: &Seen<'a>, id: &MemberId) -> Result<&'a Member, Refusal> {
    let member = seen.member(id).ok_or_else(|| Refusal::MemberNotFound(id.clone()))?;
    match member.status {
        MemberStatus::Active => Ok(member),
        MemberStatus::Inactive => Err(Refusal::MemberInactive(id.clone())),
    }
}

/// Refuses to give a role, or to touch somebody who has it, where that is for admins of the tenant alone.
///
/// # Errors
/// [`Refusal::AdminOnly`].
pub fn check_role(role: Role, by_admin: bool) -> Result<(), Refusal> {
    match by_admin || matches!(role, Role::Member | Role::Lead) {
        true => Ok(()),
        false => Err(Refusal::AdminOnly(role)),
    }
}
