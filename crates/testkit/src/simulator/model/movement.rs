//! What moving value comes to: sums and holds before and after, or the first thing that stands in the way.

use super::{Effect, Kept, Model, Sum};
use guerdon_ledger::{
    AccountKey, AccountPath, Amount, AssetCode, Hold, HoldKey, HoldStatus, MAX_MINOR_UNITS, Posting, Refusal,
};

/// What happens to a hold.
#[derive(Debug, Clone)]
pub(in crate::simulator) enum Step {
    Place { key: HoldKey, asset: AssetCode, amount: Amount, expires_at_us: Option<i64> },
    Capture { key: HoldKey, to: AccountPath, amount: Option<Amount> },
    Release { key: HoldKey, amount: Option<Amount> },
}

/// An upper bound on one number of one balance.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) code: &'static str,
    pub(super) account: AccountKey,
    /// Whether it bounds what is held, or what lies there.
    pub(super) held: bool,
    pub(super) most: i64,
}

/// A movement in the making.
struct Sheet<'a> {
    model: &'a Model,
    at_us: i64,
    effect: Effect,
}

impl Model {
    /// What a movement comes to at an instant.
    pub(super) fn movement(
        &self,
        postings: &[Posting],
        steps: &[Step],
        limit: Option<&Limit>,
        at_us: i64,
    ) -> Result<Effect, Refusal> {
        let mut sheet = Sheet { model: self, at_us, effect: Effect::default() };
        for posting in postings {
            sheet.post(posting.clone());
        }
        for step in steps {
            sheet.take(step)?;
        }
        sheet.check()?;
        if let Some(limit) = limit {
            sheet.check_limit(limit)?;
        }
        Ok(sheet.effect)
    }
}

impl Sheet<'_> {
    fn post(&mut self, posting: Posting) {
        let amount = posting.amount().minor_units();
        self.sum(posting.from().clone().in_asset(posting.asset())).posted -= amount;
        self.sum(posting.to().clone().in_asset(posting.asset())).posted += amount;
        self.effect.postings.push(posting);
    }

    fn take(&mut self, step: &Step) -> Result<(), Refusal> {
        match step {
            Step::Place { key, asset, amount, expires_at_us } => {
                if self.find(key).is_some() {
                    return Err(Refusal::HoldExists { key: key.clone() });
                }
                self.sum(key.account.clone().in_asset(asset)).held += amount.minor_units();
                let hold = Hold {
                    key: key.clone(),
                    asset: asset.clone(),
                    amount: *amount,
                    captured: 0,
                    released: 0,
                    expires_at_us: *expires_at_us,
                };
                let seq = self.model.seq + 1;
                self.effect.holds.push((None, Kept { hold, placed: seq, seq }));
            }
            Step::Capture { key, to, amount } => {
                let (mut kept, part) = self.open(key, *amount)?;
                if let Some(expires_at_us) = kept.hold.expires_at_us.filter(|end| *end <= self.at_us) {
                    return Err(Refusal::HoldExpired { key: key.clone(), expires_at_us });
                }
                let asset = kept.hold.asset.clone();
                let posting = Posting::new(key.account.clone(), to.clone(), asset.clone(), part)
                    .map_err(|_| Refusal::CaptureToItself { account: to.clone() })?;
                self.sum(key.account.clone().in_asset(&asset)).held -= part.minor_units();
                self.post(posting);
                kept.hold.captured += part.minor_units();
                self.keep(kept);
            }
            Step::Release { key, amount } => {
                let (mut kept, part) = self.open(key, *amount)?;
                self.sum(key.account.clone().in_asset(&kept.hold.asset)).held -= part.minor_units();
                kept.hold.released += part.minor_units();
                self.keep(kept);
            }
        }
        Ok(())
    }

    /// The hold and the part of it that is meant; all of what is left, where none is named.
    fn open(&self, key: &HoldKey, amount: Option<Amount>) -> Result<(Kept, Amount), Refusal> {
        let kept = self.find(key).cloned().ok_or_else(|| Refusal::HoldNotFound { key: key.clone() })?;
        let left = kept.hold.amount.minor_units() - kept.hold.captured - kept.hold.released;
        if left == 0 {
            let status = if kept.hold.captured > 0 { HoldStatus::Captured } else { HoldStatus::Released };
            return Err(Refusal::HoldResolved { key: key.clone(), status });
        }
        let wanted = amount.map_or(left, Amount::minor_units);
        if wanted > left {
            return Err(Refusal::HoldTooSmall { key: key.clone(), remaining: left, requested: wanted });
        }
        Ok((kept, Amount::new(wanted).expect("what is left of a hold is an amount")))
    }

    fn find(&self, key: &HoldKey) -> Option<&Kept> {
        let here = self.effect.holds.iter().map(|(_, kept)| kept).find(|kept| kept.hold.key == *key);
        here.or_else(|| self.model.holds.get(key))
    }

    fn keep(&mut self, mut kept: Kept) {
        kept.seq = self.model.seq + 1;
        match self.effect.holds.iter_mut().find(|(_, here)| here.hold.key == kept.hold.key) {
            Some((_, here)) => *here = kept,
            None => self.effect.holds.push((self.model.holds.get(&kept.hold.key).cloned(), kept)),
        }
    }

    fn sum(&mut self, key: AccountKey) -> &mut Sum {
        let at = self.effect.balances.iter().position(|(here, ..)| *here == key).unwrap_or_else(|| {
            let before = self.model.balances.get(&key).copied();
            let after = Sum { seq: self.model.seq + 1, ..before.unwrap_or_default() };
            self.effect.balances.push((key, before, after));
            self.effect.balances.len() - 1
        });
        &mut self.effect.balances[at].2
    }

    /// No number leaves its bounds, and only sources of value give what they do not have.
    fn check(&self) -> Result<(), Refusal> {
        for (key, before, after) in &self.effect.balances {
            let (account, asset) = (key.account.clone(), key.asset.clone());
            if after.posted.abs() > MAX_MINOR_UNITS || after.held.abs() > MAX_MINOR_UNITS {
                return Err(Refusal::BalanceOverflow { account, asset });
            }
            let before = before.unwrap_or_default();
            let (available, left) = (before.posted - before.held, after.posted - after.held);
            let path = account.as_str();
            let source = path == "issuance" || path.starts_with("funding:");
            if left < 0 && left < available && !source {
                let requested = available - left;
                return Err(Refusal::InsufficientBalance { account, asset, available, requested });
            }
        }
        Ok(())
    }

    fn check_limit(&self, limit: &Limit) -> Result<(), Refusal> {
        let touched = self.effect.balances.iter().find(|(key, ..)| *key == limit.account);
        let known = self.model.balances.get(&limit.account).copied();
        let sum = touched.map(|(.., after)| *after).or(known).unwrap_or_default();
        let number = if limit.held { sum.held } else { sum.posted };
        match number <= limit.most {
            true => Ok(()),
            false => Err(Refusal::LimitExceeded { code: limit.code, limit: limit.most, sum: number }),
        }
    }
}
