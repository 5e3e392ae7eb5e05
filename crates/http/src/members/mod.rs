//! Members: add, list, change the people of a tenant.

use crate::app::App;
use crate::body::Body;
use crate::caller::{Caller, MemberReader, MemberWriter};
use crate::etag::{IfMatch, Versioned};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Email, Format, Label, List, NoQuery, Page, PageQuery, Part, Path, Query, answer, present};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{MemberId, Name};
use guerdon_programs::members::{ChangeMember, CreateMember, check_role};
use guerdon_store::driver::Mode;
use guerdon_store::{Change, Member, MemberStatus, PersonalText, Role, TenantId, read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(get, change))
}

/// What a person may do in a tenant.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MemberRole {
    /// Runs the tenant: keys, settings.
    Admin,
    /// Gives from the pool, runs members.
    Manager,
    /// Gives from what was delegated.
    Lead,
    /// Receives and spends.
    #[default]
    Member,
    /// Reads all of the tenant and writes nothing.
    Auditor,
}

impl From<MemberRole> for Role {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Admin => Self::Admin,
            MemberRole::Manager => Self::Manager,
            MemberRole::Lead => Self::Lead,
            MemberRole::Member => Self::Member,
            MemberRole::Auditor => Self::Auditor,
        }
    }
}

/// A person to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "emp-7", "name": "Rudo Moyo", "email": "rudo@example.com", "role": "member", "team": "payments", "department": "engineering"}))]
pub(crate) struct NewMemberBody {
    /// Your own id of them, 1–128 of `A-Z a-z 0-9 . _ : @ -`; a UUID is made where not given.
    #[schema(value_type = Option<String>, example = "emp-7")]
    id: Option<MemberId>,
    /// The name for people.
    #[schema(value_type = String, example = "Rudo Moyo")]
    name: Label,
    /// The e-mail address.
    #[schema(value_type = Option<String>, example = "rudo@example.com")]
    email: Option<Email>,
    /// What they may do; `member` where not given.
    #[serde(default)]
    role: MemberRole,
    /// Their team.
    #[schema(value_type = Option<String>, example = "payments")]
    team: Option<Name>,
    /// Their department, whose pool they may be given from.
    #[schema(value_type = Option<String>, example = "engineering")]
    department: Option<Name>,
}

/// A person of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// Your own id of them.
    #[schema(example = "emp-7")]
    id: String,
    /// The name for people.
    #[schema(example = "Rudo Moyo")]
    name: Option<String>,
    /// The e-mail address.
    #[schema(example = "rudo@example.com")]
    email: Option<String>,
    /// What they may do.
    #[schema(example = "member")]
    role: &'static str,
    /// Their team.
    #[schema(example = "payments")]
    team: Option<String>,
    /// Their department.
    #[schema(example = "engineering")]
    department: Option<String>,
    /// `active` or `inactive`.
    #[schema(example = "active")]
    status: &'static str,
    /// Counts their changes, from 1; also the `ETag`.
    #[schema(example = 1)]
    version: i64,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&Member> for MemberView {
    fn from(member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.personal.name.clone(),
            email: member.personal.email.clone(),
            role: member.role.name(),
            team: member.team.as_ref().map(Name::to_string),
            department: member.department.as_ref().map(Name::to_string),
            status: member.status.name(),
            version: member.version,
            created_at: member.created_at,
        }
    }
}

/// Add a member
#[utoipa::path(post, path = "/api/v1/members", operation_id = "create_member", tag = "Members", request_body = NewMemberBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = MemberView), (status = 200, description = "Replayed", body = MemberView), WriteProblems))]
async fn create(
    State(app): State<App>,
    caller: Caller<MemberWriter>,
    body: Body<NewMemberBody>,
) -> Result<Versioned<MemberView>, Problem> {
    let NewMemberBody { id, name, email, role, team, department } = body.value;
    let id = match id {
        Some(id) => id,
        None => MemberId::new(&Uuid::now_v7().to_string()).map_err(|e| Problem::internal(&e))?,
    };
    check_role(role.into(), caller.principal.is_at_least(Role::Admin))?;
    let personal = PersonalText { name: Some(name.into()), email: email.map(String::from) };
    let command = CreateMember { id, personal, role: role.into(), team, department };
    let receipt = app.journal().execute(caller.envelope(body.idempotency), command).await?;
    let recorded = receipt.record.changes.iter().find_map(|change| match change {
        Change::Member(member) => Some(member),
        _ => None,
    });
    match recorded {
        // The journal keeps names and addresses apart, so what was made earlier is shown as it stands.
        Some(member) if receipt.replayed => Ok(view_of(&app, &caller, &member.id).await?.replayed(true)),
        Some(member) => Ok(Versioned::made(member.version, MemberView::from(member))),
        None => Err(Problem::internal(&"a member was added without the member")),
    }
}

async fn view_of<N>(app: &App, caller: &Caller<N>, id: &MemberId) -> Result<Versioned<MemberView>, Problem> {
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let member = read::member(&mut tx, id).await?;
    let member =
        member.ok_or_else(|| Problem::not_found("member_not_found", format!("there is no member {id}")))?;
    Ok(Versioned::ok(member.version, MemberView::from(&member)))
}

/// Members, by id
#[utoipa::path(get, path = "/api/v1/members", operation_id = "list_members", tag = "Members", params(PageQuery),
    responses((status = 200, body = Page<MemberView>), ReadProblems))]
async fn list(
    State(app): State<App>,
    caller: Caller<MemberReader>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Members { app, tenant: caller.tenant }, format, &page).await
}

struct Members {
    app: App,
    tenant: TenantId,
}

impl List for Members {
    type Row = MemberView;
    type Schema = MemberView;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<MemberView, String>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let members = read::members(&mut tx, &after.unwrap_or_default(), limit + 1).await?;
        let id = |member: &Member| member.id.to_string();
        Ok(Part::of(members, limit, id, |member| MemberView::from(&member)))
    }
}

/// A member
#[utoipa::path(get, path = "/api/v1/members/{id}", operation_id = "get_member", tag = "Members",
    params(("id" = String, Path, description = "Your own id of them", example = "emp-7")),
    responses((status = 200, body = MemberView), ReadProblems))]
async fn get(
    State(app): State<App>,
    caller: Caller<MemberReader>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Versioned<MemberView>, Problem> {
    view_of(&app, &caller, &member_id(&id)?).await
}

fn member_id(text: &str) -> Result<MemberId, Problem> {
    MemberId::new(text).map_err(|_| Problem::not_found("member_not_found", "there is no such member"))
}

/// Whether a person may give and receive.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MemberStatusBody {
    /// Gives and receives.
    Active,
    /// Has left.
    Inactive,
}

/// What to change of a person; `null` takes a team or department away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"team": "platform", "department": null}))]
pub(crate) struct MemberChangeBody {
    /// The name for people.
    #[schema(value_type = Option<String>)]
    name: Option<Label>,
    /// The e-mail address.
    #[schema(value_type = Option<String>)]
    email: Option<Email>,
    /// What they may do.
    role: Option<MemberRole>,
    /// Their team.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    team: Option<Option<Name>>,
    /// Their department.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    department: Option<Option<Name>>,
    /// Whether they may give and receive.
    status: Option<MemberStatusBody>,
}

/// Change a member
///
/// With `If-Match` only if nobody changed them since.
#[utoipa::path(patch, path = "/api/v1/members/{id}", operation_id = "change_member", tag = "Members", request_body = MemberChangeBody,
    params(("id" = String, Path, description = "Your own id of them", example = "emp-7"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the member as they were read")),
    responses((status = 200, body = MemberView), WriteProblems))]
async fn change(
    State(app): State<App>,
    caller: Caller<MemberWriter>,
    Path(id): Path<String>,
    IfMatch(expected_version): IfMatch,
    body: Body<MemberChangeBody>,
) -> Result<Versioned<MemberView>, Problem> {
    let id = member_id(&id)?;
    let MemberChangeBody { name, email, role, team, department, status } = body.value;
    let nothing = name.is_none() && email.is_none() && role.is_none() && status.is_none();
    if nothing && team.is_none() && department.is_none() {
        let told = "say what to change: name, email, role, team, department or status";
        return Err(Problem::invalid("", "missing_field", told));
    }
    let command = ChangeMember {
        id: id.clone(),
        name: name.map(String::from),
        email: email.map(String::from),
        role: role.map(Role::from),
        team,
        department,
        status: status.map(|status| match status {
            MemberStatusBody::Active => MemberStatus::Active,
            MemberStatusBody::Inactive => MemberStatus::Inactive,
        }),
        expected_version,
        by_admin: caller.principal.is_at_least(Role::Admin),
    };
    let receipt = app.journal().execute(caller.envelope(body.idempotency), command).await?;
    app.access().forget();
    Ok(view_of(&app, &caller, &id).await?.replayed(receipt.replayed))
}
