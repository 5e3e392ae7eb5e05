//! Looking for what is due, and at how the jobs stand.

use super::job::{Every, JOBS, Job, Source};
use super::{Worker, resting};
use guerdon_store::driver::DbError;
use guerdon_store::jobs::{self, Due, JobRow};
use jiff::Timestamp;

/// Things that are read at a time.
pub(super) const PAGE: i64 = 1_000;

/// How a job stands.
#[derive(Debug, Clone)]
pub struct JobNow {
    /// Which.
    pub job: &'static Job,
    /// Who has done it, and how it went; `None` where nobody has yet.
    pub row: Option<JobRow>,
    /// How much is due now; of a daily job 1 from its time on until it is done.
    pub waiting: i64,
    /// When something falls due next, or did; `None` where that cannot be known before.
    pub next_due_at: Option<Timestamp>,
}

impl Worker {
    /// How the jobs stand, in the order of [`JOBS`].
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn jobs(&self) -> Result<Vec<JobNow>, DbError> {
        let now = self.clock().now();
        let mut rows = jobs::list_jobs(self.database()).await?;
        let mut all = Vec::with_capacity(JOBS.len());
        for job in JOBS {
            let row = rows.iter().position(|row| row.job == job.name).map(|at| rows.swap_remove(at));
            let (waiting, next_due_at) = self.outlook(job, row.as_ref(), now).await?;
            all.push(JobNow { job, row, waiting, next_due_at });
        }
        Ok(all)
    }

    /// How much of a job is due, and when something falls due next.
    async fn outlook(
        &self,
        job: &'static Job,
        row: Option<&JobRow>,
        now: Timestamp,
    ) -> Result<(i64, Option<Timestamp>), DbError> {
        let database = self.database();
        if let Every::Day(_) = job.every {
            let next = job.every.due_at(row.and_then(|row| row.finished_at), now);
            return Ok((next.is_some_and(|next| next <= now).into(), next));
        }
        Ok(match job.source {
            Source::Scheduled => {
                (jobs::due_count(database, job.name, now).await?, jobs::next_due(database, job.name).await?)
            }
            Source::ExpiredHolds => {
                (jobs::expired_holds_count(database, now).await?, jobs::next_expiry(database).await?)
            }
            Source::Behind(_) | Source::Tenants => (self.count(job, now).await?, None),
        })
    }

    /// Counts what is found and does not rest.
    async fn count(&self, job: &'static Job, now: Timestamp) -> Result<i64, DbError> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = self.find(job, now, after.as_ref()).await?;
            count += page.iter().filter(|due| !self.resting().holds(&resting::key(job, due))).count() as i64;
            match page.len() as i64 == PAGE {
                true => after = page.into_iter().next_back(),
                false => return Ok(count),
            }
        }
    }

    /// What is due of a job, after something: a page of it.
    pub(super) async fn find(
        &self,
        job: &'static Job,
        now: Timestamp,
        after: Option<&Due>,
    ) -> Result<Vec<Due>, DbError> {
        let database = self.database();
        match job.source {
            Source::Scheduled => jobs::due(database, job.name, now, after, PAGE).await,
            Source::ExpiredHolds => jobs::expired_holds(database, now, after, PAGE).await,
            Source::Behind(projection) => jobs::behind(database, projection, after, PAGE).await,
            Source::Tenants => jobs::active_tenants(database, now, after, PAGE).await,
        }
    }
}
