//! Webhooks that come in: what a configured source has signed becomes an event.
//!
//! A source is a document. Its secrets stand in it sealed by the [vault](crate::vault), two of them at most, so that one
//! can follow the other without a gap.

mod address;
mod change;
mod create;
mod mapping;
mod origin;
mod receive;
mod remove;
mod rotate;
mod signature;
mod source;
pub use address::address_of;
pub use change::ChangeHookSource;
pub use create::CreateHookSource;
pub use mapping::{Incoming, Mapping, Unmappable};
pub use origin::HeaderName;
pub use receive::{HookError, Hooks, Received};
pub use remove::RemoveHookSource;
pub use rotate::{MAX_OVERLAP_SECONDS, OVERLAP_SECONDS, RotateHookSecret};
pub use signature::{Algorithm, Delivery, Encoding, Scheme, TOLERANCE_SECONDS};
pub use source::{HOOK_SOURCE, HookSource, KeptSecret, SourceId, document_of, seal};
