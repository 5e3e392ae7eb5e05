//! Referral codes: made once, shared for ever.

use crate::app::App;
use crate::body::Body;
use crate::caller::{Anyone, Caller, ReferralSharer};
use crate::etag::recorded;
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, List, Page, PageQuery, Part, Query, answer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_ledger::MemberId;
use guerdon_programs::access::{Area, Principal};
use guerdon_programs::referrals::make_code;
use guerdon_store::driver::Mode;
use guerdon_store::{Change, Code, ReferralCode, Role, TenantId, directory, read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A code to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "alice", "code": "ALICE-2026"}))]
pub(crate) struct NewCodeBody {
    /// Whose it will be; also accepted as `member_id`. A member id not seen before is added.
    #[serde(alias = "member_id")]
    #[schema(value_type = String, example = "alice")]
    user_id: MemberId,
    /// The code itself, 4–32 of `A-Z 0-9 -`; small letters count as large ones. A random one where not given.
    #[schema(value_type = Option<String>, example = "ALICE-2026")]
    code: Option<Code>,
    /// Whether a random one begins with the member's first name. The code stays in the books for ever, and so does
    /// what it begins with.
    #[serde(default)]
    with_name: bool,
}

/// A referral code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeView {
    /// The code.
    #[schema(example = "ALICE-2026")]
    code: String,
    /// Whose it is.
    #[schema(example = "alice")]
    user_id: String,
    /// The address to share, where the tenant's settings say what that looks like.
    #[schema(example = "https://example.com/join?ref=ALICE-2026")]
    link: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl CodeView {
    fn of(code: &ReferralCode, template: Option<&str>) -> Self {
        Self {
            code: code.code.to_string(),
            user_id: code.member_id.to_string(),
            link: template.map(|template| template.replace("{code}", code.code.as_str())),
            created_at: code.created_at,
        }
    }
}

/// What the tenant's codes are shared as.
async fn template(app: &App, tenant: TenantId) -> Result<Option<String>, Problem> {
    let tenant = directory::find_tenant_by_id(app.database(), tenant).await?;
    Ok(tenant.and_then(|tenant| tenant.settings.referrals.link))
}

/// Make a referral code
///
/// A random one is easy to read and to say: it has no 0 and O, no 1, I and L. Members make codes for themselves, 10 each
/// at most; managers and services with the scope `referrals:write` for everyone.
#[utoipa::path(post, path = "/api/v1/referrals/codes", operation_id = "create_referral_code", tag = "Referrals", request_body = NewCodeBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = CodeView), (status = 200, description = "Replayed", body = CodeView), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<ReferralSharer>,
    body: Body<NewCodeBody>,
) -> Result<Response, Problem> {
    let NewCodeBody { user_id, code, with_name } = body.value;
    if !may(&caller.principal, Some(&user_id), true) {
        return Err(Problem::forbidden("members make codes for themselves"));
    }
    let envelope = caller.envelope(body.idempotency);
    let receipt = make_code(app.journal(), envelope, user_id, code, with_name).await?;
    let made = receipt.record.changes.iter().find_map(|change| match change {
        Change::ReferralCode(code) => Some(code),
        _ => None,
    });
    let made = made.ok_or_else(|| Problem::internal(&"a code was made without the code"))?;
    let template = template(&app, caller.tenant).await?;
    let view = CodeView::of(made, template.as_deref());
    Ok(recorded(StatusCode::CREATED, receipt.replayed, view))
}

/// Whether a caller may make or see the codes of a member.
fn may(caller: &Principal, member: Option<&MemberId>, write: bool) -> bool {
    let sees_all = caller.role == Role::Auditor && !write;
    caller.is_at_least(Role::Manager)
        || sees_all
        || caller.has_scope(Area::Referrals, write)
        || (member.is_some() && caller.member.as_ref() == member)
}

/// Whose codes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeQuery {
    /// Whose; the caller's own where not given.
    #[param(value_type = Option<String>, example = "alice")]
    user_id: Option<MemberId>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The referral codes of a member, newest first
///
/// Members see their own; managers, auditors and services with the scope `referrals:read` see all.
#[utoipa::path(get, path = "/api/v1/referrals/codes", operation_id = "list_referral_codes", tag = "Referrals", params(CodeQuery),
    responses((status = 200, body = Page<CodeView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Anyone>,
    format: Format,
    Query(query): Query<CodeQuery>,
) -> Result<Response, Problem> {
    let member = query.user_id.or_else(|| caller.principal.member.clone());
    if !may(&caller.principal, member.as_ref(), false) {
        return Err(Problem::forbidden("members see their own codes"));
    }
    let member = member.ok_or_else(|| Problem::invalid("user_id", "missing_field", "say whose: user_id"))?;
    let template = template(&app, caller.tenant).await?;
    let page = PageQuery::new(query.limit, query.cursor);
    answer(Codes { app, tenant: caller.tenant, member, template }, format, &page).await
}

struct Codes {
    app: App,
    tenant: TenantId,
    member: MemberId,
    template: Option<String>,
}

impl List for Codes {
    type Row = CodeView;
    type Schema = CodeView;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<CodeView, i64>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let before = before.unwrap_or(i64::MAX);
        let codes = read::referral_codes(&mut tx, &self.member, before, limit + 1).await?;
        let view = |code| CodeView::of(&code, self.template.as_deref());
        Ok(Part::of(codes, limit, |code| code.seq, view))
    }
}
