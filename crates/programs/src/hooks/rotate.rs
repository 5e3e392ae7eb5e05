//! Giving a source of webhooks a new secret, while the one before it stays good for some time.

use super::signature::SECRETS;
use super::source::{HookSource, KeptSecret, SourceId, document_of, standing};
use crate::Refusal;
use crate::vault::Sealed;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::{SignedDuration, Timestamp};

/// How long the secret before stays good where nobody says otherwise: a day.
pub const OVERLAP_SECONDS: u32 = 86_400;
/// How long it may stay good at most: thirty days.
pub const MAX_OVERLAP_SECONDS: u32 = 30 * 86_400;

/// Gives a source a new secret. Of those before it, the newest stays good for a while.
#[derive(Debug)]
pub struct RotateHookSecret {
    /// Which source.
    pub id: SourceId,
    /// The new secret.
    pub sealed: Sealed,
    /// How long the one before it stays good, at most [`MAX_OVERLAP_SECONDS`]; 0 where it ends at once.
    pub overlap_seconds: u32,
}

impl Command for RotateHookSecret {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: vec![document_of(&self.id)], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let (old, version) = standing(seen, &self.id, None)?;
        let overlap = SignedDuration::from_secs(i64::from(self.overlap_seconds));
        let overlap_ends_at = at.checked_add(overlap).unwrap_or(Timestamp::MAX);
        let mut secrets = vec![KeptSecret { sealed: self.sealed.clone(), added_at: at, ends_at: None }];
        secrets.extend(old.secrets.iter().filter(|secret| secret.is_good(at)).map(|secret| KeptSecret {
            ends_at: Some(secret.ends_at.map_or(overlap_ends_at, |end| end.min(overlap_ends_at))),
            ..secret.clone()
        }));
        secrets.retain(|secret| secret.is_good(at));
        secrets.truncate(SECRETS);
        let new = HookSource { secrets, ..old };
        Ok(Decision {
            kind: "hook_source.rotate".to_owned(),
            changes: vec![new.document(&self.id, version + 1, at)],
            reference: Some(self.id.to_string()),
            ..Decision::default()
        })
    }
}
