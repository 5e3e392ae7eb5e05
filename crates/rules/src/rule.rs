//! Rules: the document, whole.

use crate::action::{self, Action};
use crate::condition::{self, Condition};
use crate::counter::Counter;
use crate::duration::Duration;
use crate::fields::{self, Fields};
use crate::flaw::{Flaw, FlawCode, Flaws, Place};
use crate::limits;
use crate::window::Window;
use guerdon_ledger::{AssetCode, MAX_MINOR_UNITS, Name};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Whether a rule is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being written.
    Draft,
    /// At work.
    Active,
    /// Not at work for the time being.
    Paused,
    /// Kept for its history.
    Archived,
}

const STATUSES: &[(&str, Status)] = &[
    ("draft", Status::Draft),
    ("active", Status::Active),
    ("paused", Status::Paused),
    ("archived", Status::Archived),
];

/// How the conditions of a rule are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
}

const LOGICS: &[(&str, Logic)] = &[("AND", Logic::And), ("OR", Logic::Or)];

/// How often a rule may take effect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// At most so often for one member.
    pub per_user: Option<i64>,
    /// Within which `per_user` counts; all time where there is none.
    pub per_user_window: Option<Window>,
    /// At most so often in all.
    pub total: Option<i64>,
    /// Not again for the same member before so much time has gone by.
    pub cooldown: Option<Duration>,
}

/// A rule, checked and ready to run.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) status: Status,
    pub(crate) events: Vec<String>,
    pub(crate) logic: Logic,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) actions: Vec<Action>,
    pub(crate) limits: Limits,
    pub(crate) starts_at: Option<Timestamp>,
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) priority: i64,
    pub(crate) exclusive: bool,
    pub(crate) budget: Option<Name>,
    pub(crate) expires_after: Option<Duration>,
    /// How many conditions there are, those in groups counted too.
    pub(crate) size: usize,
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// Every flaw of the document, each with its place.
    pub fn parse(document: &Value) -> Result<Self, Vec<Flaw>> {
        let mut flaws = Flaws::default();
        let rule = Self::read(document, &mut flaws);
        flaws.or(rule)
    }

    fn read(document: &Value, flaws: &mut Flaws) -> Option<Self> {
        let root = Place::ROOT;
        let mut fields = Fields::of(document, &root, "a rule", flaws)?;
        let name = fields.required_text("name", limits::NAME_BYTES, "what the rule is called", flaws);
        let description = fields.text("description", limits::TEXT_BYTES, flaws);
        let status = fields.word("status", STATUSES, flaws).unwrap_or(Status::Active);
        let events = events(&mut fields, flaws);
        let logic = fields.word("logic", LOGICS, flaws).unwrap_or(Logic::And);
        let list = fields.required("conditions", "what must hold; [] where nothing must", flaws);
        let conditions = list.and_then(|list| condition::conditions(list, &root.key("conditions"), flaws));
        let list = fields.required("actions", "what the rule does", flaws);
        let actions = list.and_then(|list| action::actions(list, &root.key("actions"), flaws));
        let limits = Limits::read(&mut fields, flaws);
        let starts_at = instant(&mut fields, "starts_at", flaws);
        let ends_at = instant(&mut fields, "ends_at", flaws);
        let priority = fields.whole("priority", -1_000, 1_000, flaws).unwrap_or_default();
        let exclusive = fields.boolean("exclusive", flaws).unwrap_or_default();
        let budget = action::name(&mut fields, "budget_id", flaws);
        let expires_after = action::duration(&mut fields, "expires_after", flaws);
        fields.finish(flaws);
        let conditions = conditions?;
        let rule = Self {
            size: conditions.iter().map(Condition::size).sum(),
            name: name?,
            description,
            status,
            events: events?,
            logic,
            conditions,
            actions: actions?,
            limits: limits?,
            starts_at,
            ends_at,
            priority,
            exclusive,
            budget,
            expires_after,
        };
        rule.check(flaws);
        Some(rule)
    }

    /// What no field shows by itself.
    fn check(&self, flaws: &mut Flaws) {
        let root = Place::ROOT;
        if let (Some(starts_at), Some(ends_at)) = (self.starts_at, self.ends_at)
            && starts_at >= ends_at
        {
            flaws.invalid(&root.key("ends_at"), format!("the rule must end after it starts, at {starts_at}"));
        }
        if self.size > limits::CONDITIONS {
            let detail =
                format!("a rule has at most {} conditions, this has {}", limits::CONDITIONS, self.size);
            flaws.limit(&root.key("conditions"), detail);
        }
        if condition::regexes(&self.conditions) > limits::REGEXES {
            let detail = format!("a rule has at most {} regular expressions", limits::REGEXES);
            flaws.limit(&root.key("conditions"), detail);
        }
        let list = root.key("actions");
        for (index, action) in self.actions.iter().enumerate() {
            if let Action::Reserve { budget: None, .. } = action
                && self.budget.is_none()
            {
                let detail = "a reservation needs a budget_id, here or on the rule";
                flaws.add(&list.index(index).key("budget_id"), FlawCode::MissingField, detail);
            }
        }
    }

    /// The canonical form: fields with their usual value are left out, and paths are written with dots.
    /// Parsing it gives the same rule.
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
        put("name", self.name.as_str().into());
        put("status", word_of(STATUSES, self.status).into());
        put("logic", word_of(LOGICS, self.logic).into());
        put("conditions", condition::list(&self.conditions).into());
        put("actions", self.actions.iter().map(Action::to_json).collect::<Vec<_>>().into());
        let limits = self.limits.to_json();
        let optional: [(&str, Option<Value>); 9] = [
            ("description", self.description.as_deref().map(Value::from)),
            ("event", self.events_json()),
            ("limits", limits.as_object().is_some_and(|limits| !limits.is_empty()).then_some(limits)),
            ("starts_at", self.starts_at.map(|at| at.to_string().into())),
            ("ends_at", self.ends_at.map(|at| at.to_string().into())),
            ("priority", (self.priority != 0).then(|| self.priority.into())),
            ("exclusive", self.exclusive.then(|| true.into())),
            ("budget_id", self.budget.as_ref().map(|budget| budget.as_str().into())),
            ("expires_after", self.expires_after.map(|duration| duration.to_string().into())),
        ];
        for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            put(name, value);
        }
        document.into()
    }

    fn events_json(&self) -> Option<Value> {
        match &self.events[..] {
            [] => None,
            [one] => Some(one.as_str().into()),
            many => Some(many.to_vec().into()),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in the words of whoever wrote it.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether it is at work. Neither [`RuleSet`](crate::RuleSet) nor anything else here looks at this.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The types of events that it looks at; all of them where there are none.
    pub fn events(&self) -> &[String] {
        &self.events
    }

    /// How often it may take effect.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// From when on events count, by when they occurred.
    pub fn starts_at(&self) -> Option<Timestamp> {
        self.starts_at
    }

    /// From when on events no longer count, by when they occurred.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.ends_at
    }

    /// Rules of higher priority come first: −1,000 to 1,000.
    pub fn priority(&self) -> i64 {
        self.priority
    }

    /// Whether rules after it are left out once it has taken effect.
    pub fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    /// The budget that its credits are charged to.
    pub fn budget_id(&self) -> Option<&Name> {
        self.budget.as_ref()
    }

    /// How long what it gives can be used.
    pub fn expires_after(&self) -> Option<Duration> {
        self.expires_after
    }

    /// Whether it looks at the referral that brought the member, or rewards somebody whom that names.
    pub fn is_about_referrals(&self) -> bool {
        self.to_json().to_string().contains("$referral.")
    }

    /// Whether it looks at anything beside the event and history, or uses a budget. Where it does not, the event alone
    /// tells whom it is about and what it moves.
    pub fn looks_beyond_the_event(&self) -> bool {
        let text = self.to_json().to_string();
        self.budgets().next().is_some()
            || ["$member.", "$referral.", "\"expr\""].iter().any(|part| text.contains(part))
    }

    /// The budgets that it uses.
    pub fn budgets(&self) -> impl Iterator<Item = &Name> {
        self.budget.iter().chain(self.actions.iter().filter_map(Action::budget))
    }

    /// The assets that it names.
    pub fn assets(&self) -> impl Iterator<Item = &AssetCode> {
        self.actions.iter().filter_map(|action| action.worth()?.asset())
    }

    /// What it counts of history, each counter once.
    pub fn counters(&self) -> impl Iterator<Item = &Arc<Counter>> {
        let facts = self.facts();
        let mut seen = Vec::new();
        facts.into_iter().map(|fact| &fact.counter).filter(move |counter| {
            let is_new = !seen.contains(&counter.id());
            seen.push(counter.id());
            is_new
        })
    }

    pub(crate) fn facts(&self) -> Vec<&condition::Fact> {
        let mut facts = Vec::new();
        self.conditions.iter().for_each(|condition| condition.facts(&mut facts));
        facts
    }

    /// Whether an event that occurred then falls into the rule's time.
    pub(crate) fn is_in_schedule(&self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|starts_at| starts_at <= at)
            && self.ends_at.is_none_or(|ends_at| at < ends_at)
    }
}

impl Limits {
    fn read(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Self> {
        let Some(value) = fields.optional("limits") else { return Some(Self::default()) };
        let place = fields.place().key("limits");
        let mut inner = Fields::of(value, &place, "limits", flaws)?;
        let per_user = inner.whole("per_user", 1, MAX_MINOR_UNITS, flaws);
        let expected = "a duration such as P30D, or one of hour day week month quarter year";
        let per_user_window = inner.parsed("per_user_window", expected, Window::parse, flaws);
        let total = inner.whole("total", 1, MAX_MINOR_UNITS, flaws);
        let cooldown = action::duration(&mut inner, "cooldown", flaws);
        if per_user_window.is_some() && !inner.has("per_user") {
            let detail = "per_user_window needs per_user: how often within it";
            flaws.add(&place.key("per_user"), FlawCode::MissingField, detail);
        }
        inner.finish(flaws);
        Some(Self { per_user, per_user_window, total, cooldown })
    }

    fn to_json(&self) -> Value {
        let mut document = Map::new();
        let optional: [(&str, Option<Value>); 4] = [
            ("per_user", self.per_user.map(Value::from)),
            ("per_user_window", self.per_user_window.map(|window| window.to_string().into())),
            ("total", self.total.map(Value::from)),
            ("cooldown", self.cooldown.map(|cooldown| cooldown.to_string().into())),
        ];
        let given = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        document.extend(given);
        document.into()
    }
}

fn word_of<T: PartialEq>(words: &[(&'static str, T)], of: T) -> &'static str {
    words.iter().find(|(_, word)| *word == of).map_or("", |(name, _)| name)
}

fn events(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Vec<String>> {
    let Some(value) = fields.optional("event") else { return Some(Vec::new()) };
    let place = fields.place().key("event");
    let Value::Array(elements) = value else {
        return fields::text(value, &place, limits::EVENT_TYPE_BYTES, flaws).map(|event| vec![event]);
    };
    if elements.is_empty() || elements.len() > limits::EVENT_TYPES {
        let detail = format!("name 1 to {} event types, or leave event out for all", limits::EVENT_TYPES);
        flaws.limit(&place, detail);
        return None;
    }
    let mut events = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let event = fields::text(element, &place.index(index), limits::EVENT_TYPE_BYTES, flaws)?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Some(events)
}

fn instant(fields: &mut Fields<'_>, name: &'static str, flaws: &mut Flaws) -> Option<Timestamp> {
    let expected = "an RFC 3339 instant such as 2026-01-31T00:00:00Z";
    let read = |text: &str| text.parse().map_err(|_| format!("this must be {expected}, not {text:?}"));
    fields.parsed(name, expected, read, flaws)
}
