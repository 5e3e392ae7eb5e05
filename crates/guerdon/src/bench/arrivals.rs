//! When requests are due.

use std::time::{Duration, Instant};

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    /// After this many requests.
    Requests(u64),
    /// After this time.
    After(Duration),
}

/// What to do with a connection that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Send a request that was due at this time.
    Send(Instant),
    /// Wait until this time.
    At(Instant),
    /// Send no more.
    Over,
}

/// The order book of a run: closed loop (a free connection sends at once) or open loop (requests
/// are due at a fixed rate whether or not the server keeps up, and their latency counts from then).
#[derive(Debug)]
pub(crate) struct Arrivals {
    start: Instant,
    stop: Stop,
    rate: Option<f64>,
    issued: u64,
}

impl Arrivals {
    /// A run that begins at `start`; `rate` in requests per second makes it an open loop.
    pub(crate) fn new(start: Instant, stop: Stop, rate: Option<f64>) -> Self {
        Self { start, stop, rate, issued: 0 }
    }

    /// When the run began.
    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    /// What is due now; a `Send` counts as sent.
    pub(crate) fn next(&mut self, now: Instant) -> Due {
        let due_at = self.due_at(now);
        match self.stop {
            Stop::Requests(count) if self.issued >= count => return Due::Over,
            Stop::After(length) if now.max(due_at) >= self.start + length => return Due::Over,
            _ => {}
        }
        if due_at > now {
            return Due::At(due_at);
        }
        self.issued += 1;
        Due::Send(due_at)
    }

    /// How many requests were due in the run's time but never sent, because the server fell behind.
    pub(crate) fn unsent(&self) -> u64 {
        match (self.rate, self.stop) {
            (Some(rate), Stop::After(length)) => {
                let due = (length.as_secs_f64() * rate).floor() as u64;
                due.saturating_sub(self.issued)
            }
            _ => 0,
        }
    }

    fn due_at(&self, now: Instant) -> Instant {
        match self.rate {
            Some(rate) => self.start + Duration::from_secs_f64(self.issued as f64 / rate),
            None => now,
        }
    }
}
