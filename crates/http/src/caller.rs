//! Who calls, as handlers see them: `Caller<Manager>` is a caller who may act as a manager of the tenant it yields, so
//! no handler can forget to ask, or mistake the tenant.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use guerdon_programs::access::{Area, Principal};
use guerdon_store::journal::{Envelope, Idempotency};
use guerdon_store::{Role, TenantId};
use std::marker::PhantomData;
use std::sync::Arc;

/// What a caller must be let in as.
pub(crate) trait Needs: Send + Sync + 'static {
    /// In words, for those who are not.
    const WHO: &'static str;

    fn allows(caller: &Principal) -> bool;
}

macro_rules! needs {
    ($(#[$doc:meta])* $name:ident, $who:literal, $allows:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Needs for $name {
            const WHO: &'static str = $who;

            fn allows(caller: &Principal) -> bool {
                let allows: fn(&Principal) -> bool = $allows;
                allows(caller)
            }
        }
    };
}

needs!(
    /// Admins of the tenant.
    Admin, "an admin of the tenant", |c| c.is_at_least(Role::Admin)
);
needs!(
    /// Who gives from the pool.
    Manager, "a manager of the tenant, or a service with the scope points:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Points, true)
);
needs!(
    /// Who may award, if only what was delegated to them.
    Lead, "a lead or manager of the tenant, or a service with the scope points:write",
    |c| c.is_at_least(Role::Lead) || c.has_scope(Area::Points, true)
);
needs!(
    /// Who sees the points of the tenant.
    PointsReader, "a manager or auditor of the tenant, or a service with the scope points:read",
    |c| c.is_at_least(Role::Manager) || c.role == Role::Auditor || c.has_scope(Area::Points, false)
);
needs!(
    /// Who sees what they did themselves.
    OwnReader, "a lead, manager or auditor of the tenant, or a service with the scope points:read",
    |c| c.is_at_least(Role::Lead) || c.role == Role::Auditor || c.has_scope(Area::Points, false)
);
needs!(
    /// Who posts to the general ledger.
    LedgerWriter, "a manager of the tenant, or a service with the scope ledger:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Ledger, true)
);
needs!(
    /// Who sees the whole ledger.
    LedgerReader, "a manager or auditor of the tenant, or a service with the scope ledger:read",
    |c| c.is_at_least(Role::Manager) || c.role == Role::Auditor || c.has_scope(Area::Ledger, false)
);
needs!(
    /// Who reads the audit trail.
    Auditing, "an admin or auditor of the tenant", |c| c.is_at_least(Role::Admin) || c.role == Role::Auditor
);
needs!(
    /// Anyone of the tenant; the handler shows members their own and no more.
    Anyone, "anyone of the tenant", |_| true
);
needs!(
    /// Who adds and changes members.
    MemberWriter, "a manager of the tenant, or a service with the scope members:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Members, true)
);
needs!(
    /// Who sees members.
    MemberReader, "anyone of the tenant, or a service with the scope members:read",
    |c| c.role != Role::Service || c.has_scope(Area::Members, false)
);

needs!(
    /// Who makes budgets and uses them.
    BudgetWriter, "a manager of the tenant, or a service with the scope budgets:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Budgets, true)
);
needs!(
    /// Who sees budgets.
    BudgetReader, "a manager or auditor of the tenant, or a service with the scope budgets:read",
    |c| c.is_at_least(Role::Manager) || c.role == Role::Auditor || c.has_scope(Area::Budgets, false)
);

needs!(
    /// Who tells what happened.
    EventWriter, "a manager of the tenant, or a service with the scope events:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Events, true)
);
needs!(
    /// Who sees what happened, and what rules made of it.
    EventReader, "a manager or auditor of the tenant, or a service with the scope events:read",
    |c| c.is_at_least(Role::Manager) || c.role == Role::Auditor || c.has_scope(Area::Events, false)
);
needs!(
    /// Who makes rules.
    RuleWriter, "a manager of the tenant, or a service with the scope rules:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Rules, true)
);
needs!(
    /// Who sees rules.
    RuleReader, "a manager or auditor of the tenant, or a service with the scope rules:read",
    |c| c.is_at_least(Role::Manager) || c.role == Role::Auditor || c.has_scope(Area::Rules, false)
);
needs!(
    /// Who records and reviews referrals.
    ReferralWriter, "a manager of the tenant, or a service with the scope referrals:write",
    |c| c.is_at_least(Role::Manager) || c.has_scope(Area::Referrals, true)
);
needs!(
    /// Who sees referrals.
    ReferralReader, "a manager or auditor of the tenant, or a service with the scope referrals:read",
    |c| c.is_at_least(Role::Manager) || c.role == Role::Auditor || c.has_scope(Area::Referrals, false)
);
needs!(
    /// Who makes referral codes; the handler lets members make their own and no others.
    ReferralSharer, "a member of the tenant, or a service with the scope referrals:write",
    |c| c.is_at_least(Role::Member) || c.has_scope(Area::Referrals, true)
);

/// A caller who may do what `N` needs, in a tenant.
#[derive(Debug)]
pub(crate) struct Caller<N> {
    /// The tenant: of the path or of the credential, or the one that a platform admin names in `Guerdon-Tenant`.
    pub(crate) tenant: TenantId,
    pub(crate) principal: Arc<Principal>,
    needs: PhantomData<N>,
}

impl<N> Caller<N> {
    /// What a command of this caller travels in.
    pub(crate) fn envelope(&self, idempotency: Option<Idempotency>) -> Envelope {
        Envelope { tenant: self.tenant, actor: self.principal.actor.clone(), idempotency }
    }
}

impl<N: Needs> FromRequestParts<App> for Caller<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = authenticate(&parts.headers, app).await?;
        if !N::allows(&principal) {
            return Err(Problem::forbidden(format!("this is for {}", N::WHO)));
        }
        let tenant = tenant_of(parts, &principal, app).await?;
        Ok(Self { tenant, principal, needs: PhantomData })
    }
}

/// The tenant that a call is about: the one that its path names, or else the header of a platform admin, or else the
/// credential. Nobody but a platform admin may name another than their own.
async fn tenant_of(parts: &mut Parts, principal: &Principal, app: &App) -> Result<TenantId, Problem> {
    let path = RawPathParams::from_request_parts(parts, app).await;
    let path = path.as_ref().ok().and_then(|path| path.iter().find(|(name, _)| *name == "tenant"));
    let header = || parts.headers.get("guerdon-tenant").map(|name| name.to_str().unwrap_or_default());
    let Some(name) = path.map(|(_, name)| name).or_else(header) else {
        return match principal.is_platform_admin() {
            false => Ok(principal.tenant),
            true => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "tenant_required",
                "a platform admin names the tenant in the header Guerdon-Tenant, by slug or id",
            )),
        };
    };
    let tenant = app.tenant_id(name).await?;
    match principal.is_platform_admin() || tenant == principal.tenant {
        true => Ok(tenant),
        false => Err(Problem::no_tenant(name)),
    }
}

/// A platform admin, who acts on any tenant that the path or the body names.
#[derive(Debug)]
pub(crate) struct PlatformAdmin {
    pub(crate) principal: Arc<Principal>,
}

impl PlatformAdmin {
    /// What a command of this caller on a tenant travels in.
    pub(crate) fn envelope(&self, tenant: TenantId, idempotency: Option<Idempotency>) -> Envelope {
        Envelope { tenant, actor: self.principal.actor.clone(), idempotency }
    }
}

impl FromRequestParts<App> for PlatformAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = authenticate(&parts.headers, app).await?;
        match principal.is_platform_admin() {
            true => Ok(Self { principal }),
            false => Err(Problem::forbidden("this is for platform admins")),
        }
    }
}

/// The caller behind the request's credential.
pub(crate) async fn authenticate(headers: &HeaderMap, app: &App) -> Result<Arc<Principal>, Problem> {
    let unauthorized = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        if let Some(token) = session_token(headers) {
            return by_session(headers, app, token).await;
        }
        return Err(unauthorized("send the header Authorization: Bearer <API key or token>"));
    };
    let token = given.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(app.access().bearer(token.trim()).await?)
        }
        _ => Err(unauthorized("the header Authorization must read: Bearer <API key or token>")),
    }
}

/// The cookie that carries a session.
pub(crate) const SESSION_COOKIE: &str = "guerdon_session";

/// The session's token in the cookies, where there is one.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, token)| *name == SESSION_COOKIE && !token.is_empty()).map(|(_, token)| token)
}

/// The caller behind a session. A browser says where a request comes from; another site's is not the person's own.
async fn by_session(headers: &HeaderMap, app: &App, token: &str) -> Result<Arc<Principal>, Problem> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    match site {
        None | Some("same-origin" | "none") => Ok(app.access().session(token).await?),
        Some(_) => Err(Problem::forbidden("a session is good for requests of the console itself")),
    }
}
