//! Waking up when an open loop's next request is due: polling alone rounds to whole milliseconds.

use super::BenchError;
use mio::{Registry, Token};
use std::time::{Duration, Instant};

/// How long a poll sleeps when nothing is due.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Wakes the poll, as the token it was registered with, at one time after another.
#[derive(Debug)]
pub(crate) struct Alarm {
    #[cfg(target_os = "linux")]
    timer: rustix::fd::OwnedFd,
    set_for: Option<Instant>,
}

#[cfg(target_os = "linux")]
impl Alarm {
    /// An alarm that is not set.
    pub(crate) fn new(registry: &Registry, token: Token) -> Result<Self, BenchError> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        use std::os::fd::AsRawFd;
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).map_err(std::io::Error::from)?;
        let raw = timer.as_raw_fd();
        registry.register(&mut mio::unix::SourceFd(&raw), token, mio::Interest::READABLE)?;
        Ok(Self { timer, set_for: None })
    }

    /// Sets it, once for each time asked for.
    pub(crate) fn set(&mut self, at: Instant, now: Instant) -> Result<(), BenchError> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        if self.set_for == Some(at) {
            return Ok(());
        }
        let left = at.saturating_duration_since(now).clamp(Duration::from_nanos(1), LONGEST_SLEEP);
        let it_value =
            Timespec { tv_sec: i64::from(left >= LONGEST_SLEEP), tv_nsec: left.subsec_nanos().into() };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once).map_err(std::io::Error::from)?;
        self.set_for = (left < LONGEST_SLEEP).then_some(at);
        Ok(())
    }

    /// How long the poll may sleep: the timer wakes it.
    pub(crate) fn longest_sleep(&self) -> Duration {
        LONGEST_SLEEP
    }
}

/// Where there is no timer to poll, the poll's own time-out has to do.
#[cfg(not(target_os = "linux"))]
impl Alarm {
    /// An alarm that is not set.
    pub(crate) fn new(_registry: &Registry, _token: Token) -> Result<Self, BenchError> {
        Ok(Self { set_for: None })
    }

    /// Sets it.
    pub(crate) fn set(&mut self, at: Instant, _now: Instant) -> Result<(), BenchError> {
        self.set_for = Some(at);
        Ok(())
    }

    /// How long the poll may sleep.
    pub(crate) fn longest_sleep(&self) -> Duration {
        let until = |at: Instant| at.saturating_duration_since(Instant::now());
        self.set_for.map_or(LONGEST_SLEEP, until).min(LONGEST_SLEEP)
    }
}
