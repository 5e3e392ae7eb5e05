//! The history that rules ask for.

use crate::Error;
use crate::events::Events;
use guerdon_store::jobs::Due;

/// Parts of 500 events that are counted at a time; then others have their turn.
const PARTS: usize = 20;

/// Counts a part of the history of a counter.
pub(super) async fn count(events: &Events, due: &Due) -> Result<u64, Error> {
    // One whose history is empty is done too: that it is counted to its end is recorded.
    Ok(events.count_history(due.tenant, &due.subject, PARTS).await?.max(1))
}
