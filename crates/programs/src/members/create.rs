//! Adding a member.

use crate::Refusal;
use guerdon_ledger::{MemberId, Name};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Change, Member, MemberStatus, PersonalText, Role};
use jiff::Timestamp;
use serde_json::Map;

/// Adds a member.
#[derive(Debug, Clone)]
pub struct CreateMember {
    /// The tenant's own id of them.
    pub id: MemberId,
    /// Name and address.
    pub personal: PersonalText,
    /// What they may do.
    pub role: Role,
    /// Their team.
    pub team: Option<Name>,
    /// Their department.
    pub department: Option<Name>,
}

impl Command for CreateMember {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { members: vec![self.id.clone()], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        if seen.member(&self.id).is_some() {
            return Err(Refusal::MemberExists(self.id.clone()));
        }
        let member = Member {
            personal: self.personal.clone(),
            role: self.role,
            team: self.team.clone(),
            department: self.department.clone(),
            ..new_member(&self.id, at)
        };
        Ok(Decision {
            kind: "member.create".to_owned(),
            changes: vec![Change::Member(member)],
            ..Decision::default()
        })
    }
}

/// A member of whom nothing is known but the id: those that the ledger's paths meet for the first time.
pub fn new_member(id: &MemberId, at: Timestamp) -> Member {
    Member {
        id: id.clone(),
        personal: PersonalText::default(),
        role: Role::Member,
        team: None,
        department: None,
        status: MemberStatus::Active,
        attributes: Map::new(),
        version: 1,
        created_at: at,
    }
}
