//! How large a batch is worth being.
//!
//! Whoever reads requests and writes answers has nothing to do while a batch that took all of them is written, and the
//! lane has nothing to do while those are answered. Smaller batches let the two overlap, and cost a flush each. So a
//! batch is as small as a flush is cheap.

use std::time::Duration;

/// How much longer than its flush the work on a batch should be.
const WORK_PER_FLUSH: f64 = 8.0;
/// Batches are no smaller than this: below, what each costs beside its flush would count.
const LEAST: usize = 32;
/// The weight of the latest batch in the averages.
const LATEST: f64 = 0.05;

/// What commands and flushes have cost of late, in seconds.
#[derive(Debug, Default)]
pub(super) struct Pace {
    command: f64,
    flush: f64,
}

impl Pace {
    /// Takes note of a batch: the work on its commands, and its commit.
    pub(super) fn note(&mut self, commands: usize, work: Duration, flush: Duration) {
        if commands < LEAST {
            return;
        }
        let latest = |average: &mut f64, now: f64| *average += (now - *average) * LATEST;
        latest(&mut self.command, work.as_secs_f64() / commands as f64);
        latest(&mut self.flush, flush.as_secs_f64());
    }

    /// How many commands are enough for a batch.
    pub(super) fn batch(&self) -> usize {
        match self.command > 0.0 {
            true => ((WORK_PER_FLUSH * self.flush / self.command).round() as usize).max(LEAST),
            false => usize::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(commands: usize, work: u64, flush: u64) -> usize {
        let mut pace = Pace::default();
        pace.note(commands, Duration::from_micros(work), Duration::from_micros(flush));
        pace.batch()
    }

    #[test]
    fn a_batch_is_as_small_as_a_flush_is_cheap() {
        assert_eq!(after(100, 2_000, 200), 80);
        assert_eq!(after(100, 2_000, 5_000), 2_000);
        assert_eq!(after(100, 2_000, 1), LEAST);
        assert_eq!(after(1, 2_000, 200), usize::MAX, "too few to tell");
    }
}
