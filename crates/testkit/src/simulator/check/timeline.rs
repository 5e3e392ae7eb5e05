//! Which transactions a call can have seen: all that were told before it began, none that were asked for after it
//! ended.

use super::Case;
use crate::simulator::history::Answer;

/// The order of things in one tenant.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// At each tick, in order, the last transaction that someone was told of by then.
    told: Vec<(u64, i64)>,
    /// At each tick, in order, the first transaction that was asked for at that tick or later.
    asked: Vec<(u64, i64)>,
    last: i64,
}

impl Timeline {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let answers = case.attempts.values().flatten().filter_map(|attempt| match &attempt.answer {
            Answer::Recorded(told) => Some((attempt.span.end, told.iter().map(|t| t.record.seq).max()?)),
            _ => None,
        });
        let seen = case.observations.iter().filter_map(|o| Some((o.span.end, o.last.as_ref()?.seq)));
        let mut told: Vec<(u64, i64)> = answers.chain(seen).collect();
        told.sort_unstable();
        let mut most = 0;
        for (_, seq) in &mut told {
            most = most.max(*seq);
            *seq = most;
        }
        let mut asked: Vec<(u64, i64)> = case
            .recorded
            .iter()
            .filter_map(|(request, seqs)| Some((case.first_asked(*request)?, *seqs.first()?)))
            .collect();
        asked.sort_unstable();
        let mut least = i64::MAX;
        for (_, seq) in asked.iter_mut().rev() {
            least = least.min(*seq);
            *seq = least;
        }
        Self { told, asked, last: case.records.len() as i64 }
    }

    /// The last transaction that was surely there before a tick.
    pub(super) fn least(&self, start: u64) -> i64 {
        let before = self.told.partition_point(|(tick, _)| *tick < start);
        before.checked_sub(1).map_or(1, |at| self.told[at].1)
    }

    /// The last transaction that can have been there at a tick.
    pub(super) fn most(&self, end: u64) -> i64 {
        let after = self.asked.partition_point(|(tick, _)| *tick <= end);
        self.asked.get(after).map_or(self.last, |(_, seq)| seq - 1)
    }
}

impl Case<'_> {
    /// When a request was first asked for.
    pub(super) fn first_asked(&self, request: usize) -> Option<u64> {
        self.attempts.get(&request)?.iter().map(|attempt| attempt.span.start).min()
    }
}
