//! What a referral is compared with others by: each thing that is seen of it counts up a mark of its own, so that what
//! earlier referrals were like is known by a few look-ups however many there were.

use super::salt::Salt;
use super::signals::{Signals, counted, household, mailbox};
use guerdon_ledger::MemberId;
use guerdon_store::{Flag, FlagReason, MarkKey, MarkKind, ReferralMark};
use jiff::civil::Date;

/// How long a run of ids or addresses that count up by one is odd.
const RUN: i64 = 3;

/// A thing that was seen of a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sighting {
    /// The mark that counts it.
    pub(super) key: MarkKey,
    /// What the mark must have seen last for this to go on from it; `None` where it always does.
    follows: Option<String>,
    /// What the next one follows.
    last: String,
    /// Why it is odd.
    reason: FlagReason,
    /// From how many on it is odd.
    odd_from: i64,
}

impl Sighting {
    /// The mark once it has counted this, in the referral of an id.
    pub(super) fn counted(&self, mark: Option<&ReferralMark>, referral: &str) -> ReferralMark {
        let goes_on = |mark: &&ReferralMark| self.follows.as_ref().is_none_or(|last| *last == mark.last);
        let before = mark.filter(goes_on);
        ReferralMark {
            key: self.key.clone(),
            count: before.map_or(0, |mark| mark.count).saturating_add(1),
            first: before.map_or_else(|| referral.to_owned(), |mark| mark.first.clone()),
            last: self.last.clone(),
        }
    }

    /// The flag that it raises, given the mark that has counted it.
    pub(super) fn flag(&self, mark: &ReferralMark) -> Option<Flag> {
        (mark.count >= self.odd_from).then(|| Flag {
            reason: self.reason,
            count: mark.count,
            first: Some(mark.first.clone()),
        })
    }
}

/// What a referral is seen by.
#[derive(Debug)]
pub(super) struct Looks<'a> {
    pub(super) referrer: &'a MemberId,
    pub(super) referred: &'a MemberId,
    pub(super) signals: &'a Signals,
    /// Where there are signals.
    pub(super) salt: Option<&'a Salt>,
    /// How many referrals of a referrer on a day are usual.
    pub(super) per_day: i64,
}

impl Looks<'_> {
    /// What there is to see on a day. The marks are the same on every day.
    pub(super) fn sightings(&self, day: Date) -> Vec<Sighting> {
        let referrer = self.referrer.as_str();
        let mut all = vec![Sighting {
            key: MarkKey::new(MarkKind::Day, referrer),
            follows: Some(day.to_string()),
            last: day.to_string(),
            reason: FlagReason::Velocity,
            odd_from: self.per_day.saturating_add(1),
        }];
        if let Some(id) = counted(self.referred.as_str()) {
            all.push(Sighting {
                // No id holds a blank.
                key: MarkKey::new(MarkKind::IdRun, format!("{referrer} {}", id.stem)),
                follows: Some(id.before),
                last: self.referred.to_string(),
                reason: FlagReason::SequentialIds,
                odd_from: RUN,
            });
        }
        if let Some(salt) = self.salt {
            self.of_signals(salt, &mut all);
        }
        all
    }

    fn of_signals(&self, salt: &Salt, all: &mut Vec<Sighting>) {
        let same = |kind: MarkKind, reason, text: &str| Sighting {
            key: MarkKey::new(kind, salt.hash(kind.name(), text)),
            follows: None,
            last: String::new(),
            reason,
            odd_from: 2,
        };
        let Signals { email, ip, device } = self.signals;
        if let Some(email) = email.as_deref().map(mailbox) {
            all.push(same(MarkKind::Email, FlagReason::SameEmail, &email));
            all.extend(self.email_run(salt, &email));
        }
        let ip = ip.map(household);
        all.extend(ip.map(|ip| same(MarkKind::Ip, FlagReason::SameIp, &ip)));
        let device = device.as_deref().map(str::trim);
        all.extend(device.map(|device| same(MarkKind::Device, FlagReason::SameDevice, device)));
    }

    fn email_run(&self, salt: &Salt, email: &str) -> Option<Sighting> {
        let (name, host) = email.rsplit_once('@')?;
        let name = counted(name)?;
        let hash = |text: String| salt.hash(MarkKind::EmailRun.name(), &text);
        Some(Sighting {
            key: MarkKey::new(MarkKind::EmailRun, hash(format!("{} {}@{host}", self.referrer, name.stem))),
            follows: Some(hash(format!("{}@{host}", name.before))),
            last: hash(email.to_owned()),
            reason: FlagReason::SequentialEmails,
            odd_from: RUN,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::collections::HashMap;

    /// Referrals as `<referrer> <referred> <email> <ip> <device>` on days of January, `-` for what was not told; and the
    /// flags that the last of them raises, as `<reason> <count> <first>`.
    fn flags(referrals: &[(i8, &str)]) -> Vec<String> {
        let salt = Salt::new("salt".to_owned());
        let mut marks: HashMap<MarkKey, ReferralMark> = HashMap::new();
        let mut raised = Vec::new();
        for (number, (day, told)) in referrals.iter().enumerate() {
            let told: Vec<_> = told.split(' ').map(|word| (word != "-").then_some(word)).collect();
            let id = |word: Option<&str>| MemberId::new(word.expect("an id")).expect("id");
            let (referrer, referred) = (id(told[0]), id(told[1]));
            let signals = Signals {
                email: told[2].map(str::to_owned),
                ip: told[3].map(|ip| ip.parse().expect(ip)),
                device: told[4].map(str::to_owned),
            };
            let looks = Looks {
                referrer: &referrer,
                referred: &referred,
                signals: &signals,
                salt: Some(&salt),
                per_day: 3,
            };
            raised.clear();
            for sighting in looks.sightings(date(2026, 1, *day)) {
                let mark = sighting.counted(marks.get(&sighting.key), &format!("r{number}"));
                raised.extend(sighting.flag(&mark));
                marks.insert(mark.key.clone(), mark);
            }
        }
        raised
            .iter()
            .map(|f| format!("{:?} {} {}", f.reason, f.count, f.first.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn what_looks_like_others_is_flagged_and_nothing_else_is() {
        let none: &[&str] = &[];
        for (what, referrals, wanted) in [
            ("one alone", vec![(1, "alice bob bob@x.com 192.0.2.1 phone-a")], none),
            (
                "two that share nothing",
                vec![(1, "alice bob b@x.com 192.0.2.1 a"), (1, "alice cem c@x.com 192.0.2.2 b")],
                none,
            ),
            (
                "one mailbox",
                vec![(1, "alice bob b.o.b@x.com - -"), (9, "dora cem BOB+1@x.com - -")],
                &["SameEmail 2 r0"],
            ),
            (
                "one household",
                vec![(1, "alice bob - 2001:db8::1 -"), (9, "dora cem - 2001:db8::2 -")],
                &["SameIp 2 r0"],
            ),
            (
                "one device",
                vec![(1, "alice bob - - phone-a"), (9, "alice cem - - phone-a")],
                &["SameDevice 2 r0"],
            ),
            (
                "many in a day",
                vec![(1, "a b - - -"), (1, "a c - - -"), (1, "a d - - -"), (1, "a e - - -")],
                &["Velocity 4 r0"],
            ),
            (
                "as many on two days",
                vec![(1, "a b - - -"), (1, "a c - - -"), (1, "a d - - -"), (2, "a e - - -")],
                none,
            ),
            (
                "as many by two",
                vec![(1, "a b - - -"), (1, "a c - - -"), (1, "z d - - -"), (1, "z e - - -")],
                none,
            ),
            (
                "ids that count up",
                vec![(1, "a u8 - - -"), (2, "a u9 - - -"), (3, "a u10 - - -")],
                &["SequentialIds 3 r0"],
            ),
            ("two that count up", vec![(1, "a u8 - - -"), (2, "a u9 - - -"), (3, "a u11 - - -")], none),
            (
                "ids that count up by two referrers",
                vec![(1, "a u8 - - -"), (2, "z u9 - - -"), (3, "a u10 - - -")],
                none,
            ),
            (
                "addresses that count up",
                vec![(1, "a b bo.b1@x.com - -"), (2, "a c bob2@x.com - -"), (3, "a d Bob3+x@x.com - -")],
                &["SequentialEmails 3 r0"],
            ),
            (
                "addresses of two hosts",
                vec![(1, "a b bob1@x.com - -"), (2, "a c bob2@y.com - -"), (3, "a d bob3@x.com - -")],
                none,
            ),
        ] {
            assert_eq!(flags(&referrals), wanted, "{what}");
        }
    }

    #[test]
    fn no_signal_is_remembered_in_the_clear() {
        let (alice, bob) = ("alice".parse().expect("id"), "bob".parse().expect("id"));
        let signals = Signals {
            email: Some("bob1@example.com".to_owned()),
            ip: Some("192.0.2.1".parse().expect("ip")),
            device: Some("phone-a".to_owned()),
        };
        let salt = Salt::new("salt".to_owned());
        let looks =
            Looks { referrer: &alice, referred: &bob, signals: &signals, salt: Some(&salt), per_day: 20 };
        let all = format!("{:?} {looks:?}", looks.sightings(date(2026, 1, 1)));
        for told in ["bob1", "example.com", "192.0.2", "phone-a"] {
            assert!(!all.contains(told), "{told} in {all}");
        }
    }
}
