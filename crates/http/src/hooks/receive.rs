//! The door of deliveries: no credential but the signature.

use crate::app::App;
use crate::body::bytes_within;
use crate::etag::recorded;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::Path;
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guerdon_programs::hooks::{Delivery, HookError, Received};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceivedView {
    /// `recorded`, or `ignored`: the source says that it is not one to look at.
    #[schema(example = "recorded")]
    status: &'static str,
    /// The event that it became: `<source>:<delivery>`.
    #[schema(example = "stripe:evt_1NG8Du2eZvKYlo2CUI79vXWy")]
    event_id: Option<String>,
}

/// A delivery, as it came in.
pub(crate) struct Incoming(Delivery);

impl FromRequest<App> for Incoming {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = bytes_within(body, app.options().body_limit).await?;
        let headers = parts.headers.iter();
        let readable = headers
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Ok(Self(Delivery { headers: readable.collect(), body: body.to_vec() }))
    }
}

/// Take a delivery of a webhook
///
/// Its signature is its credential. A delivery that comes again is answered 200 and changes nothing.
#[utoipa::path(post, path = "/api/v1/hooks/{source}", operation_id = "receive_webhook", tag = "Webhooks in", security(()),
    params(("source" = String, Path, description = "The public id of the source, as its `url` has it", example = "hk_0193a0000000700080000000000000ab_stripe")),
    responses((status = 201, body = ReceivedView), (status = 200, description = "Came before, or is ignored", body = ReceivedView), WriteProblems))]
pub(crate) async fn receive(
    State(app): State<App>,
    Path(source): Path<String>,
    Incoming(delivery): Incoming,
) -> Result<Response, Problem> {
    Ok(match app.hooks().receive(&source, &delivery).await? {
        Received::Ignored => Json(ReceivedView { status: "ignored", event_id: None }).into_response(),
        Received::Recorded { event, replayed } => {
            let view = ReceivedView { status: "recorded", event_id: Some(event.to_string()) };
            recorded(StatusCode::CREATED, replayed, view)
        }
    })
}

impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Unauthorized => Self::new(StatusCode::UNAUTHORIZED, "unauthorized", error.to_string()),
            HookError::Unmappable(unmappable) => {
                let told = format!("the delivery cannot be made an event: {unmappable}");
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unmappable_payload", told)
                    .with("path", unmappable.place.as_str())
            }
            HookError::Journal(error) => error.into(),
            HookError::Database(error) => error.into(),
        }
    }
}
