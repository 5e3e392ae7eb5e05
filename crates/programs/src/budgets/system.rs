//! What the program does by itself, and what the journal calls it then.

use guerdon_store::TenantId;
use guerdon_store::journal::{Envelope, Idempotency};
use std::sync::Arc;

/// How the journal names what the program does by itself.
pub const SYSTEM: &str = "system";

/// What the program does by itself, once for a key. No caller's key holds a blank.
pub(crate) fn by_system(tenant: TenantId, key: String) -> Envelope {
    let key: Arc<str> = key.into();
    let idempotency = Idempotency { fingerprint: key.clone(), key };
    Envelope { tenant, actor: SYSTEM.into(), idempotency: Some(idempotency) }
}
