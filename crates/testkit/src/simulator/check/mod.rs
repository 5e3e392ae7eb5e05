//! What must hold after a run: what the clients saw, what the journal holds and what the model says are one story.

mod answers;
mod chain;
mod readings;
mod replay;
mod tables;
mod timeline;

use super::history::{Attempt, History, Observation, Request};
use guerdon_store::driver::{Database, DbError, Mode, Transaction};
use guerdon_store::journal::Record;
use guerdon_store::{Change, PersonalText, TenantId, read, verify};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use timeline::Timeline;

/// Rows read at a time.
pub(super) const PAGE: i64 = 5_000;

/// Everything about one tenant of a run.
struct Case<'a> {
    /// Which tenant of the run.
    tenant: usize,
    id: TenantId,
    requests: &'a [Arc<Request>],
    /// The calls of each request, those of this tenant.
    attempts: BTreeMap<usize, Vec<&'a Attempt>>,
    observations: Vec<&'a Observation>,
    records: Vec<Record>,
    /// The transactions of each request, in order.
    recorded: BTreeMap<usize, Vec<i64>>,
    /// The request of each transaction, and which of its actions it is.
    owners: BTreeMap<i64, (usize, usize)>,
    timeline: Timeline,
    /// What the clock showed, one after the other.
    instants: &'a BTreeSet<Timestamp>,
}

/// What is wrong, in words; nothing, if all is well.
pub(super) async fn check(database: &Database, history: &History) -> Result<Vec<String>, DbError> {
    let (requests, attempts, observations) = (history.requests(), history.attempts(), history.observations());
    let instants = history.instants();
    let mut wrong = history.failures();
    let report = verify::verify(database, &mut |_| {}).await?;
    wrong.extend(report.findings.iter().map(|finding| format!("verification finds {finding:?}")));
    for (tenant, id) in history.tenants.iter().enumerate() {
        let mut tx = database.begin(*id, Mode::Read).await?;
        let mut case = Case {
            tenant,
            id: *id,
            requests: &requests,
            attempts: BTreeMap::new(),
            observations: observations.iter().filter(|seen| seen.tenant == tenant).collect(),
            records: whole_journal(&mut tx).await?,
            recorded: BTreeMap::new(),
            owners: BTreeMap::new(),
            timeline: Timeline::default(),
            instants: &instants,
        };
        for attempt in attempts.iter().filter(|attempt| requests[attempt.request].tenant == tenant) {
            case.attempts.entry(attempt.request).or_default().push(attempt);
        }
        let found = case.check(&mut tx).await?;
        wrong.extend(found.into_iter().map(|what| format!("tenant {tenant}: {what}")));
    }
    Ok(wrong)
}

async fn whole_journal(tx: &mut Transaction) -> Result<Vec<Record>, DbError> {
    let mut records = Vec::new();
    loop {
        let page = read::transactions_after(tx, records.len() as i64, PAGE).await?;
        let last = page.len() < PAGE as usize;
        records.extend(page);
        if last {
            return Ok(records);
        }
    }
}

impl Case<'_> {
    async fn check(&mut self, tx: &mut Transaction) -> Result<Vec<String>, DbError> {
        let mut wrong = chain::check(tx, self).await?;
        wrong.extend(self.sort());
        self.timeline = Timeline::of(self);
        wrong.extend(answers::check(self));
        let (model, found) = replay::check(self);
        wrong.extend(found);
        if let Some(model) = model {
            wrong.extend(tables::check(tx, self, &model).await?);
        }
        Ok(wrong)
    }

    /// Finds the request of each transaction.
    fn sort(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for record in self.records.iter().skip(1) {
            let number = record.actor.strip_prefix("request-").and_then(|number| number.parse().ok());
            let request = number.and_then(|number: usize| self.requests.get(number));
            match request {
                Some(request) if request.tenant == self.tenant => {
                    let seqs = self.recorded.entry(request.id).or_default();
                    self.owners.insert(record.seq, (request.id, seqs.len()));
                    seqs.push(record.seq);
                }
                _ => wrong.push(format!("{} is by {}, who asked for nothing here", record.seq, record.actor)),
            }
        }
        wrong
    }

    fn record(&self, seq: i64) -> Option<&Record> {
        self.records.get(usize::try_from(seq - 1).ok()?)
    }
}

/// A record as the journal's own row has it: the texts of people stand beside it.
fn without_texts(record: &Record) -> Record {
    let mut record = record.clone();
    for change in &mut record.changes {
        if let Change::Member(member) = change {
            member.personal = PersonalText::default();
        }
    }
    record
}

/// What differs in two records, line by line.
fn difference(found: &Record, expected: &Record) -> String {
    let [found, expected] = [found, expected].map(|record| format!("{record:#?}"));
    let pairs = found.lines().zip(expected.lines()).filter(|(found, expected)| found != expected);
    let lines = pairs.map(|(found, expected)| format!("\n    {} for {}", found.trim(), expected.trim()));
    lines.take(8).collect()
}
