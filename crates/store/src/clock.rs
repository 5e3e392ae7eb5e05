//! The clock of the house. It is read here and handed on; nothing else asks what time it is.

use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where instants come from: the system, or a hand that moves them, for tests and demonstrations.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still until it is moved; microseconds since 1970 UTC.
    Moved(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant until it is moved.
    pub fn standing_at(at: Timestamp) -> Self {
        Self::Moved(Arc::new(AtomicI64::new(at.as_microsecond())))
    }

    /// The instant now, to the microsecond.
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
    pub fn now(&self) -> Timestamp {
        let microseconds = match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Moved(at) => at.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a clock that can be moved forward to an instant. Answers whether it did: a clock never goes back, and
    /// the system's is not ours to move.
    pub fn move_to(&self, to: Timestamp) -> bool {
        match self {
            Self::System => false,
            Self::Moved(at) => at.fetch_max(to.as_microsecond(), Ordering::SeqCst) <= to.as_microsecond(),
        }
    }
}
