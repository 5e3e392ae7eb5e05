//! How often a rule may take effect: for one member, in all, and how soon again. What it did is counted like what events
//! say, so a limit is a figure that is looked up.

use super::counted::Counted;
use guerdon_ledger::MemberId;
use guerdon_rules::{Limits, Window};
use guerdon_store::CounterKey;
use guerdon_store::journal::Seen;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The limits of a rule for the member whom an event is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limited<'a> {
    pub(super) rule_id: &'a str,
    pub(super) limits: &'a Limits,
    pub(super) member: Option<&'a MemberId>,
    pub(super) happened_at: Timestamp,
    pub(super) zone: &'a TimeZone,
}

impl Limited<'_> {
    /// What to look at.
    pub(super) fn keys(&self) -> Vec<CounterKey> {
        let mut keys: Vec<_> = self.in_window().unwrap_or_default();
        keys.extend(self.noted());
        keys
    }

    /// Why the rule may not take effect now, in words, where it may not.
    pub(super) fn reached(&self, counted: &Counted, seen: &Seen<'_>) -> Option<String> {
        let count = |key: &CounterKey| counted.get(seen, key).map_or(0, |counter| counter.count);
        if let Some(total) = self.limits.total.filter(|total| count(&self.in_all()) >= *total) {
            return Some(format!("the rule takes effect at most {} in all", times(total)));
        }
        let member = self.member?;
        if let Some(per_user) = self.limits.per_user {
            let keys = self.in_window().or_else(|| Some(vec![self.of_member()?]))?;
            if keys.iter().map(count).sum::<i64>() >= per_user {
                return Some(format!("the rule takes effect at most {} for {member}", times(per_user)));
            }
        }
        let cooldown = self.limits.cooldown?;
        let last_at = counted.get(seen, &self.of_member()?)?.last_at;
        let again_at = cooldown.after(last_at, self.zone);
        (self.happened_at < again_at).then(|| {
            format!("the rule took effect for {member} at {last_at}, and does again from {again_at}")
        })
    }

    /// Takes note of the rule's effect, where a limit asks for it.
    pub(super) fn note(&self, counted: &mut Counted, seen: &Seen<'_>) {
        for key in self.noted() {
            counted.count(seen, key, self.happened_at);
        }
    }

    /// Where one more effect is counted.
    fn noted(&self) -> Vec<CounterKey> {
        let Limits { per_user, per_user_window, total, cooldown } = self.limits;
        let mut keys = Vec::new();
        keys.extend(total.map(|_| self.in_all()));
        let of_member = cooldown.is_some() || (per_user.is_some() && per_user_window.is_none());
        keys.extend(self.of_member().filter(|_| of_member));
        if let (Some(member), Some(window)) = (self.member, per_user_window) {
            keys.push(self.bucket(member, window, window.grain().bucket(self.happened_at, self.zone)));
        }
        keys
    }

    fn in_window(&self) -> Option<Vec<CounterKey>> {
        let (member, window) = (self.member?, self.limits.per_user_window.as_ref()?);
        let buckets = window.buckets(self.happened_at, self.zone);
        Some(buckets.map(|bucket| self.bucket(member, window, bucket)).collect())
    }

    // No id of a rule or a counter holds a blank, so these are none of theirs.
    fn in_all(&self) -> CounterKey {
        CounterKey { counter: format!("rule {}", self.rule_id), subject: String::new(), bucket: 0 }
    }

    fn of_member(&self) -> Option<CounterKey> {
        let subject = self.member?.to_string();
        Some(CounterKey { counter: format!("rule {}", self.rule_id), subject, bucket: 0 })
    }

    fn bucket(&self, member: &MemberId, window: &Window, bucket: i64) -> CounterKey {
        let counter = format!("rule {} {}", self.rule_id, window.grain().as_str());
        CounterKey { counter, subject: member.to_string(), bucket }
    }
}

fn times(number: i64) -> String {
    match number {
        1 => "once".to_owned(),
        number => format!("{number} times"),
    }
}
