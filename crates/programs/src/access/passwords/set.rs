//! Setting a password. The journal says that it was set, by whom and when; the hash stands beside the journal, which
//! holds no secrets.

use super::{HashingError, MAX_PASSWORD, MIN_PASSWORD};
use crate::access::{Access, Principal};
use crate::{Error, Refusal, members};
use guerdon_ledger::MemberId;
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::journal::{Command, Decision, Envelope, Journal, Metadata, Needs, Receipt, Seen};
use guerdon_store::{Role, TenantId, TenantStatus, read};
use jiff::Timestamp;
use serde_json::json;
use std::fmt;

/// A password to be set.
#[derive(Clone)]
pub struct NewPassword {
    /// What it shall be: 12 to 200 characters.
    pub new: String,
    /// What it is now. Whoever changes their own must know it, where they have one.
    pub current: Option<String>,
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// Why a password was not set.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Members set their own, admins anybody's of their tenant.
    #[error("only members themselves and admins may set a password")]
    Forbidden,
    /// Too short or too long.
    #[error("a password has 12 to 200 characters, this has {0}")]
    Length(usize),
    /// The current password is another, or was not given.
    #[error("the current password is not right")]
    WrongCurrent,
    /// Too many passwords are being hashed: worth trying again in some seconds.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The journal refused, or is away.
    #[error(transparent)]
    Journal(#[from] Error),
    /// The database is away. The journal may say that the password was set while it was not: set it again.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A bug.
    #[error("{0}")]
    Broken(String),
}

impl From<HashingError> for PasswordError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Broken(text) => Self::Broken(text),
        }
    }
}

impl Access {
    /// Sets the password of a member of a tenant, and ends all sessions they have there.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn set_password(
        &self,
        journal: &Journal,
        tenant: TenantId,
        caller: &Principal,
        member: &MemberId,
        password: NewPassword,
    ) -> Result<Receipt, PasswordError> {
        let is_own = may_set(caller, tenant, member)?;
        let length = password.new.chars().count();
        if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) {
            return Err(PasswordError::Length(length));
        }
        if is_own {
            self.check_current(tenant, member, password.current).await?;
        }
        let hash = self.passwords.hash(password.new).await?;
        let envelope = Envelope { tenant, actor: caller.actor.clone(), idempotency: None };
        let receipt = journal.execute(envelope, SetPassword { member: member.clone() }).await?;
        let (mut tx, _turn) = self.begin_write(tenant).await?;
        read::put_credential(&mut tx, member, &hash, receipt.record.recorded_at).await?;
        read::delete_sessions_of(&mut tx, member).await?;
        tx.commit().await?;
        Ok(receipt)
    }

    async fn check_current(
        &self,
        tenant: TenantId,
        member: &MemberId,
        current: Option<String>,
    ) -> Result<(), PasswordError> {
        let mut tx = self.database.begin(tenant, Mode::Read).await?;
        let Some(hash) = read::credential(&mut tx, member).await? else { return Ok(()) };
        drop(tx);
        match self.passwords.verify(current.unwrap_or_default(), Some(hash)).await? {
            true => Ok(()),
            false => Err(PasswordError::WrongCurrent),
        }
    }
}

/// Whether it is the caller's own password; refused where it is neither theirs nor theirs to set.
fn may_set(caller: &Principal, tenant: TenantId, member: &MemberId) -> Result<bool, PasswordError> {
    let is_here = caller.tenant == tenant;
    let is_own = is_here && caller.member.as_ref() == Some(member);
    let is_admin = caller.is_platform_admin() || (is_here && caller.is_at_least(Role::Admin));
    if is_own || is_admin { Ok(is_own) } else { Err(PasswordError::Forbidden) }
}

/// Records that a member's password was set.
#[derive(Debug)]
pub struct SetPassword {
    /// Whose.
    pub member: MemberId,
}

impl Command for SetPassword {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { members: vec![self.member.clone()], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let member = members::active(seen, &self.member)?;
        Ok(Decision {
            kind: "member.password".to_owned(),
            metadata: Metadata::of(json!({ "member": member.id })),
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn members_set_their_own_and_admins_anybodys() {
        let [here, there] = [1, 2].map(|n| TenantId::new(Uuid::from_u128(n)));
        let ann = MemberId::new("ann").expect("id");
        for (role, tenant, member, expected) in [
            (Role::Member, here, Some("ann"), Some(true)),
            (Role::Member, here, Some("bob"), None),
            (Role::Manager, here, Some("bob"), None),
            (Role::Auditor, here, Some("bob"), None),
            (Role::Service, here, None, None),
            (Role::Admin, here, Some("bob"), Some(false)),
            (Role::Admin, here, Some("ann"), Some(true)),
            (Role::Admin, here, None, Some(false)),
            (Role::Admin, there, Some("ann"), None),
            (Role::Member, there, Some("ann"), None),
            (Role::PlatformAdmin, TenantId::PLATFORM, None, Some(false)),
        ] {
            let member = member.map(|id| MemberId::new(id).expect("id"));
            let caller = Principal { tenant, role, member, actor: "".into(), scopes: Vec::new() };
            assert_eq!(may_set(&caller, here, &ann).ok(), expected, "{caller:?}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let password = NewPassword { new: "correct horse battery".to_owned(), current: None };
        assert_eq!(format!("{password:?}"), "NewPassword(…)");
    }
}
