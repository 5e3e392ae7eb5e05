//! From a credential to a caller.

use super::passwords::Passwords;
use super::secret::{KEY_PREFIX, secret_hash, tenant_of_key};
use super::tokens::{Bearer, Issuers};
use super::{AccessError, IssuerConfig, IssuerError, Principal, TokenFault};
use guerdon_ledger::MemberId;
use guerdon_ledger::chain::Hash;
use guerdon_store::driver::{Database, DbError, Mode, Transaction};
use guerdon_store::{ApiKey, Clock, MemberStatus, Role, Tenant, TenantId, directory, read};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Credentials that are remembered at most.
const REMEMBERED: u64 = 10_000;
/// How long a credential is remembered, in seconds: so long may a key revoked on another server still work here. One
/// revoked on this server stops at once.
const REMEMBERED_SECONDS: u64 = 5;
/// Tenants whose names are remembered at most.
const TENANTS: u64 = 10_000;

/// Knows callers by their credentials.
#[derive(Debug, Clone)]
pub struct Access {
    pub(super) database: Database,
    pub(super) clock: Clock,
    pub(super) passwords: Passwords,
    issuers: Arc<Issuers>,
    /// By the hash of the credential, so that no credential stays in memory.
    remembered: moka::sync::Cache<Hash, Arc<Known>>,
    /// Counts how often everything was forgotten: what was looked up before that does not count.
    generation: Arc<AtomicU64>,
    /// By what tokens call them. Neither a tenant's slug nor its id ever changes.
    tenants: moka::sync::Cache<String, Arc<Tenant>>,
    /// Held by whoever writes beside the journal.
    writing: Arc<Mutex<()>>,
}

#[derive(Debug)]
struct Known {
    principal: Arc<Principal>,
    expires_at: Option<Timestamp>,
    generation: u64,
}

impl Known {
    fn holds(&self, generation: u64, now: Timestamp) -> bool {
        self.generation == generation && self.expires_at.is_none_or(|end| now < end)
    }
}

impl Access {
    /// Access to the tenants of a database, by API keys and sessions.
    pub fn new(database: Database, clock: Clock) -> Self {
        let remembered = moka::sync::Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(Duration::from_secs(REMEMBERED_SECONDS))
            .build();
        Self {
            database,
            clock,
            passwords: Passwords::default(),
            issuers: Arc::default(),
            remembered,
            generation: Arc::default(),
            tenants: moka::sync::Cache::new(TENANTS),
            writing: Arc::default(),
        }
    }

    /// The same, and by the tokens of these issuers.
    ///
    /// # Errors
    /// [`IssuerError`] with what is wrong in the configuration.
    pub fn trusting(mut self, issuers: &[IssuerConfig]) -> Result<Self, IssuerError> {
        if !issuers.is_empty() {
            self.issuers = Arc::new(Issuers::checked(issuers)?);
        }
        Ok(self)
    }

    /// The caller behind a bearer token: an API key, or a JWT.
    ///
    /// # Errors
    /// [`AccessError`] when the token is not good.
    pub async fn bearer(&self, token: &str) -> Result<Arc<Principal>, AccessError> {
        let generation = self.generation.load(Ordering::SeqCst);
        let now = self.clock.now();
        let hash = Hash::of(token.as_bytes());
        if let Some(known) = self.remembered.get(&hash)
            && known.holds(generation, now)
        {
            return Ok(known.principal.clone());
        }
        let (principal, expires_at) = match is_jwt(token) {
            true => self.signed(token, now).await?,
            false => self.api_key(token, now).await?,
        };
        let principal = Arc::new(principal);
        let known = Known { principal: principal.clone(), expires_at, generation };
        self.remembered.insert(hash, Arc::new(known));
        Ok(principal)
    }

    /// Forgets what is remembered: after a key was rotated or revoked here, or a member changed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Begins a write of sessions or passwords, one at a time: on SQLite whoever begins while another's is open waits
    /// on the spot, and may so hold the very thread that the other needs to end.
    pub(super) async fn begin_write(
        &self,
        tenant: TenantId,
    ) -> Result<(Transaction, OwnedMutexGuard<()>), DbError> {
        let turn = self.writing.clone().lock_owned().await;
        Ok((self.database.begin(tenant, Mode::Write).await?, turn))
    }

    async fn api_key(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Principal, Option<Timestamp>), AccessError> {
        let tenant = tenant_of_key(token);
        let mut tx = self.database.begin(tenant, Mode::Read).await?;
        let key = read::api_key_by_secret(&mut tx, &secret_hash(token)).await?.ok_or(AccessError::Unknown)?;
        if key.revoked {
            return Err(AccessError::Revoked);
        }
        if key.expires_at.is_some_and(|end| now >= end) {
            return Err(AccessError::Expired);
        }
        refuse_inactive(&mut tx, key.member_id.as_ref()).await?;
        let principal = Principal {
            tenant,
            role: key.role,
            actor: actor_of(&key).into(),
            member: key.member_id,
            scopes: key.scopes,
        };
        Ok((principal, key.expires_at))
    }

    async fn signed(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Principal, Option<Timestamp>), AccessError> {
        let (bearer, issuer) = self.issuers.verify(token, now).await?;
        let expires_at = bearer.expires_at;
        let Some(name) = bearer.tenant.as_deref() else {
            return Ok((principal_of(bearer, TenantId::PLATFORM), Some(expires_at)));
        };
        let tenant = self.tenant(name).await?.filter(|tenant| issuer.speaks_for(tenant));
        let tenant = tenant.ok_or(TokenFault::Tenant)?.id;
        let principal = principal_of(bearer, tenant);
        let mut tx = self.database.begin(tenant, Mode::Read).await?;
        refuse_inactive(&mut tx, principal.member.as_ref()).await?;
        Ok((principal, Some(expires_at)))
    }

    /// A tenant by its slug or id, as it was when first looked up: good for the names, not for the status.
    pub(super) async fn tenant(&self, name: &str) -> Result<Option<Arc<Tenant>>, DbError> {
        if let Some(tenant) = self.tenants.get(name) {
            return Ok(Some(tenant));
        }
        let Some(tenant) = directory::find_tenant(&self.database, name).await? else { return Ok(None) };
        let tenant = Arc::new(tenant);
        self.tenants.insert(name.to_owned(), tenant.clone());
        Ok(Some(tenant))
    }
}

/// A JWT is three parts with a dot between. An API key that somebody chose may have dots too.
fn is_jwt(token: &str) -> bool {
    !token.starts_with(KEY_PREFIX) && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Refuses whoever acts as a member who has left. One whom the tenant has not named yet may come.
async fn refuse_inactive(tx: &mut Transaction, member: Option<&MemberId>) -> Result<(), AccessError> {
    let Some(id) = member else { return Ok(()) };
    match read::member(tx, id).await? {
        Some(member) if member.status == MemberStatus::Inactive => Err(AccessError::Inactive),
        _ => Ok(()),
    }
}

fn actor_of(key: &ApiKey) -> String {
    key.member_id.as_ref().map_or_else(|| format!("key:{}", key.id), |member: &MemberId| member.to_string())
}

fn principal_of(bearer: Bearer, tenant: TenantId) -> Principal {
    let Bearer { subject, role, scopes, .. } = bearer;
    let (member, actor, scopes) = match role {
        // Whoever runs the platform is no member of the tenants they come to, whatever those call their own.
        Role::PlatformAdmin => (None, format!("platform:{subject}"), Vec::new()),
        Role::Service => (None, format!("service:{subject}"), scopes),
        _ => (Some(subject.clone()), subject.to_string(), Vec::new()),
    };
    Principal { tenant, role, member, actor: actor.into(), scopes }
}
