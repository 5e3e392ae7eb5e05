//! The jobs of the worker: how they stand, and doing what is due at once.

use crate::app::App;
use crate::body::Body;
use crate::caller::PlatformAdmin;
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, List, Page, PageQuery, Part, Query, answer};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_programs::worker::{JobNow, Ran, State as RanState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A job, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
    /// Its name.
    #[schema(example = "budgets.reset")]
    job: &'static str,
    /// What it does.
    #[schema(example = "Resets budgets whose period is over, once for each period.")]
    does: &'static str,
    /// How often it looks for what is to be done.
    #[schema(example = "every second")]
    every: String,
    /// How much is due now, of tenants that are active; of a daily job 1 from its time on until it is done.
    #[schema(example = 0)]
    waiting: i64,
    /// When something falls due next, or did; null where nothing is due at a time.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-12-01T00:00:00Z")]
    next_due_at: Option<Timestamp>,
    /// The server that does it, or did it last; null where nobody has yet.
    #[schema(example = "http://10.0.0.7:8080 01936f5e-7b1c-7000-8000-000000000001")]
    owner: Option<String>,
    /// Until when that server has it for itself; null while nobody does it.
    #[schema(value_type = Option<String>, format = DateTime)]
    leased_to: Option<Timestamp>,
    /// When it was begun last.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-01T00:00:00Z")]
    started_at: Option<Timestamp>,
    /// When it was last gone through to its end.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-01T00:00:00Z")]
    finished_at: Option<Timestamp>,
    /// How often it was done. A look that finds nothing due does not count.
    #[schema(example = 12)]
    runs: i64,
    /// How many things were done by it.
    #[schema(example = 240)]
    done: i64,
    /// How many things failed. Each is tried again.
    #[schema(example = 0)]
    failures: i64,
    /// What went wrong last.
    last_error: Option<String>,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    failed_at: Option<Timestamp>,
}

impl JobView {
    fn of(job: JobNow, now: Timestamp) -> Self {
        let JobNow { job, row, waiting, next_due_at } = job;
        let row = row.as_ref();
        let count = |count: Option<i64>| count.unwrap_or_default();
        Self {
            job: job.name,
            does: job.does,
            every: job.every.to_string(),
            waiting,
            next_due_at,
            owner: row.map(|row| row.owner.clone()),
            leased_to: row.map(|row| row.leased_to).filter(|leased_to| *leased_to > now),
            started_at: row.and_then(|row| row.started_at),
            finished_at: row.and_then(|row| row.finished_at),
            runs: count(row.map(|row| row.runs)),
            done: count(row.map(|row| row.done)),
            failures: count(row.map(|row| row.failures)),
            last_error: row.and_then(|row| row.last_error.clone()),
            failed_at: row.and_then(|row| row.failed_at),
        }
    }
}

/// Jobs, by name: what is done when its time comes, without anybody asking
#[utoipa::path(get, path = "/api/v1/platform/jobs", operation_id = "list_jobs", tag = "Platform", params(PageQuery),
    responses((status = 200, body = Page<JobView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    _: PlatformAdmin,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Jobs(app), format, &page).await
}

struct Jobs(App);

impl List for Jobs {
    type Row = JobView;
    type Schema = JobView;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<JobView, String>, Problem> {
        let (after, now) = (after.unwrap_or_default(), self.0.journal().clock().now());
        let mut jobs = self.0.worker().jobs().await?;
        jobs.retain(|job| *job.job.name > *after);
        jobs.sort_by_key(|job| job.job.name);
        Ok(Part::of(jobs, limit, |job| job.job.name.to_owned(), |job| JobView::of(job, now)))
    }
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(crate) struct RunJobsBody {}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RanJobs {
    /// Each job, in the order in which they were gone through.
    data: Vec<RanJob>,
}

/// What was done of a job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RanJob {
    /// Its name.
    #[schema(example = "budgets.reset")]
    job: &'static str,
    /// `done`; `idle`, where nothing was due; `elsewhere`, where another server is doing it; `broken_off`, where the
    /// books could not be reached.
    #[schema(example = "done")]
    state: &'static str,
    /// How many things were done.
    #[schema(example = 3)]
    done: u64,
    /// How many things failed. Each is tried again.
    #[schema(example = 0)]
    failed: u64,
}

impl From<Ran> for RanJob {
    fn from(ran: Ran) -> Self {
        let state = match ran.state {
            RanState::Done => "done",
            RanState::Idle => "idle",
            RanState::Elsewhere => "elsewhere",
            RanState::BrokenOff(_) => "broken_off",
        };
        Self { job: ran.job, state, done: ran.done, failed: ran.failed }
    }
}

/// Do at once what is due
///
/// The worker does so every second by itself; this answers when it is done. What failed a moment ago is tried again.
#[utoipa::path(post, path = "/api/v1/platform/jobs/run", operation_id = "run_jobs", tag = "Platform", request_body = RunJobsBody,
    responses((status = 200, body = RanJobs), WriteProblems))]
pub(crate) async fn run(State(app): State<App>, _: PlatformAdmin, _: Body<RunJobsBody>) -> Json<RanJobs> {
    let ran = app.worker().run_due().await;
    Json(RanJobs { data: ran.into_iter().map(RanJob::from).collect() })
}
