//! Followers: whoever is told of transactions as they are recorded.

use super::record::Record;
use crate::records::TenantId;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// What is called with the transactions of a tenant that a batch recorded.
type Follower = Box<dyn Fn(TenantId, &[Arc<Record>]) + Send + Sync>;

/// Those that are told by the lanes of one journal.
#[derive(Clone, Default)]
pub(super) struct Followers(Arc<RwLock<Vec<Follower>>>);

impl Followers {
    pub(super) fn add(&self, follower: impl Fn(TenantId, &[Arc<Record>]) + Send + Sync + 'static) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(follower));
    }

    /// Tells of transactions that were committed.
    pub(super) fn tell(&self, tenant: TenantId, records: &[Arc<Record>]) {
        let followers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        followers.iter().for_each(|follower| follower(tenant, records));
    }
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let followers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_tuple("Followers").field(&followers.len()).finish()
    }
}
