//! What is left alone for a while: what failed, and that of which there was nothing to do.

use super::job::Job;
use guerdon_store::TenantId;
use guerdon_store::jobs::Due;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long. What failed is then tried again, so that it is neither forgotten nor tried without end.
const REST: Duration = Duration::from_secs(60);

/// What is left alone for a while. It is not kept: another server, or the next, tries at once.
#[derive(Debug, Default)]
pub(super) struct Resting(HashMap<Key, Instant>);

/// A thing to be done by a job.
pub(super) type Key = (&'static str, TenantId, String, String);

pub(super) fn key(job: &'static Job, due: &Due) -> Key {
    (job.name, due.tenant, due.subject.clone(), due.reference.clone())
}

impl Resting {
    /// Leaves it alone from now on.
    pub(super) fn add(&mut self, key: Key) {
        self.0.insert(key, Instant::now() + REST);
    }

    /// Whether it is left alone.
    pub(super) fn holds(&self, key: &Key) -> bool {
        self.0.get(key).is_some_and(|until| Instant::now() < *until)
    }

    /// Forgets what has rested.
    pub(super) fn tidy(&mut self) {
        let now = Instant::now();
        self.0.retain(|_, until| now < *until);
    }

    /// Lets everything be tried again.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::JOBS;
    use jiff::Timestamp;

    #[test]
    fn what_failed_is_left_alone_and_nothing_else_is() {
        let due = |subject: &str| Due {
            tenant: TenantId::PLATFORM,
            due_at: Timestamp::UNIX_EPOCH,
            subject: subject.to_owned(),
            reference: String::new(),
        };
        let mut resting = Resting::default();
        resting.add(key(&JOBS[0], &due("a")));
        resting.tidy();
        assert!(resting.holds(&key(&JOBS[0], &due("a"))));
        assert!(!resting.holds(&key(&JOBS[0], &due("b"))) && !resting.holds(&key(&JOBS[1], &due("a"))));
        resting.clear();
        assert!(!resting.holds(&key(&JOBS[0], &due("a"))));
    }
}
