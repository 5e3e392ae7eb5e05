//! Assets: what a tenant counts besides points and currencies.

use crate::app::App;
use crate::body::Body;
use crate::caller::{Admin, Anyone, Caller};
use crate::etag::recorded;
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, Label, List, Page, PageQuery, Part, Query, answer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_ledger::{Asset, AssetCode};
use guerdon_programs::assets::{ASSET, AssetDefinition, DefineAsset};
use guerdon_store::driver::Mode;
use guerdon_store::{TenantId, read};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(define, list))
}

/// An asset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetView {
    /// 1–16 of `A-Z 0-9 _`, beginning with a letter.
    #[schema(value_type = String, example = "MILES")]
    code: AssetCode,
    /// Decimal digits of the minor unit, 0 to 12; for ever.
    #[schema(example = 0, maximum = 12)]
    scale: u8,
    /// Its name for people.
    #[schema(example = "Air miles")]
    name: Option<String>,
}

/// An asset to define.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "MILES", "scale": 0, "name": "Air miles"}))]
pub(crate) struct NewAssetBody {
    /// 1–16 of `A-Z 0-9 _`, beginning with a letter.
    #[schema(value_type = String, example = "MILES")]
    code: AssetCode,
    /// Decimal digits of the minor unit, 0 to 12; for ever.
    #[schema(example = 0, maximum = 12)]
    scale: u8,
    /// Its name for people.
    #[schema(value_type = Option<String>, example = "Air miles")]
    name: Option<Label>,
}

/// Define an asset
///
/// `PTS` and every ISO 4217 currency need no definition.
#[utoipa::path(post, path = "/api/v1/assets", operation_id = "define_asset", tag = "Assets", request_body = NewAssetBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = AssetView), (status = 200, description = "Replayed", body = AssetView), WriteProblems))]
async fn define(
    State(app): State<App>,
    caller: Caller<Admin>,
    body: Body<NewAssetBody>,
) -> Result<Response, Problem> {
    let NewAssetBody { code, scale, name } = body.value;
    let asset =
        Asset::new(code, scale).map_err(|e| Problem::invalid("/scale", "invalid_value", e.to_string()))?;
    let definition = AssetDefinition { asset, name: name.map(String::from) };
    let view = view(&definition);
    let receipt =
        app.journal().execute(caller.envelope(body.idempotency), DefineAsset { definition }).await?;
    Ok(recorded(StatusCode::CREATED, receipt.replayed, view))
}

/// The assets that the tenant defined, by code
#[utoipa::path(get, path = "/api/v1/assets", operation_id = "list_assets", tag = "Assets", params(PageQuery),
    responses((status = 200, body = Page<AssetView>), ReadProblems))]
async fn list(
    State(app): State<App>,
    caller: Caller<Anyone>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Assets { app, tenant: caller.tenant }, format, &page).await
}

struct Assets {
    app: App,
    tenant: TenantId,
}

impl List for Assets {
    type Row = AssetView;
    type Schema = AssetView;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<AssetView, String>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let documents = read::documents(&mut tx, ASSET, &after.unwrap_or_default(), limit + 1).await?;
        let rows = documents
            .into_iter()
            .map(|document| AssetDefinition::deserialize(&*document.body).map_err(|e| Problem::internal(&e)));
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        let code = |definition: &AssetDefinition| definition.asset.code.to_string();
        Ok(Part::of(rows, limit, code, |definition| view(&definition)))
    }
}

fn view(definition: &AssetDefinition) -> AssetView {
    let AssetDefinition { asset, name } = definition;
    AssetView { code: asset.code.clone(), scale: asset.scale, name: name.clone() }
}
