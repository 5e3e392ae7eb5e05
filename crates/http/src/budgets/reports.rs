//! Reports on budgets: what happened on some days, and how they stood before and after.

use super::config::budget_id;
use super::report_views::{
    BudgetReportView, BudgetRowView, CurrencyRowView, DayView, DaysView, FlatRow, TenantReportView,
};
use super::sheets;
use crate::app::App;
use crate::caller::{BudgetReader, Caller};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{List, Part, Path, Query, Table, XLSX, accepted, csv, workbook};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use guerdon_ledger::Name;
use guerdon_programs::budgets::{Calendar, Days, Report, by_currency, day_of};
use guerdon_store::TenantId;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

/// Budgets of a report that are read at a time.
const PAGE: i64 = 500;

/// Which days, and in which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportQuery {
    /// Those of the calendar around today, in the tenant's time zone: `today`, `week` (from Monday to Sunday), `month`,
    /// `quarter` or `year`; `month` where no days are given.
    #[param(value_type = Option<String>, example = "month")]
    range: Option<Calendar>,
    /// From this day on, in the tenant's time zone; together with `to`, and instead of `range`.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// To the end of this day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// `json`, `csv` or `xlsx`; the header `Accept` decides where not given.
    #[param(value_type = Option<String>, example = "json")]
    format: Option<Form>,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Json,
    Csv,
    Xlsx,
}

impl ReportQuery {
    fn form(&self, headers: &HeaderMap) -> Form {
        let known = |kind: &str| match kind {
            "application/json" => Some(Form::Json),
            "text/csv" => Some(Form::Csv),
            XLSX => Some(Form::Xlsx),
            _ => None,
        };
        self.format.or_else(|| accepted(headers, known)).unwrap_or(Form::Json)
    }

    async fn days(&self, app: &App, tenant: TenantId) -> Result<Days, Problem> {
        let wrong = |name: &str, told: &dyn std::fmt::Display| {
            Problem::invalid(name, "invalid_value", told.to_string())
        };
        let (from, to) = match (self.range, &self.from, &self.to) {
            (range, None, None) => {
                let today = day_of(app.journal().clock().now(), &app.zone(tenant).await?);
                return Days::around(range.unwrap_or(Calendar::Month), today)
                    .map_err(|error| wrong("range", &error));
            }
            (Some(_), ..) => return Err(wrong("range", &"send either range, or from and to")),
            (None, Some(from), Some(to)) => (day("from", from)?, day("to", to)?),
            (None, None, _) => return Err(wrong("from", &"from and to go together")),
            (None, _, None) => return Err(wrong("to", &"from and to go together")),
        };
        Days::new(from, to).map_err(|error| wrong("to", &error))
    }
}

/// A day in the query. Reports count whole days, so an instant is none.
fn day(name: &str, text: &str) -> Result<Date, Problem> {
    let day = text.parse().ok().filter(|_| text.len() == 10);
    let told = "a report is about whole days of the tenant's, such as 2026-01-31";
    day.ok_or_else(|| Problem::invalid(name, "invalid_value", told))
}

/// A report on a budget
///
/// What happened to it on the days asked for, by type and by day, and how it stood before and after. Made of daily totals,
/// which are up to date when the call is. CSV has a row for each day on which something happened, in minor units; XLSX
/// the same in major units, with a row of totals.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/budgets/{id}/report", operation_id = "report_on_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"), ReportQuery),
    responses((status = 200, description = "The report, in the form asked for", content(
        (BudgetReportView = "application/json"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), ReadProblems))]
pub(crate) async fn budget(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (id, days) = (budget_id(&id)?, query.days(&app, caller.tenant).await?);
    let (report, series) = app.budgets().report(caller.tenant, &id, &days).await?;
    match query.form(&headers) {
        Form::Json => Ok(Json(BudgetReportView::of(&days, &report, &series)).into_response()),
        Form::Csv => {
            let rows = Series(series.iter().map(DayView::from).collect());
            Ok(named(csv(rows).await?, id.as_str(), &days, "csv"))
        }
        Form::Xlsx => {
            let table = sheets::of_budget(&report, &series);
            Ok(named(book(&app, table).await?, id.as_str(), &days, "xlsx"))
        }
    }
}

/// A report on all budgets of a tenant
///
/// As the report on a budget, a row for each, by id. Amounts of different currencies are never added: there are totals for
/// each.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/reports/budgets", operation_id = "report_on_budgets", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"), ReportQuery),
    responses((status = 200, description = "The report, in the form asked for", content(
        (TenantReportView = "application/json"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), ReadProblems))]
pub(crate) async fn tenant(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    headers: HeaderMap,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let days = query.days(&app, caller.tenant).await?;
    let rows = Rows { app: app.clone(), tenant: caller.tenant, days };
    match query.form(&headers) {
        Form::Csv => Ok(named(csv(rows).await?, "budgets", &days, "csv")),
        Form::Json => {
            let reports = rows.all().await?;
            let budgets = reports.iter().map(BudgetRowView::from).collect();
            let currencies = by_currency(&reports).iter().map(CurrencyRowView::from).collect();
            Ok(Json(TenantReportView { range: DaysView::from(&days), budgets, currencies }).into_response())
        }
        Form::Xlsx => {
            let table = sheets::of_tenant(&rows.all().await?);
            Ok(named(book(&app, table).await?, "budgets", &days, "xlsx"))
        }
    }
}

async fn book(app: &App, table: Table) -> Result<Response, Problem> {
    let bytes = workbook(table, app.journal().clock().now()).await?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(XLSX))], bytes).into_response())
}

/// A report as a file of its own name.
fn named(mut response: Response, of: &str, days: &Days, ending: &str) -> Response {
    // Some systems take no colon in the name of a file.
    let name = format!("{}-{}-to-{}.{ending}", of.replace(':', "-"), days.first(), days.last());
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The days of a report, already read: they are no more than the calendar has.
struct Series(Vec<DayView>);

impl List for Series {
    type Row = DayView;
    type Schema = DayView;
    type At = i64;

    async fn read(&self, at: Option<i64>, limit: i64) -> Result<Part<DayView, i64>, Problem> {
        let (from, limit) = (at.unwrap_or(0) as usize, limit as usize);
        let rows: Vec<DayView> = self.0.iter().skip(from).take(limit).cloned().collect();
        let next = (from + rows.len() < self.0.len()).then_some((from + rows.len()) as i64);
        Ok(Part { rows, next })
    }
}

/// The budgets of a tenant in a report, read some at a time.
struct Rows {
    app: App,
    tenant: TenantId,
    days: Days,
}

impl Rows {
    async fn after(&self, id: Option<String>, limit: i64) -> Result<Vec<Report>, Problem> {
        let after = id.unwrap_or_default();
        Ok(self.app.budgets().reports(self.tenant, &self.days, &after, limit).await?)
    }

    async fn all(&self) -> Result<Vec<Report>, Problem> {
        let (mut reports, mut after) = (Vec::new(), None);
        loop {
            let read = self.after(after, PAGE).await?;
            after = read.last().filter(|_| read.len() as i64 == PAGE).map(id_of);
            reports.extend(read);
            if after.is_none() {
                return Ok(reports);
            }
        }
    }
}

fn id_of(report: &Report) -> String {
    Name::to_string(&report.budget.id)
}

impl List for Rows {
    type Row = FlatRow;
    type Schema = FlatRow;
    type At = String;

    async fn read(&self, at: Option<String>, limit: i64) -> Result<Part<FlatRow, String>, Problem> {
        let reports = self.after(at, limit + 1).await?;
        Ok(Part::of(reports, limit, id_of, |report| FlatRow::from(&report)))
    }
}
