//! Points become a person's own: from the pool, a lead's wallet or a department's pool to `wallet:<member>`.

use super::allocate::points_move;
use crate::access::{Area, Principal};
use crate::{Refusal, members};
use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId, Name};
use guerdon_store::Role;
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Which account an award comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwardSource {
    /// The company's pool.
    Pool,
    /// What was delegated to the caller.
    Lead,
    /// A department's pool: the one named, or else that of the person awarded.
    Department(Option<Name>),
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct AwardRequest {
    /// Who receives.
    pub to: MemberId,
    /// How many points.
    pub amount: Amount,
    /// Why.
    pub reason: Option<String>,
    /// What kind of achievement.
    pub category: Option<Name>,
    /// Where the points come from.
    pub source: AwardSource,
}

/// Awards points to a person.
#[derive(Debug, Clone)]
pub struct Award {
    request: AwardRequest,
    /// Whose lead wallet pays, where the source is one.
    lead: Option<MemberId>,
}

impl Award {
    /// An award that the caller may make: managers from anywhere, leads from what was delegated to them.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NoLeadWallet`].
    pub fn by(caller: &Principal, request: AwardRequest) -> Result<Self, Refusal> {
        if request.source == AwardSource::Lead {
            let lead = caller.member.clone().ok_or(Refusal::NoLeadWallet)?;
            return Ok(Self { request, lead: Some(lead) });
        }
        match caller.is_at_least(Role::Manager) || caller.has_scope(Area::Points, true) {
            true => Ok(Self { request, lead: None }),
            false => {
                Err(Refusal::Forbidden("a lead awards from their own lead wallet: send \"from\": \"lead\""))
            }
        }
    }

    /// Where the points come from; a department that only the member's record tells is not known before it is seen.
    fn source(&self, seen: Option<&Seen<'_>>) -> Result<Option<AccountPath>, Refusal> {
        Ok(match (&self.request.source, &self.lead, seen) {
            (AwardSource::Lead, Some(lead), _) => Some(AccountPath::lead(lead)),
            (AwardSource::Lead, None, _) => return Err(Refusal::NoLeadWallet),
            (AwardSource::Pool, ..) => Some(AccountPath::pool()),
            (AwardSource::Department(Some(department)), ..) => Some(AccountPath::department_pool(department)),
            (AwardSource::Department(None), _, None) => None,
            (AwardSource::Department(None), _, Some(seen)) => {
                let member = members::active(seen, &self.request.to)?;
                let department =
                    member.department.as_ref().ok_or_else(|| Refusal::NoDepartment(member.id.clone()))?;
                Some(AccountPath::department_pool(department))
            }
        })
    }
}

impl Command for Award {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let points = AssetCode::points();
        let mut accounts = vec![AccountPath::wallet(&self.request.to).in_asset(&points)];
        accounts.extend(self.source(None).ok().flatten().map(|source| source.in_asset(&points)));
        let members = std::iter::once(&self.request.to).chain(&self.lead).cloned().collect();
        Needs { accounts, members, ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let member = members::active(seen, &self.request.to)?;
        if let Some(lead) = &self.lead {
            members::active(seen, lead)?;
        }
        let source = self.source(Some(seen))?.ok_or_else(|| Refusal::NoDepartment(member.id.clone()))?;
        let category = self.request.category.clone();
        let metadata = category.map(|category| Metadata::of(BTreeMap::from([("category", category)])));
        Ok(Decision {
            kind: "award".to_owned(),
            movement: points_move(source, AccountPath::wallet(&self.request.to), self.request.amount)?,
            reason: self.request.reason.clone(),
            metadata: metadata.unwrap_or_default(),
            ..Decision::default()
        })
    }
}
