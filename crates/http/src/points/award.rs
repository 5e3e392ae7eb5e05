//! Awards: points become a person's own.

use super::views::AwardWords;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, Lead};
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::{Note, Posted, PostedBody};
use axum::extract::State;
use guerdon_ledger::{AccountPath, Amount, MemberId, Name};
use guerdon_programs::points::{Award, AwardRequest, AwardSource};
use serde::Deserialize;
use utoipa::ToSchema;

/// Where an award comes from.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum From {
    /// The company's pool.
    #[default]
    Pool,
    /// What was delegated to the caller.
    Lead,
    /// A department's pool: `department`, or else that of the person awarded.
    Department,
}

/// Points for a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "emp-7", "amount": 1000, "reason": "Great delivery", "category": "teamwork"}))]
pub(crate) struct AwardBody {
    /// Who receives.
    #[schema(value_type = String, example = "emp-7")]
    user_id: MemberId,
    /// How many points.
    #[schema(value_type = i64, example = 1000, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// Why.
    #[serde(alias = "message")]
    #[schema(value_type = Option<String>, example = "Great delivery")]
    reason: Option<Note>,
    /// What kind of achievement.
    #[schema(value_type = Option<String>, example = "teamwork")]
    category: Option<Name>,
    /// Where the points come from; the company's pool where not given.
    #[serde(default)]
    from: From,
    /// Which department's pool, with `"from": "department"`; that of the person awarded where not given.
    #[schema(value_type = Option<String>)]
    department: Option<Name>,
}

impl AwardBody {
    fn request(self) -> Result<AwardRequest, Problem> {
        let invalid = |detail| Problem::invalid("/department", "invalid_value", detail);
        let source = match (self.from, self.department) {
            (From::Department, Some(name)) if AccountPath::new(&format!("pool:{name}")).is_err() => {
                return Err(invalid("this cannot name an account"));
            }
            (From::Department, department) => AwardSource::Department(department),
            (_, Some(_)) => return Err(invalid("a department goes with \"from\": \"department\"")),
            (From::Pool, None) => AwardSource::Pool,
            (From::Lead, None) => AwardSource::Lead,
        };
        let reason = self.reason.map(String::from);
        Ok(AwardRequest { to: self.user_id, amount: self.amount, reason, category: self.category, source })
    }
}

/// Award points to a person
///
/// Managers award from the company's pool, a department's pool or their own lead wallet; leads from their lead wallet.
#[utoipa::path(post, path = "/api/v1/allocations/award-points", operation_id = "award_points", tag = "Points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = AwardBody,
    responses((status = 201, body = PostedBody<AwardWords>), (status = 200, description = "Replayed", body = PostedBody<AwardWords>), WriteProblems))]
pub(crate) async fn award_points(
    State(app): State<App>,
    caller: Caller<Lead>,
    body: Keyed<AwardBody>,
) -> Result<Posted<AwardWords>, Problem> {
    let award = Award::by(&caller.principal, body.value.request()?)?;
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), award).await?.into())
}

/// Award points to a person (another door to the same)
#[utoipa::path(post, path = "/api/v1/points/award-to-user", operation_id = "award_to_user", tag = "Points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = AwardBody,
    responses((status = 201, body = PostedBody<AwardWords>), (status = 200, description = "Replayed", body = PostedBody<AwardWords>), WriteProblems))]
pub(crate) async fn award_to_user(
    app: State<App>,
    caller: Caller<Lead>,
    body: Keyed<AwardBody>,
) -> Result<Posted<AwardWords>, Problem> {
    award_points(app, caller, body).await
}
