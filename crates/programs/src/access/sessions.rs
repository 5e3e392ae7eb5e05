//! Sessions: a member logs in with a password and comes back with a token, which the console keeps in a cookie.

use super::passwords::HashingError;
use super::secret::{new_session_token, secret_hash, tenant_of_session};
use super::{Access, AccessError, MAX_PASSWORD, Principal};
use guerdon_ledger::MemberId;
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::{Member, MemberStatus, TenantId, read};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::Arc;

/// How long a session lasts, in hours. It does not grow by being used.
pub const SESSION_HOURS: i64 = 12;

/// A session that has begun.
#[derive(Clone)]
pub struct Session {
    /// The token that names it, to be shown to nobody but the member's browser.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whose it is.
    pub principal: Arc<Principal>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("expires_at", &self.expires_at)
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such tenant, no such member, one without a password, one who has left, or the wrong password: which of
    /// them is not for callers to know.
    #[error("the tenant, the member or the password is not right")]
    Wrong,
    /// Too many logins at once: worth trying again in some seconds.
    #[error("too many logins at once")]
    Busy,
    /// The database is away.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A bug, or an operating system without randomness.
    #[error("{0}")]
    Broken(String),
}

impl From<HashingError> for LoginError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Broken(text) => Self::Broken(text),
        }
    }
}

impl Access {
    /// Begins a session of a member, by the tenant's slug or id, the member's id and the password. It takes as long
    /// for those who are not known as for those who are.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, tenant: &str, member: &str, password: &str) -> Result<Session, LoginError> {
        let found = match MemberId::new(member) {
            Ok(id) => self.credential(tenant, &id).await?,
            Err(_) => None,
        };
        let is_possible = password.chars().count() <= MAX_PASSWORD;
        let password = if is_possible { password.to_owned() } else { String::new() };
        let hash = found.as_ref().map(|(_, _, hash)| hash.clone());
        let holds = self.passwords.verify(password, hash).await? && is_possible;
        match found {
            Some((tenant, member, hash)) if holds => self.begin(tenant, member, &hash).await,
            _ => Err(LoginError::Wrong),
        }
    }

    /// Whose session a token is, with what they may do now.
    ///
    /// # Errors
    /// [`AccessError::Unknown`] where there is none or it has ended, [`AccessError::Inactive`] where the member has
    /// left.
    pub async fn session(&self, token: &str) -> Result<Arc<Principal>, AccessError> {
        let tenant = tenant_of_session(token).ok_or(AccessError::Unknown)?;
        let mut tx = self.database.begin(tenant, Mode::Read).await?;
        let session = read::session(&mut tx, &secret_hash(token), self.clock.now()).await?;
        let (id, _) = session.ok_or(AccessError::Unknown)?;
        let member = read::member(&mut tx, &id).await?.ok_or(AccessError::Unknown)?;
        match member.status {
            MemberStatus::Active => Ok(Arc::new(principal_of(tenant, member))),
            MemberStatus::Inactive => Err(AccessError::Inactive),
        }
    }

    /// Ends a session, where there is one.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn logout(&self, token: &str) -> Result<(), DbError> {
        let Some(tenant) = tenant_of_session(token) else { return Ok(()) };
        let (mut tx, _turn) = self.begin_write(tenant).await?;
        read::delete_session(&mut tx, &secret_hash(token), self.clock.now()).await?;
        tx.commit().await
    }

    /// The active member of a tenant, and the hash of their password.
    async fn credential(
        &self,
        tenant: &str,
        id: &MemberId,
    ) -> Result<Option<(TenantId, Member, String)>, DbError> {
        let Some(tenant) = self.tenant(tenant).await? else { return Ok(None) };
        let mut tx = self.database.begin(tenant.id, Mode::Read).await?;
        let hash = read::credential(&mut tx, id).await?;
        let member = read::member(&mut tx, id).await?.filter(|member| member.status == MemberStatus::Active);
        Ok(member.zip(hash).map(|(member, hash)| (tenant.id, member, hash)))
    }

    async fn begin(&self, tenant: TenantId, member: Member, hash: &str) -> Result<Session, LoginError> {
        let token = new_session_token(tenant).map_err(|error| LoginError::Broken(error.to_string()))?;
        let now = self.clock.now();
        let lasts = SignedDuration::from_hours(SESSION_HOURS);
        let expires_at = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        let (mut tx, _turn) = self.begin_write(tenant).await?;
        // A password that was changed while it was verified opens nothing any more.
        if read::credential(&mut tx, &member.id).await?.as_deref() != Some(hash) {
            return Err(LoginError::Wrong);
        }
        read::delete_ended_sessions(&mut tx, now).await?;
        read::put_session(&mut tx, &secret_hash(&token), &member.id, now, expires_at).await?;
        tx.commit().await?;
        Ok(Session { token, expires_at, principal: Arc::new(principal_of(tenant, member)) })
    }
}

fn principal_of(tenant: TenantId, member: Member) -> Principal {
    Principal {
        tenant,
        role: member.role,
        actor: member.id.as_str().into(),
        member: Some(member.id),
        scopes: Vec::new(),
    }
}
