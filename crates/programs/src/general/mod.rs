//! The general ledger: credits, debits, reversals, holds, and transactions of any form.

mod credit;
mod hold;
mod reverse;
mod transact;

pub use credit::{Credit, Direction, member_account};
pub use hold::{CaptureHold, PlaceHold, ReleaseHold};
pub use reverse::Reverse;
pub use transact::{MAX_POSTINGS, Transact, check_kind};
