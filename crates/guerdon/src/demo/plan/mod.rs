//! The history of a company, thought out before any of it is recorded: what happens on which day, in which order, and
//! never more than there is to give.

mod people;
mod points;
mod shop;

use super::company::{Person, Profile};
use super::dice::Dice;
use super::step::{Action, Step};
use crate::failure::Failure;
use guerdon_ledger::{AccountPath, Amount, HoldKey, MemberId};
use guerdon_store::Role;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::HashMap;

/// Days of the history.
pub(super) const DAYS: i64 = 182;
/// The actor of what the platform does.
const PLATFORM: &str = "platform";

/// What may happen at a minute of a day.
#[derive(Debug, Clone)]
enum Intent {
    Join(usize),
    Leave(usize),
    Allocate,
    Departments,
    Leads,
    Award,
    Spend,
    Order,
    Settle { key: HoldKey, amount: i64 },
    Mistake { step: usize, from: AccountPath, to: MemberId, amount: i64 },
    Referral,
    Clawback,
    Reserve,
}

/// The people and what they do.
pub(super) struct Plan {
    pub(super) people: Vec<Person>,
    pub(super) steps: Vec<Step>,
    /// When it begins.
    pub(super) begins: Timestamp,
}

/// Thinks it out, up to an instant.
///
/// # Errors
/// [`Failure::Input`] where a profile is not what the books can hold.
pub(super) fn plan(profile: &Profile, mut dice: Dice, until: Timestamp) -> Result<Plan, Failure> {
    let zone = profile.zone().map_err(wrong)?.zone();
    let first = until.to_zoned(zone.clone()).date().checked_sub(DAYS.days()).map_err(wrong)?;
    let people = profile.people(&mut dice, DAYS).map_err(wrong)?;
    let mut planner = Planner {
        profile,
        dice,
        people,
        zone,
        shop: String::new(),
        purses: HashMap::new(),
        later: Vec::new(),
        steps: Vec::new(),
        day: 0,
        at: until,
        orders: 1_000,
    };
    planner.shop = planner.open_shop(instant(first, 8 * 60, &planner.zone)?);
    for day in 0..=DAYS {
        planner.live_through(day, first.checked_add(day.days()).map_err(wrong)?, until)?;
    }
    let begins = instant(first, 7 * 60, &planner.zone)?;
    Ok(Plan { people: planner.people, steps: planner.steps, begins })
}

fn wrong(error: impl std::fmt::Display) -> Failure {
    Failure::Input(format!("the demonstration cannot be made: {error}"))
}

/// A minute of a day, with a second of its own.
fn instant(date: Date, minute: i64, zone: &TimeZone) -> Result<Timestamp, Failure> {
    let part = |number: i64| i8::try_from(number).map_err(wrong);
    let time = date.at(part(minute / 60)?, part(minute % 60)?, part(minute * 37 % 60)?, 0);
    Ok(time.to_zoned(zone.clone()).map_err(wrong)?.timestamp())
}

struct Planner<'a> {
    profile: &'a Profile,
    dice: Dice,
    people: Vec<Person>,
    zone: TimeZone,
    /// The actor of the shop.
    shop: String,
    /// What lies where, in points.
    purses: HashMap<AccountPath, i64>,
    /// What is to happen on a later day.
    later: Vec<(i64, i64, Intent)>,
    steps: Vec<Step>,
    day: i64,
    at: Timestamp,
    orders: i64,
}

impl Planner<'_> {
    fn live_through(&mut self, day: i64, date: Date, until: Timestamp) -> Result<(), Failure> {
        self.day = day;
        let mut intents = self.intents(date);
        let (today, later) = std::mem::take(&mut self.later).into_iter().partition(|(due, ..)| *due <= day);
        self.later = later;
        let today: Vec<(i64, i64, Intent)> = today;
        intents.extend(today.into_iter().map(|(_, minute, intent)| (minute, intent)));
        intents.sort_by_key(|(minute, _)| *minute);
        for (minute, intent) in intents {
            self.at = instant(date, minute, &self.zone)?;
            if self.at > until {
                break;
            }
            self.act(intent)?;
        }
        Ok(())
    }

    /// What may happen on a day.
    fn intents(&mut self, date: Date) -> Vec<(i64, Intent)> {
        let day = self.day;
        let mut intents = Vec::new();
        for (index, person) in self.people.iter().enumerate() {
            if person.joins == day {
                intents.push((8 * 60 + 30, Intent::Join(index)));
            }
            if person.leaves == Some(day) {
                intents.push((17 * 60 + 30, Intent::Leave(index)));
            }
        }
        if day == 0 || date.day() == 1 {
            intents.extend([(9 * 60, Intent::Allocate), (9 * 60 + 10, Intent::Departments)]);
        }
        if day == 0 || date.weekday() == Weekday::Monday {
            intents.push((9 * 60 + 20, Intent::Leads));
        }
        if date.day() == 12 {
            intents.push((11 * 60, Intent::Referral));
        }
        if day == DAYS * 3 / 5 {
            intents.push((16 * 60 + 5, Intent::Clawback));
        }
        if day == DAYS - 20 {
            intents.push((10 * 60, Intent::Reserve));
        }
        let works = self.profile.weekends || !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if works {
            let (least, most) = self.profile.awards;
            for _ in 0..self.dice.between(least, most) {
                // Praise comes after the morning round, after lunch, and before going home.
                let minute = *self.dice.pick(&[9 * 60 + 45, 13 * 60 + 15, 16 * 60 + 40]);
                intents.push((minute, Intent::Award));
            }
            if self.dice.chance(55) {
                intents.push((12 * 60 + 30, Intent::Spend));
            }
            if self.dice.chance(20) {
                intents.push((15 * 60 + 10, Intent::Order));
            }
        }
        intents
    }

    fn act(&mut self, intent: Intent) -> Result<(), Failure> {
        match intent {
            Intent::Join(index) => self.join(index),
            Intent::Leave(index) => self.leave(index),
            Intent::Allocate => self.allocate(),
            Intent::Departments => self.fund_departments(),
            Intent::Leads => self.fund_leads(),
            Intent::Award => self.award(),
            Intent::Spend => self.spend(),
            Intent::Order => self.order(),
            Intent::Settle { key, amount } => self.settle(key, amount),
            Intent::Mistake { step, from, to, amount } => self.take_back(step, from, &to, amount),
            Intent::Referral => self.referral(),
            Intent::Clawback => self.claw_back(),
            Intent::Reserve => self.reserve(),
        }
    }

    fn push(&mut self, actor: impl Into<String>, action: Action) -> Result<(), Failure> {
        self.steps.push(Step { at: self.at, actor: actor.into(), action });
        Ok(())
    }

    /// What may be taken from a purse.
    fn has(&self, purse: &AccountPath) -> i64 {
        self.purses.get(purse).copied().unwrap_or_default()
    }

    fn add(&mut self, purse: &AccountPath, amount: i64) {
        *self.purses.entry(purse.clone()).or_default() += amount;
    }

    fn moved(&mut self, from: &AccountPath, to: &AccountPath, amount: i64) {
        self.add(from, -amount);
        self.add(to, amount);
    }

    /// Somebody with a role who is there today.
    fn somebody(&mut self, role: Role) -> Option<Person> {
        let day = self.day;
        let there: Vec<&Person> = self.people.iter().filter(|p| p.role == role && p.is_there(day)).collect();
        if there.is_empty() { None } else { Some((*self.dice.pick(&there)).clone()) }
    }

    fn manager(&self) -> String {
        self.people
            .iter()
            .find(|p| p.role == Role::Manager)
            .map_or_else(|| PLATFORM.to_owned(), |p| p.id.to_string())
    }
}

fn units(amount: i64) -> Result<Amount, Failure> {
    Amount::new(amount).map_err(wrong)
}
