//! The jobs that there are.

use super::{follow, history, holds, reconcile, resets, sessions};
use crate::Error;
use crate::budgets::{self, RESET_JOB};
use crate::events::Events;
use crate::rules::COUNT_JOB;
use guerdon_store::jobs::Due;
use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Something that is done when its time comes. Another one is another entry in [`JOBS`].
#[derive(Debug)]
pub struct Job {
    /// Its name, by which its lease is known.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub does: &'static str,
    /// How often it looks for what is to be done.
    pub every: Every,
    /// Where what is to be done is found.
    pub(super) source: Source,
    /// How many things are done at a time.
    pub(super) together: usize,
    /// Does one of them, and answers how much that was: 0 where there was nothing to be done after all.
    pub(super) act: for<'a> fn(&'a Events, &'a Due) -> Acting<'a>,
}

/// Doing one thing.
pub(super) type Acting<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

/// Where what is to be done is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// What transactions scheduled under the job's name.
    Scheduled,
    /// Holds that ran out.
    ExpiredHolds,
    /// Journals that have gone on since a projection followed them.
    Behind(&'static str),
    /// Every tenant.
    Tenants,
}

/// All jobs, in the order in which they are gone through: a reservation that ran out counts for the period that begins
/// with a reset, and what both come to is followed at once.
pub const JOBS: &[Job] = &[
    Job {
        name: RESET_JOB,
        does: "Resets budgets whose period is over, once for each period.",
        every: Every::Second,
        source: Source::Scheduled,
        together: 8,
        act: |events, due| Box::pin(resets::reset(events.budgets(), due)),
    },
    Job {
        name: "holds.expire",
        does: "Releases what is still reserved by holds that ran out, and confirms rewards whose time has come.",
        every: Every::Second,
        source: Source::ExpiredHolds,
        together: 64,
        act: |events, due| Box::pin(holds::expire(events.budgets(), due)),
    },
    Job {
        name: "budgets.follow",
        does: "Follows the journals for the daily totals and alerts of budgets.",
        every: Every::Second,
        source: Source::Behind(budgets::PROJECTION),
        together: 1,
        act: |events, due| Box::pin(follow::budgets(events.budgets(), due)),
    },
    Job {
        name: COUNT_JOB,
        does: "Counts what came in before a rule that is the first to ask for it.",
        every: Every::Second,
        source: Source::Scheduled,
        together: 1,
        act: |events, due| Box::pin(history::count(events, due)),
    },
    Job {
        name: "budgets.reconcile",
        does: "Reconciles every budget with its entries, and alerts where they differ.",
        every: Every::Day(time(3, 0, 0, 0)),
        source: Source::Tenants,
        together: 1,
        act: |events, due| Box::pin(reconcile::reconcile(events.budgets(), due)),
    },
    Job {
        name: "access.sessions",
        does: "Deletes sessions that have ended.",
        every: Every::Day(time(4, 0, 0, 0)),
        source: Source::Tenants,
        together: 1,
        act: |events, due| Box::pin(sessions::delete_ended(events.budgets(), due)),
    },
];

/// How often a job looks for what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every second.
    Second,
    /// Once a day, at a time in UTC; where no server ran then, as soon as one does.
    Day(Time),
}

impl Every {
    /// When a job that was last finished at an instant is to be gone through next; `None` where it is at every look. One
    /// that never was is due since the last such time.
    pub(super) fn due_at(self, finished_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let Self::Day(time) = self else { return None };
        let day = TimeZone::UTC.to_datetime(finished_at.unwrap_or(now)).date();
        let at = |date: jiff::civil::Date| TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok();
        let days = [day.checked_sub(1.day()).ok()?, day, day.checked_add(1.day()).ok()?];
        match finished_at {
            Some(finished_at) => days.into_iter().filter_map(at).find(|at| *at > finished_at),
            None => days.into_iter().filter_map(at).rfind(|at| *at <= now),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Second => f.write_str("every second"),
            Self::Day(time) => write!(f, "every day at {:02}:{:02} UTC", time.hour(), time.minute()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn a_daily_job_is_due_once_a_day_and_after_missed_days_once() {
        let every = Every::Day(time(4, 0, 0, 0));
        for (finished, now, due) in [
            (None, "2026-01-05T09:00:00Z", "2026-01-05T04:00:00Z"),
            (None, "2026-01-05T03:59:59Z", "2026-01-04T04:00:00Z"),
            (None, "2026-01-05T04:00:00Z", "2026-01-05T04:00:00Z"),
            (Some("2026-01-05T09:00:00Z"), "2026-01-05T09:00:01Z", "2026-01-06T04:00:00Z"),
            (Some("2026-01-05T03:00:00Z"), "2026-01-05T03:00:01Z", "2026-01-05T04:00:00Z"),
            (Some("2026-01-05T04:00:00Z"), "2026-01-05T04:00:01Z", "2026-01-06T04:00:00Z"),
            (Some("2026-01-05T09:00:00Z"), "2026-04-05T09:00:00Z", "2026-01-06T04:00:00Z"),
        ] {
            assert_eq!(every.due_at(finished.map(at), at(now)), Some(at(due)), "{finished:?} {now}");
        }
        assert_eq!(Every::Second.due_at(None, at("2026-01-05T09:00:00Z")), None);
        assert_eq!(every.to_string(), "every day at 04:00 UTC");
    }

    #[test]
    fn each_job_has_a_name_of_its_own_and_a_sentence() {
        let names: HashSet<_> = JOBS.iter().map(|job| job.name).collect();
        assert_eq!(names.len(), JOBS.len());
        for job in JOBS {
            assert!(job.does.ends_with('.') && job.together > 0, "{}", job.name);
        }
    }
}
