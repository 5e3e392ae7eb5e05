//! Changing a member.

use crate::Refusal;
use guerdon_ledger::{MemberId, Name};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Change, Member, MemberStatus, PersonalText, Role};
use jiff::Timestamp;

/// Changes what is `Some`; `Some(None)` takes a team or department away.
#[derive(Debug, Clone)]
pub struct ChangeMember {
    /// Who.
    pub id: MemberId,
    /// The name for people.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// Their team.
    pub team: Option<Option<Name>>,
    /// Their department.
    pub department: Option<Option<Name>>,
    /// Whether they may give and receive.
    pub status: Option<MemberStatus>,
    /// Only if this version still stands.
    pub expected_version: Option<i64>,
    /// Whether an admin of the tenant asks: nobody else makes or changes admins, managers and auditors.
    pub by_admin: bool,
}

impl Command for ChangeMember {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { members: vec![self.id.clone()], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let member = seen.member(&self.id).ok_or_else(|| Refusal::MemberNotFound(self.id.clone()))?;
        super::check_role(member.role, self.by_admin)?;
        super::check_role(self.role.unwrap_or(member.role), self.by_admin)?;
        if let Some(expected) = self.expected_version.filter(|expected| *expected != member.version) {
            return Err(Refusal::VersionMismatch { expected, found: member.version });
        }
        let changed = Member {
            personal: PersonalText {
                name: self.name.clone().or_else(|| member.personal.name.clone()),
                email: self.email.clone().or_else(|| member.personal.email.clone()),
            },
            role: self.role.unwrap_or(member.role),
            team: self.team.clone().unwrap_or_else(|| member.team.clone()),
            department: self.department.clone().unwrap_or_else(|| member.department.clone()),
            status: self.status.unwrap_or(member.status),
            version: member.version + 1,
            ..member.clone()
        };
        Ok(Decision {
            kind: "member.change".to_owned(),
            changes: vec![Change::Member(changed)],
            ..Decision::default()
        })
    }
}
