//! The end of a hold that nobody captured in time.

use crate::Refusal;
use guerdon_ledger::{HoldKey, HoldOp, Movement};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Gives back what remains of a hold that ran out.
#[derive(Debug, Clone)]
pub struct ExpireHold {
    /// Which hold.
    pub key: HoldKey,
}

impl Command for ExpireHold {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { holds: vec![self.key.clone()], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let HoldKey { account, reference } = &self.key;
        let hold = seen.hold(&self.key).ok_or_else(|| Refusal::HoldNotFound {
            account: account.clone(),
            reference: reference.to_string(),
        })?;
        if hold.remaining() == 0 || !hold.has_expired(at.as_microsecond()) {
            return Err(Refusal::NotDue);
        }
        let release = HoldOp::Release { key: self.key.clone(), amount: None };
        Ok(Decision {
            kind: "expire".to_owned(),
            movement: Movement { holds: vec![release], ..Movement::default() },
            reference: Some(reference.to_string()),
            ..Decision::default()
        })
    }
}
