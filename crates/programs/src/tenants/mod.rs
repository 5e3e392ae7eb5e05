//! Tenants: make, change, suspend, resume, close.

mod change;
mod create;
mod lifecycle;

pub use change::ChangeTenant;
pub use create::{NewTenant, create};
pub use lifecycle::SetStatus;
