//! Events: a product tells what happened in it, active rules decide who earns what, and all of it is one transaction.

mod count;
mod counted;
mod draft;
mod effect;
mod event;
mod limits;
mod lists;
mod record;
mod service;
mod simulate;
mod told;
mod views;

pub(crate) use counted::Counted;
pub use effect::Effect;
pub use event::{BadEvent, Event, MAX_BYTES, checked_type, key_of};
pub use lists::{Execution, Whose, events_of_type, executions};
pub use record::RecordEvent;
pub use service::Events;
pub use simulate::{Simulated, Simulation, Summary};
pub use told::{BUDGET_EVENT, EVENT, Matched, Outcome, Told};
