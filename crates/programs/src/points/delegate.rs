//! A manager gives points on: `pool` → `lead:<member>`, `pool` → `pool:<department>`.

use super::allocate::points_move;
use crate::{Refusal, members};
use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId, Name};
use guerdon_store::Role;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Delegates points to a lead, who awards them on.
#[derive(Debug)]
pub struct DelegateToLead {
    /// Who receives: a lead, manager or admin.
    pub lead: MemberId,
    /// How many points.
    pub amount: Amount,
    /// Why.
    pub note: Option<String>,
}

impl Command for DelegateToLead {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let points = AssetCode::points();
        Needs {
            accounts: vec![
                AccountPath::pool().in_asset(&points),
                AccountPath::lead(&self.lead).in_asset(&points),
            ],
            members: vec![self.lead.clone()],
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let lead = members::active(seen, &self.lead)?;
        if !lead.role.includes(Role::Lead) {
            return Err(Refusal::NotALead { id: lead.id.clone(), role: lead.role });
        }
        Ok(Decision {
            kind: "delegate".to_owned(),
            movement: points_move(AccountPath::pool(), AccountPath::lead(&self.lead), self.amount)?,
            reason: self.note.clone(),
            ..Decision::default()
        })
    }
}

/// Gives points to a department's own pool.
#[derive(Debug)]
pub struct DelegateToDepartment {
    /// Which department.
    pub department: Name,
    /// How many points.
    pub amount: Amount,
    /// Why.
    pub note: Option<String>,
}

impl Command for DelegateToDepartment {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let points = AssetCode::points();
        let department = AccountPath::department_pool(&self.department).in_asset(&points);
        Needs { accounts: vec![AccountPath::pool().in_asset(&points), department], ..Needs::default() }
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        Ok(Decision {
            kind: "delegate".to_owned(),
            movement: points_move(
                AccountPath::pool(),
                AccountPath::department_pool(&self.department),
                self.amount,
            )?,
            reason: self.note.clone(),
            ..Decision::default()
        })
    }
}
