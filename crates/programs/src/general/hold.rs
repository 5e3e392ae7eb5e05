//! Holds: reserve an amount, then capture it or release it.

use crate::{Refusal, assets};
use guerdon_ledger::{AccountPath, Amount, AssetCode, HoldKey, HoldOp, Movement};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Reserves an amount on an account for a reference.
#[derive(Debug)]
pub struct PlaceHold {
    /// On which account, and for what.
    pub key: HoldKey,
    /// Of what.
    pub asset: AssetCode,
    /// How much, in minor units.
    pub amount: Amount,
    /// From when on it can no longer be captured.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for PlaceHold {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs {
            accounts: vec![self.key.account.clone().in_asset(&self.asset)],
            holds: vec![self.key.clone()],
            documents: assets::needed(std::iter::once(&self.asset)),
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        assets::check(seen, &self.asset)?;
        super::refuse_budgets(std::iter::once(&self.key.account))?;
        super::refuse_stages(&self.key.reference)?;
        if self.key.account.is_source() {
            return Err(Refusal::Forbidden(
                "a source of value has nothing to reserve: hold on a pool or a wallet",
            ));
        }
        let place = HoldOp::Place {
            key: self.key.clone(),
            asset: self.asset.clone(),
            amount: self.amount,
            expires_at_us: self.expires_at.map(Timestamp::as_microsecond),
        };
        Ok(hold_decision("hold", place, &self.reason))
    }
}

/// Moves what a hold reserved to another account, all that remains or a part.
#[derive(Debug)]
pub struct CaptureHold {
    /// Which hold.
    pub key: HoldKey,
    /// Who receives.
    pub to: AccountPath,
    /// How much, in minor units; all that remains where `None`.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<String>,
    /// Whether the platform asks: nobody else gives back to issuance.
    pub by_platform: bool,
}

impl Command for CaptureHold {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { holds: vec![self.key.clone()], ..Needs::default() }
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        super::refuse_budgets([&self.key.account, &self.to].into_iter())?;
        super::refuse_stages(&self.key.reference)?;
        let issuance = AccountPath::issuance();
        if !self.by_platform && self.to == issuance {
            return Err(Refusal::PlatformOnly(issuance));
        }
        let capture = HoldOp::Capture { key: self.key.clone(), to: self.to.clone(), amount: self.amount };
        Ok(hold_decision("capture", capture, &self.reason))
    }
}

/// Gives back what a hold reserved, all that remains or a part.
#[derive(Debug)]
pub struct ReleaseHold {
    /// Which hold.
    pub key: HoldKey,
    /// How much, in minor units; all that remains where `None`.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for ReleaseHold {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { holds: vec![self.key.clone()], ..Needs::default() }
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        super::refuse_budgets(std::iter::once(&self.key.account))?;
        super::refuse_stages(&self.key.reference)?;
        let release = HoldOp::Release { key: self.key.clone(), amount: self.amount };
        Ok(hold_decision("release", release, &self.reason))
    }
}

fn hold_decision(kind: &str, op: HoldOp, reason: &Option<String>) -> Decision {
    let reference = op.key().reference.as_str().to_owned();
    Decision {
        kind: kind.to_owned(),
        movement: Movement { holds: vec![op], ..Movement::default() },
        reason: reason.clone(),
        reference: Some(reference),
        ..Decision::default()
    }
}
