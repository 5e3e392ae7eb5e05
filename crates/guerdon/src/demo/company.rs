//! The companies of the demonstration, and their people.

use super::dice::Dice;
use super::names::{FIRST, LAST};
use guerdon_ledger::{AssetCode, MemberId, Name};
use guerdon_store::{PersonalText, Role, Settings, Slug, ZoneName};
use std::collections::HashSet;

/// What a company is like.
pub(super) struct Profile {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    pub(super) currency: &'static str,
    /// Works on Saturdays and Sundays too.
    pub(super) weekends: bool,
    pub(super) people: usize,
    pub(super) managers: usize,
    pub(super) auditors: usize,
    /// Departments and their teams; each team has a lead.
    pub(super) departments: &'static [(&'static str, &'static [&'static str])],
    pub(super) monthly: i64,
    pub(super) for_department: i64,
    pub(super) for_lead: i64,
    /// Awards on a working day, from and to.
    pub(super) awards: (i64, i64),
}

pub(super) const PROFILES: [Profile; 2] = [
    Profile {
        slug: "acme",
        name: "Acme Corporation",
        zone: "Africa/Harare",
        currency: "USD",
        weekends: false,
        people: 80,
        managers: 3,
        auditors: 1,
        departments: &[
            ("engineering", &["payments", "platform", "mobile"]),
            ("sales", &["africa", "europe"]),
            ("support", &["helpdesk", "onboarding"]),
            ("operations", &["logistics", "facilities"]),
            ("people", &["hiring"]),
        ],
        monthly: 30_000,
        for_department: 1_500,
        for_lead: 250,
        awards: (5, 9),
    },
    Profile {
        slug: "bluebird",
        name: "Bluebird Coffee",
        zone: "Europe/London",
        currency: "GBP",
        weekends: true,
        people: 40,
        managers: 2,
        auditors: 0,
        departments: &[
            ("north", &["harbour-street", "old-mill"]),
            ("south", &["station", "airport"]),
            ("roastery", &["roasting"]),
        ],
        monthly: 9_000,
        for_department: 600,
        for_lead: 150,
        awards: (2, 5),
    },
];

/// Somebody.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: MemberId,
    pub(super) personal: PersonalText,
    pub(super) role: Role,
    pub(super) department: Option<Name>,
    pub(super) team: Option<Name>,
    /// The day of the history on which they join.
    pub(super) joins: i64,
    /// The day on which they leave, if they do.
    pub(super) leaves: Option<i64>,
}

impl Person {
    /// Whether they are there on a day.
    pub(super) fn is_there(&self, day: i64) -> bool {
        self.joins <= day && self.leaves.is_none_or(|leaves| day < leaves)
    }
}

impl Profile {
    pub(super) fn slug(&self) -> Result<Slug, guerdon_ledger::Invalid> {
        Slug::new(self.slug)
    }

    pub(super) fn zone(&self) -> Result<ZoneName, guerdon_ledger::Invalid> {
        ZoneName::new(self.zone)
    }

    pub(super) fn settings(&self) -> Result<Settings, guerdon_ledger::Invalid> {
        Ok(Settings { reward_currency: AssetCode::new(self.currency)?, ..Settings::default() })
    }

    /// The people: an admin, managers, auditors, a lead for each team, and members in all teams. Most are there from the
    /// first day, some join later, a few leave.
    pub(super) fn people(&self, dice: &mut Dice, days: i64) -> Result<Vec<Person>, guerdon_ledger::Invalid> {
        let mut taken = HashSet::new();
        let teams: Vec<(&str, &str)> = self
            .departments
            .iter()
            .flat_map(|(department, teams)| teams.iter().map(|team| (*department, *team)))
            .collect();
        let mut people = Vec::with_capacity(self.people);
        for index in 0..self.people {
            let heads = 1 + self.managers + self.auditors;
            let (role, place) = match index {
                0 => (Role::Admin, None),
                i if i <= self.managers => (Role::Manager, None),
                i if i < heads => (Role::Auditor, None),
                i if i < heads + teams.len() => (Role::Lead, Some(teams[i - heads])),
                i => (Role::Member, Some(teams[i % teams.len()])),
            };
            let later = role == Role::Member && dice.chance(12);
            let leaving = role == Role::Member && !later && dice.chance(4);
            people.push(Person {
                joins: if later { dice.between(10, days - 30) } else { 0 },
                leaves: leaving.then(|| dice.between(days / 2, days - 10)),
                department: place.map(|(department, _)| Name::new(department)).transpose()?,
                team: place.map(|(_, team)| Name::new(team)).transpose()?,
                role,
                ..self.somebody(dice, &mut taken)?
            });
        }
        Ok(people)
    }

    /// Somebody with a name that nobody else here has.
    fn somebody(
        &self,
        dice: &mut Dice,
        taken: &mut HashSet<String>,
    ) -> Result<Person, guerdon_ledger::Invalid> {
        loop {
            let (first, last) = (*dice.pick(&FIRST), *dice.pick(&LAST));
            let id = format!("{first}.{last}").to_lowercase();
            if taken.insert(id.clone()) {
                let email = Some(format!("{id}@{}.example", self.slug));
                return Ok(Person {
                    id: MemberId::new(&id)?,
                    personal: PersonalText { name: Some(format!("{first} {last}")), email },
                    role: Role::Member,
                    department: None,
                    team: None,
                    joins: 0,
                    leaves: None,
                });
            }
        }
    }
}
