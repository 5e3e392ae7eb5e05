//! The numbers that a lane works by.

use std::time::Duration;

/// The numbers that a lane works by. The usual ones were measured; tests take small ones, so that a few hundred commands
/// pass every limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Commands that may wait in a lane before callers are told to come again.
    pub queue: usize,
    /// Commands in a batch at most: enough to spread a flush thin, few enough to keep latency near one flush.
    pub batch: usize,
    /// Records of all tenants that a lane keeps in memory before it forgets and begins anew.
    pub cached: usize,
    /// Transactions in the tail of the indexes from which on it is worth merging.
    pub worth_merging: usize,
    /// How long a lane is idle before it merges what waits for the indexes.
    pub idle: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            queue: 20_000,
            batch: 1_024,
            cached: 400_000,
            worth_merging: 65_536,
            idle: Duration::from_millis(100),
        }
    }
}
