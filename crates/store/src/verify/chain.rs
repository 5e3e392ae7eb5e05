//! The chain: rows without gaps, in the order of time, each with the hash that follows from the row before it.

use super::report::{Findings, plain};
use crate::driver::{DbError, Row};
use crate::journal::record::hash_of;
use crate::journal::transaction_id;
use crate::records::TenantId;
use guerdon_ledger::chain::Hash;

/// Where the walk through a journal has come to.
#[derive(Debug)]
pub(super) struct Chain {
    tenant: TenantId,
    /// The last row's place; 0 before the first.
    pub(super) seq: i64,
    /// The last row's hash as it is stored.
    pub(super) hash: String,
    /// The last row's recorded time, in microseconds since 1970 UTC.
    pub(super) recorded_at: i64,
    /// What the next row may follow: the hash that the last row has and, where it is another, the one it should have, so
    /// that a row is not blamed for the row before it. Nothing after a gap.
    links: Vec<Hash>,
}

impl Chain {
    pub(super) fn new(tenant: TenantId) -> Self {
        let hash = Hash::GENESIS.to_hex();
        Self { tenant, seq: 0, hash, recorded_at: i64::MIN, links: vec![Hash::GENESIS] }
    }

    /// Takes the next row and notes what does not fit.
    pub(super) fn take(&mut self, row: &Row, findings: &mut Findings) -> Result<(), DbError> {
        let seq = row.int(0)?;
        let key = transaction_id(seq);
        if seq != self.seq.saturating_add(1) {
            self.note_gap(seq, findings);
            self.links.clear();
        }
        let recorded_at = row.int(5)?;
        if recorded_at < self.recorded_at {
            let (expected, found) = (format!("{} or later", self.recorded_at), recorded_at.to_string());
            let what = "it was recorded before the transaction before it";
            findings.note("journal", &key, what, Some(expected), Some(found));
        }
        self.check_hash(row, &key, findings);
        self.seq = seq;
        self.recorded_at = recorded_at;
        Ok(())
    }

    fn note_gap(&self, seq: i64, findings: &mut Findings) {
        let first = self.seq.saturating_add(1);
        match seq.saturating_sub(first) {
            1 => findings.note("journal", transaction_id(first), "the row is missing", None, None),
            2.. => {
                let key = format!("{} to {}", transaction_id(first), transaction_id(seq - 1));
                findings.note("journal", key, "the rows are missing", None, None);
            }
            _ => findings.note(
                "journal",
                transaction_id(seq),
                "no transaction can have this place",
                None,
                None,
            ),
        }
    }

    fn check_hash(&mut self, row: &Row, key: &str, findings: &mut Findings) {
        let (columns, stored) = match row.values().split_last() {
            Some((stored, columns)) => (columns, plain(stored)),
            None => (&[][..], String::new()),
        };
        let computed: Vec<Hash> =
            self.links.iter().map(|previous| hash_of(self.tenant, columns, previous)).collect();
        if !computed.is_empty() && !computed.iter().any(|hash| hash.to_hex() == stored) {
            let what = "the row, or its hash, is not what was recorded";
            findings.note("journal", key, what, computed.first().map(Hash::to_hex), Some(stored.clone()));
        }
        self.links = Hash::from_hex(&stored).into_iter().chain(computed.first().copied()).collect();
        self.links.dedup();
        self.hash = stored;
    }
}
