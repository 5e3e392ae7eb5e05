//! Counting, for a rule's first look at history, the events that came in before it.

use super::lists::events_of_type;
use super::service::Events;
use crate::budgets::by_system;
use crate::rules::{CountHistory, Uncounted, uncounted};
use crate::{Error, Refusal};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::read::{ListPage, listed, payload};

/// Events that are counted in one transaction.
const PART: i64 = 500;

impl Events {
    /// Counts what is left of the history of a counter, up to so many parts of 500 events. Answers how many events were
    /// counted. Each part is counted once, whoever does it.
    ///
    /// # Errors
    /// As the database says, or as [`Journal::execute`](guerdon_store::journal::Journal::execute).
    pub async fn count_history(&self, tenant: TenantId, counter: &str, parts: usize) -> Result<u64, Error> {
        let rules = self.rules(tenant).await?;
        let mut counted = 0;
        for _ in 0..parts {
            let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
            let Some(Uncounted { counter, counted_from }) = uncounted(&mut tx, counter).await? else { break };
            let list = events_of_type(Some(counter.event()));
            let page = ListPage { list: &list, from: 0, before: counted_from, limit: PART };
            let found = listed(&mut tx, &page).await?;
            let whole = (found.len() as i64) < PART;
            let mut tallies = Vec::new();
            for event in &found {
                // What was erased since can no longer be counted.
                let Some(body) = payload(&mut tx, event.seq).await? else { continue };
                let tally = counter.tally(&body, event.effective_at, &rules.zone);
                tallies.extend(tally.map(|tally| (tally, event.effective_at)));
            }
            drop(tx);
            counted += found.len() as u64;
            let counts_from = found.last().map(|event| event.seq).filter(|_| !whole);
            let key = format!("count {} {counted_from}", counter.id());
            let command = CountHistory { counter: counter.id(), counted_from, counts_from, tallies };
            match self.journal().execute(by_system(tenant, key), command).await {
                Ok(_) | Err(Error::Refused { refusal: Refusal::NotDue, .. }) => {}
                Err(error) => return Err(error),
            }
            if whole {
                break;
            }
        }
        Ok(counted)
    }
}
