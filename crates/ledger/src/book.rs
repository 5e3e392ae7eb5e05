//! The books: balances and holds, and what a movement does to them.

use crate::account::{AccountKey, AccountPath};
use crate::amount::Amount;
use crate::balance::Balance;
use crate::guard::{Guard, Measure};
use crate::hold::{Hold, HoldKey, HoldOp};
use crate::posting::Posting;
use crate::refusal::Refusal;
use foldhash::HashMap;

/// Everything that one transaction does to the books, as one: all of it happens or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Movement {
    /// Value that moves.
    pub postings: Vec<Posting>,
    /// Holds placed, captured and released.
    pub holds: Vec<HoldOp>,
    /// Bounds that must hold afterwards.
    pub guards: Vec<Guard>,
}

/// A balance before and after a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceChange {
    /// Whose.
    pub key: AccountKey,
    /// What it was.
    pub before: Balance,
    /// What it is.
    pub after: Balance,
    /// Whether the books knew the account before; one they did not counted as empty.
    pub was_known: bool,
}

/// A hold before and after a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldChange {
    /// What it was; `None` where the movement placed it.
    pub before: Option<Hold>,
    /// What it is.
    pub after: Hold,
}

/// What a movement did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// All postings: those of the movement, then those its captures made.
    pub postings: Vec<Posting>,
    /// Each balance touched, once, in the order of first touch.
    pub balances: Vec<BalanceChange>,
    /// Each hold touched, once, in the order of first touch.
    pub holds: Vec<HoldChange>,
}

/// Balances and holds of one tenant. An account never touched has a balance of zero.
///
/// Invariants, kept by [`Book::apply`]: the balances of an asset sum to zero; only sources of value have less than
/// nothing available; what is held on an account is the sum of what its open holds reserve.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    balances: HashMap<AccountKey, Balance>,
    holds: HashMap<HoldKey, Hold>,
}

impl Book {
    /// The balance of an account in an asset.
    pub fn balance(&self, key: &AccountKey) -> Balance {
        self.balances.get(key).copied().unwrap_or_default()
    }

    /// A hold, where there is one.
    pub fn hold(&self, key: &HoldKey) -> Option<&Hold> {
        self.holds.get(key)
    }

    /// Every balance that was ever touched, in no order.
    pub fn balances(&self) -> impl Iterator<Item = (&AccountKey, &Balance)> {
        self.balances.iter()
    }

    /// Every hold that was ever placed, in no order.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values()
    }

    /// Puts a balance as it was stored.
    pub fn load_balance(&mut self, key: AccountKey, balance: Balance) {
        self.balances.insert(key, balance);
    }

    /// Puts a hold as it was stored.
    pub fn load_hold(&mut self, hold: Hold) {
        self.holds.insert(hold.key.clone(), hold);
    }

    /// Whether the balance is known, be it zero.
    pub fn has_balance(&self, key: &AccountKey) -> bool {
        self.balances.contains_key(key)
    }

    /// How many balances and holds are known.
    pub fn len(&self) -> usize {
        self.balances.len() + self.holds.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies a movement at an instant (microseconds since 1970 UTC), whole or not at all.
    ///
    /// # Errors
    /// A [`Refusal`] that names what stood in the way; the books are as before.
    pub fn apply(&mut self, movement: &Movement, at_us: i64) -> Result<Effects, Refusal> {
        let mut draft = Draft { book: self, effects: Effects::default(), at_us };
        for posting in &movement.postings {
            draft.post(posting.clone())?;
        }
        for op in &movement.holds {
            draft.operate(op)?;
        }
        draft.check_balances()?;
        for guard in &movement.guards {
            draft.check_guard(guard)?;
        }
        let effects = draft.effects;
        for change in &effects.balances {
            self.balances.insert(change.key.clone(), change.after);
        }
        for change in &effects.holds {
            self.holds.insert(change.after.key.clone(), change.after.clone());
        }
        Ok(effects)
    }

    /// Takes back what [`Book::apply`] did last: the books are as they were before it, and what they did not know
    /// then they do not know now.
    pub fn undo(&mut self, effects: &Effects) {
        for change in &effects.balances {
            match change.was_known {
                true => self.balances.insert(change.key.clone(), change.before),
                false => self.balances.remove(&change.key),
            };
        }
        for change in &effects.holds {
            match &change.before {
                Some(before) => self.holds.insert(before.key.clone(), before.clone()),
                None => self.holds.remove(&change.after.key),
            };
        }
    }
}

/// A movement half applied, beside the book that it will change.
struct Draft<'a> {
    book: &'a Book,
    effects: Effects,
    at_us: i64,
}

impl Draft<'_> {
    fn post(&mut self, posting: Posting) -> Result<(), Refusal> {
        let amount = posting.amount().minor_units();
        self.shift(posting.from(), &posting, -amount)?;
        self.shift(posting.to(), &posting, amount)?;
        self.effects.postings.push(posting);
        Ok(())
    }

    fn shift(&mut self, account: &AccountPath, posting: &Posting, by: i64) -> Result<(), Refusal> {
        let key = AccountKey { account: account.clone(), asset: posting.asset().clone() };
        let balance = self.balance_mut(&key);
        balance.posted = balance.posted.checked_add(by).ok_or_else(|| overflow(&key))?;
        Ok(())
    }

    fn operate(&mut self, op: &HoldOp) -> Result<(), Refusal> {
        match op {
            HoldOp::Place { key, asset, amount, expires_at_us } => self.place(Hold {
                key: key.clone(),
                asset: asset.clone(),
                amount: *amount,
                captured: 0,
                released: 0,
                expires_at_us: *expires_at_us,
            }),
            HoldOp::Capture { key, to, amount } => self.capture(key, to, *amount),
            HoldOp::Release { key, amount } => {
                let (mut hold, part) = self.open_hold(key, *amount)?;
                hold.released += part.minor_units();
                self.reserve(&hold, -part.minor_units())?;
                self.put_hold(hold);
                Ok(())
            }
        }
    }

    fn place(&mut self, hold: Hold) -> Result<(), Refusal> {
        if self.hold(&hold.key).is_some() {
            return Err(Refusal::HoldExists { key: hold.key });
        }
        self.reserve(&hold, hold.amount.minor_units())?;
        self.effects.holds.push(HoldChange { before: None, after: hold });
        Ok(())
    }

    fn capture(&mut self, key: &HoldKey, to: &AccountPath, amount: Option<Amount>) -> Result<(), Refusal> {
        let (mut hold, part) = self.open_hold(key, amount)?;
        if let Some(expires_at_us) = hold.expires_at_us.filter(|_| hold.has_expired(self.at_us)) {
            return Err(Refusal::HoldExpired { key: hold.key, expires_at_us });
        }
        let posting = Posting::new(key.account.clone(), to.clone(), hold.asset.clone(), part)
            .map_err(|_| Refusal::CaptureToItself { account: to.clone() })?;
        hold.captured += part.minor_units();
        self.reserve(&hold, -part.minor_units())?;
        self.put_hold(hold);
        self.post(posting)
    }

    /// The hold, which must be open, and the part of it that is meant.
    fn open_hold(&self, key: &HoldKey, amount: Option<Amount>) -> Result<(Hold, Amount), Refusal> {
        let hold = self.hold(key).ok_or_else(|| Refusal::HoldNotFound { key: key.clone() })?.clone();
        let remaining = hold.remaining();
        let Ok(rest) = Amount::new(remaining) else {
            return Err(Refusal::HoldResolved { status: hold.status(), key: hold.key });
        };
        let part = amount.unwrap_or(rest);
        match part <= rest {
            true => Ok((hold, part)),
            false => Err(Refusal::HoldTooSmall { key: hold.key, remaining, requested: part.minor_units() }),
        }
    }

    fn reserve(&mut self, hold: &Hold, by: i64) -> Result<(), Refusal> {
        let key = AccountKey { account: hold.key.account.clone(), asset: hold.asset.clone() };
        let balance = self.balance_mut(&key);
        balance.held = balance.held.checked_add(by).ok_or_else(|| overflow(&key))?;
        Ok(())
    }

    /// Every balance ends within bounds, and no account but a source ends with less than nothing available. Net, so
    /// the order of postings does not matter.
    fn check_balances(&self) -> Result<(), Refusal> {
        self.effects.balances.iter().try_for_each(|BalanceChange { key, before, after, .. }| {
            if !after.is_within_bounds() {
                return Err(overflow(key));
            }
            let taken = before.available() - after.available();
            match after.available() < 0 && taken > 0 && !key.account.is_source() {
                false => Ok(()),
                true => Err(Refusal::InsufficientBalance {
                    account: key.account.clone(),
                    asset: key.asset.clone(),
                    available: before.available(),
                    requested: taken,
                }),
            }
        })
    }

    fn check_guard(&self, guard: &Guard) -> Result<(), Refusal> {
        let sum: i128 = guard
            .terms
            .iter()
            .map(|term| {
                let balance = self.balance(&term.account);
                i128::from(match term.measure {
                    Measure::Posted => balance.posted,
                    Measure::Held => balance.held,
                    Measure::Available => balance.available(),
                })
            })
            .sum();
        let below = guard.min.filter(|min| sum < i128::from(*min));
        let above = guard.max.filter(|max| sum > i128::from(*max));
        match below.or(above) {
            None => Ok(()),
            Some(limit) => {
                let sum = sum.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
                Err(Refusal::LimitExceeded { code: guard.code, limit, sum })
            }
        }
    }

    fn balance(&self, key: &AccountKey) -> Balance {
        let touched = self.effects.balances.iter().find(|change| change.key == *key);
        touched.map_or_else(|| self.book.balance(key), |change| change.after)
    }

    fn balance_mut(&mut self, key: &AccountKey) -> &mut Balance {
        let balances = &mut self.effects.balances;
        let index = balances.iter().position(|change| change.key == *key).unwrap_or_else(|| {
            let before = self.book.balance(key);
            let was_known = self.book.has_balance(key);
            balances.push(BalanceChange { key: key.clone(), before, after: before, was_known });
            balances.len() - 1
        });
        &mut balances[index].after
    }

    fn hold(&self, key: &HoldKey) -> Option<&Hold> {
        let touched = self.effects.holds.iter().find(|change| change.after.key == *key);
        touched.map_or_else(|| self.book.hold(key), |change| Some(&change.after))
    }

    fn put_hold(&mut self, hold: Hold) {
        match self.effects.holds.iter_mut().find(|change| change.after.key == hold.key) {
            Some(change) => change.after = hold,
            None => {
                let before = self.book.hold(&hold.key).cloned();
                self.effects.holds.push(HoldChange { before, after: hold });
            }
        }
    }
}

fn overflow(key: &AccountKey) -> Refusal {
    Refusal::BalanceOverflow { account: key.account.clone(), asset: key.asset.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::AssetCode;

    fn give(from: &str, to: &str, amount: i64) -> Movement {
        let [from, to] = [from, to].map(|path| AccountPath::new(path).expect(path));
        let amount = Amount::new(amount).expect("amount");
        let posting = Posting::new(from, to, AssetCode::points(), amount).expect("posting");
        Movement { postings: vec![posting], ..Movement::default() }
    }

    #[test]
    fn an_account_found_below_zero_may_receive_but_not_give() {
        let mut book = Book::default();
        let wallet = AccountPath::new("wallet:bea").expect("path").in_asset(&AssetCode::points());
        book.load_balance(wallet.clone(), Balance { posted: -100, held: 0 });
        assert!(book.apply(&give("issuance", "wallet:bea", 30), 0).is_ok());
        assert_eq!(book.balance(&wallet), Balance { posted: -70, held: 0 });
        let refusal = book.apply(&give("wallet:bea", "redeemed", 5), 0).expect_err("below zero");
        assert_eq!(refusal.to_string(), "wallet:bea has -70 PTS available, 5 were asked for");
    }

    #[test]
    fn undoing_forgets_accounts_that_were_not_known_and_keeps_those_that_were() {
        let mut book = Book::default();
        let wallet = AccountPath::new("wallet:bea").expect("path").in_asset(&AssetCode::points());
        book.load_balance(wallet.clone(), Balance::default());
        let effects = book.apply(&give("issuance", "wallet:bea", 30), 0).expect("effects");
        book.undo(&effects);
        assert!(book.has_balance(&wallet));
        assert_eq!(book.len(), 1);
    }
}
