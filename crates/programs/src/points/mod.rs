//! Points: the platform allocates to a company's pool, the company delegates to leads and departments, and awards to
//! people's wallets.

mod allocate;
mod award;
mod clawback;
mod delegate;
mod pool;
mod stats;

pub use allocate::Allocate;
pub use award::{Award, AwardRequest, AwardSource};
pub use clawback::Clawback;
pub use delegate::{DelegateToDepartment, DelegateToLead};
pub use pool::{PoolStatus, PoolView, pool};
pub use stats::{Stats, stats};
