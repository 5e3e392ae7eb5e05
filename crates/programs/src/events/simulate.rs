//! Simulating a rule: what it would do with events, given or stored, decided by the code that decides live, with nothing
//! written.

use super::event::Event;
use super::record::RecordEvent;
use super::service::Events;
use super::told::{Matched, Outcome, Told};
use crate::Error;
use crate::rules::Compiled;
use guerdon_ledger::{AccountClass, AssetCode, MemberId, Posting};
use guerdon_rules::Rule;
use guerdon_store::driver::Mode;
use guerdon_store::journal::{Envelope, Record};
use guerdon_store::read::{events_in_time, payload};
use guerdon_store::{TenantId, directory};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Stored events that are read at a time.
const PAGE: i64 = 500;

/// What a rule would do with one event.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// The event.
    pub event_id: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What came of the rule, be it that it did not match.
    pub outcome: Matched,
    /// What would have moved.
    pub postings: Vec<Posting>,
}

/// What a rule would do with events, one after the other. History is counted from the first of them on.
#[derive(Debug, Clone, Default)]
pub struct Simulation {
    /// Event by event.
    pub events: Vec<Simulated>,
    /// All of it together.
    pub summary: Summary,
}

/// What a simulation comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many events.
    pub events: usize,
    /// How often the rule matched.
    pub matched: usize,
    /// How often it would have taken effect.
    pub applied: usize,
    /// How often what came of it.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// What members would have been given, in minor units by asset.
    pub credited: BTreeMap<AssetCode, i64>,
    /// What would have been taken from members, in minor units by asset.
    pub debited: BTreeMap<AssetCode, i64>,
    /// How many members it would have been for.
    pub members: usize,
}

impl Events {
    /// What a rule would do with events, in this order. Nothing is written, and no other rule takes part.
    ///
    /// # Errors
    /// As the database says, or as an event would be refused.
    pub async fn simulate(
        &self,
        envelope: Envelope,
        rule: Rule,
        events: Vec<Event>,
    ) -> Result<Simulation, Error> {
        let tenant = directory::find_tenant_by_id(self.journal().database(), envelope.tenant).await?;
        let compiled = Arc::new(Compiled::alone(rule, tenant));
        let mut rehearsal = self.journal().rehearse(envelope.clone()).await?;
        let (mut simulation, mut members) = (Simulation::default(), BTreeSet::new());
        for event in events {
            let command = RecordEvent::rehearsed(event.clone(), compiled.clone());
            let record = rehearsal.execute(&command).await?;
            simulation.add(&event, &record, &mut members);
        }
        simulation.summary.members = members.len();
        Ok(simulation)
    }

    /// Stored events that happened in a span of time, in the order they happened, so many at most; and whether there are
    /// more. Events whose content was erased are left out.
    ///
    /// # Errors
    /// As the database says.
    pub async fn stored(
        &self,
        tenant: TenantId,
        (from, to): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<(Vec<Event>, bool), Error> {
        let now = self.journal().clock().now();
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let (mut events, mut after) = (Vec::new(), (from, 0));
        loop {
            let page = events_in_time(&mut tx, after, to, PAGE).await?;
            let whole = (page.len() as i64) < PAGE;
            for stored in page {
                after = (stored.occurred_at, stored.seq);
                let Some(body) = payload(&mut tx, stored.seq).await? else { continue };
                if events.len() == limit {
                    return Ok((events, true));
                }
                // It was an event when it came in; happened as it was recorded, where it does not say when.
                events.extend(
                    Event::new(body, now, || stored.event_id.parse())
                        .map(|event| event.at(stored.occurred_at)),
                );
            }
            if whole {
                return Ok((events, false));
            }
        }
    }
}

impl Simulation {
    fn add(&mut self, event: &Event, record: &Record, members: &mut BTreeSet<MemberId>) {
        let told = Told::of(record);
        let Some(outcome) = told.and_then(|told| told.into_owned().matched.into_iter().next()) else {
            return;
        };
        let summary = &mut self.summary;
        summary.events += 1;
        summary.matched += usize::from(outcome.outcome != Outcome::NotMatched);
        summary.applied += usize::from(outcome.outcome == Outcome::Applied);
        *summary.outcomes.entry(outcome.outcome.name()).or_default() += 1;
        if outcome.outcome == Outcome::Applied {
            members.extend(outcome.members.iter().cloned());
        }
        for posting in &record.postings {
            let is_members = |class| matches!(class, AccountClass::Wallet | AccountClass::Reward);
            let (from, to) = (is_members(posting.from().class()), is_members(posting.to().class()));
            let sums = match (from, to) {
                (false, true) => &mut summary.credited,
                (true, false) => &mut summary.debited,
                _ => continue,
            };
            let sum: &mut i64 = sums.entry(posting.asset().clone()).or_default();
            *sum = sum.saturating_add(posting.amount().minor_units());
        }
        self.events.push(Simulated {
            event_id: event.id().to_string(),
            occurred_at: event.occurred_at(),
            outcome,
            postings: record.postings.clone(),
        });
    }
}
