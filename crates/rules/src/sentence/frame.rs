//! What is understood of a sentence so far.

use super::Misread;
use super::money::Amount;
use super::number::Decimal;
use super::vocabulary::{ORDER, Party, REFERRAL};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Size {
    /// Always as much.
    Fixed(Amount),
    /// A share of what was spent, in hundredths.
    Percent(Decimal),
    /// So much for every so much that was spent.
    PerSpent { gives: Amount, spent: Amount },
    /// So many times the points that there are usually.
    Multiple(Decimal),
    /// An achievement.
    Achievement(String),
    /// A reward of the catalogue.
    Reward(String),
}

/// A gift, and where in the sentence it stands, in tokens.
#[derive(Debug, Clone)]
pub(super) struct Gift {
    pub(super) size: Size,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A person that something is given to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mention {
    pub(super) party: Party,
    pub(super) at: usize,
    /// Whether it stands behind `to` or `for`, and so belongs to what was given before.
    pub(super) to: bool,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Measure {
    Count,
    /// Of money, in minor units.
    Sum,
    /// Of different values of a field.
    Distinct(String),
    /// By its unit.
    Streak(&'static str),
}

/// A figure over history, and what it must be.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) measure: Measure,
    /// `None`: a multiple of the number.
    pub(super) operator: Option<&'static str>,
    pub(super) number: i64,
    /// Whether it is meant to be rewarded once, since it stays true.
    pub(super) stays: bool,
}

/// What is understood of a sentence so far.
#[derive(Debug)]
pub(super) struct Frame<'z> {
    pub(super) today: Date,
    pub(super) zone: &'z TimeZone,
    pub(super) gifts: Vec<Gift>,
    pub(super) mentions: Vec<Mention>,
    pub(super) takes: bool,
    pub(super) events: Vec<String>,
    /// Whether `or` stood before what comes now.
    pub(super) either: bool,
    pub(super) friend: bool,
    pub(super) tally: Option<Tally>,
    pub(super) window: Option<String>,
    pub(super) conditions: Vec<Value>,
    pub(super) totals: Vec<(&'static str, Amount)>,
    pub(super) cap: Option<Amount>,
    pub(super) per_user: Option<i64>,
    pub(super) per_user_window: Option<String>,
    pub(super) in_all: Option<i64>,
    pub(super) cooldown: Option<String>,
    pub(super) starts: Option<Date>,
    /// The first day that no longer counts.
    pub(super) ends: Option<Date>,
    pub(super) budget: Option<String>,
    pub(super) from_pool: bool,
    pub(super) confirm: Option<String>,
    pub(super) expires_after: Option<String>,
    pub(super) message: Option<String>,
    pub(super) assumptions: Vec<String>,
    /// Why there can be no draft.
    pub(super) refusal: Option<Misread>,
}

impl<'z> Frame<'z> {
    pub(super) fn new(today: Date, zone: &'z TimeZone) -> Self {
        Self {
            today,
            zone,
            gifts: Vec::new(),
            mentions: Vec::new(),
            takes: false,
            events: Vec::new(),
            either: false,
            friend: false,
            tally: None,
            window: None,
            conditions: Vec::new(),
            totals: Vec::new(),
            cap: None,
            per_user: None,
            per_user_window: None,
            in_all: None,
            cooldown: None,
            starts: None,
            ends: None,
            budget: None,
            from_pool: false,
            confirm: None,
            expires_after: None,
            message: None,
            assumptions: Vec::new(),
            refusal: None,
        }
    }

    /// Refuses, unless there was a reason before.
    pub(super) fn refuse(&mut self, why: Misread) {
        self.refusal.get_or_insert(why);
    }

    pub(super) fn assume(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.assumptions.contains(&text) {
            self.assumptions.push(text);
        }
    }

    /// Notes what happens. A referral and something else together are that of the friend who was referred.
    pub(super) fn happens(&mut self, event: &str) {
        let either = std::mem::take(&mut self.either);
        if self.events.iter().any(|known| known == event) {
            return;
        }
        match self.events.as_slice() {
            [] => self.events.push(event.to_owned()),
            [known] if !either && known == REFERRAL => {
                self.friend = true;
                self.events = vec![event.to_owned()];
            }
            [_] if !either && event == REFERRAL => self.friend = true,
            _ if either => self.events.push(event.to_owned()),
            [known, ..] => {
                let (first, second) = (known.clone(), event.to_owned());
                self.refuse(Misread::Several { first, second });
            }
        }
    }

    /// Notes a figure; a sentence has one.
    pub(super) fn counts(&mut self, tally: Tally) {
        match self.tally {
            None => self.tally = Some(tally),
            Some(_) => self.refuse(Misread::Unclear("it counts more than one thing".to_owned())),
        }
    }

    /// Notes a condition on a field.
    pub(super) fn tests(&mut self, field: &str, operator: &str, value: impl Into<Value>) {
        self.conditions.push(json!({"field": field, "operator": operator, "value": value.into()}));
    }

    /// The type of event that it is about: an order, where only money is spoken of.
    pub(super) fn event(&self) -> Option<&str> {
        let spends =
            |gift: &Gift| matches!(gift.size, Size::Percent(_) | Size::PerSpent { .. } | Size::Multiple(_));
        match self.events.first() {
            Some(event) => Some(event),
            None if self.gifts.iter().any(spends) || !self.totals.is_empty() => Some(ORDER),
            None => None,
        }
    }
}
