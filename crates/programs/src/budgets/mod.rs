//! Budgets: money is funded, reserved for a reference, charged and released, under a cap for each period.
//!
//! A budget has no books of its own. What it has lies on `budget:<id>`, a reservation is a hold on that, what a period
//! was charged lies on `spent:<id>:<period>`, and the cap is a bound on the two. How it is configured is a document.

mod adjust;
mod budget;
mod catch_up;
mod change;
mod charge;
mod create;
mod days;
mod entries;
mod follow;
mod forecast;
mod fund;
mod gathering;
mod made;
mod note;
mod period;
mod reconcile;
mod refused;
mod release;
mod report;
mod reservation;
mod reserve;
mod reset;
mod reset_all;
mod reverse;
mod service;
mod spending;
mod system;
mod told;
mod usage;

pub use adjust::Adjust;
pub use budget::{Accounts, Adjustment, BUDGET, Budget, PERIOD, Share, document_of};
pub use change::ChangeBudget;
pub use charge::Charge;
pub use create::{CreateBudget, RESET_JOB};
pub use days::{Calendar, Days};
pub(crate) use entries::lists_of as entry_lists;
pub use entries::{Entry, EntryPage, FoundEntries, entries};
pub use follow::PROJECTION;
pub use forecast::{CONFIDENCE, Estimate, Forecast, METHOD, Trend};
pub use fund::Fund;
pub use note::{Note, Noted};
pub use period::{Period, PeriodKind, day_of};
pub use reconcile::{Fix, Proved, Reconciliation, reconcile_tenant};
pub use release::Release;
pub use report::{CurrencyReport, Report, by_currency, stood};
pub use reservation::ReservationState;
pub use reserve::Reserve;
pub use reset::Reset;
pub use reverse::ReverseCharge;
pub use service::{BudgetNow, Budgets};
pub(crate) use spending::Spending;
pub(crate) use system::by_system;
pub use told::{Correction, Ended, OF_EVENT, Told};
pub use usage::{Crossing, CrossingKind, Level, Usage};
