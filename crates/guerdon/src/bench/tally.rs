//! What a run measured.

use super::BenchError;
use super::response::Answer;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Latencies from 1 ns to a minute, to three digits.
const LONGEST_NS: u64 = 60_000_000_000;

/// Counts of answers and the distribution of their latencies.
#[derive(Debug)]
pub(crate) struct Tally {
    latency_ns: Histogram<u64>,
    succeeded: u64,
    statuses: BTreeMap<u16, Status>,
    elapsed: Duration,
    unsent: u64,
}

#[derive(Debug)]
struct Status {
    count: u64,
    example: String,
}

/// The figures of a run as they are printed. Latencies are in microseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    pub(crate) connections: usize,
    pub(crate) requests: u64,
    pub(crate) failed: u64,
    pub(crate) unsent: u64,
    pub(crate) seconds: f64,
    pub(crate) per_second: f64,
    pub(crate) items_per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) max_us: f64,
    /// Processor time of the generator itself, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) generator_us_per_request: Option<f64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) failures: BTreeMap<u16, String>,
}

impl Tally {
    /// Nothing measured yet.
    pub(crate) fn new() -> Result<Self, BenchError> {
        let latency_ns = Histogram::new_with_bounds(1, LONGEST_NS, 3)?;
        let statuses = BTreeMap::new();
        Ok(Self { latency_ns, succeeded: 0, statuses, elapsed: Duration::ZERO, unsent: 0 })
    }

    /// Counts one answer; `body` is the example kept for the first failure of its status.
    pub(crate) fn record(&mut self, answer: Answer, latency: Duration, body: &[u8]) {
        self.latency_ns.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(LONGEST_NS).max(1));
        self.succeeded += u64::from(answer.is_success());
        let status = self
            .statuses
            .entry(answer.status)
            .or_insert_with(|| Status { count: 0, example: String::from_utf8_lossy(body).into_owned() });
        status.count += 1;
    }

    /// Ends the run.
    pub(crate) fn finish(&mut self, elapsed: Duration, unsent: u64) {
        self.elapsed = elapsed;
        self.unsent = unsent;
    }

    /// How many answers there were.
    pub(crate) fn requests(&self) -> u64 {
        self.latency_ns.len()
    }

    /// How many answers said that the request did what it was sent for.
    pub(crate) fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// An error where any request did not succeed.
    pub(crate) fn check(&self) -> Result<(), BenchError> {
        match self.requests() - self.succeeded {
            0 => Ok(()),
            failed => Err(BenchError::Failed { failed, requests: self.requests() }),
        }
    }

    /// The figures; only what succeeded counts as throughput.
    pub(crate) fn report(&self, scenario: &str, connections: usize, items_per_request: u64) -> Report {
        let seconds = self.elapsed.as_secs_f64();
        let per_second = rounded(self.succeeded as f64 / seconds);
        let quantile_us = |quantile| rounded(self.latency_ns.value_at_quantile(quantile) as f64 / 1e3);
        let failing = self.statuses.iter().filter(|(code, _)| !(200..300).contains(*code));
        Report {
            scenario: scenario.to_owned(),
            connections,
            requests: self.requests(),
            failed: self.requests() - self.succeeded,
            unsent: self.unsent,
            seconds: (seconds * 1e3).round() / 1e3,
            per_second,
            items_per_second: rounded((self.succeeded * items_per_request) as f64 / seconds),
            p50_us: quantile_us(0.50),
            p99_us: quantile_us(0.99),
            max_us: rounded(self.latency_ns.max() as f64 / 1e3),
            generator_us_per_request: None,
            statuses: self.statuses.iter().map(|(code, status)| (*code, status.count)).collect(),
            failures: failing.map(|(code, status)| (*code, status.example.clone())).collect(),
        }
    }
}

impl Report {
    /// The report for people.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!(
            "{:<10} {} connections, {} requests in {} s\n\
             throughput {:>12} requests/s\n\
             items      {:>12} items/s\n\
             latency    p50 {} µs, p99 {} µs, max {} µs\n",
            self.scenario,
            self.connections,
            self.requests,
            self.seconds,
            self.per_second,
            self.items_per_second,
            self.p50_us,
            self.p99_us,
            self.max_us,
        );
        if let Some(cost_us) = self.generator_us_per_request {
            text.push_str(&format!("generator  {cost_us} µs of processor per request\n"));
        }
        if self.unsent > 0 {
            text.push_str(&format!("behind     {} requests were due and never sent\n", self.unsent));
        }
        for (code, count) in &self.statuses {
            let example = self.failures.get(code).map(String::as_str).unwrap_or_default();
            text.push_str(&format!("status     {code} × {count} {example}\n"));
        }
        text
    }
}

/// One digit behind the point is more than the measurement is worth.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
