//! Progress on standard error, where that is a terminal.

use crate::out::count;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// How often a bar is drawn at most.
const TICK: Duration = Duration::from_millis(100);

/// A bar over a known number of bytes or rows; the message says the rest.
pub(crate) fn bar(length: u64) -> ProgressBar {
    styled(ProgressBar::new(length), "{bar:32.cyan/dim} {percent:>3}%  {msg}  {eta} left")
}

/// A sign of life where nobody knows how much there is.
pub(crate) fn spinner() -> ProgressBar {
    let spinner = styled(ProgressBar::new_spinner(), "{spinner:.cyan} {msg}");
    spinner.enable_steady_tick(TICK);
    spinner
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("━╸─")),
        Err(_) => bar,
    }
}

/// How many, and how many a second.
#[derive(Debug)]
pub(crate) struct Rate {
    began: Instant,
}

impl Rate {
    /// Begins now.
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now() }
    }

    /// Seconds since then.
    pub(crate) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// How many a second.
    pub(crate) fn of(&self, number: u64) -> u64 {
        (number as f64 / self.seconds().max(0.001)) as u64
    }

    /// `123,456 rows · 15,234/s`.
    pub(crate) fn told(&self, number: u64, what: &str) -> String {
        format!("{} {what} · {}/s", count(number), count(self.of(number)))
    }
}
