//! People come and go.

use super::{PLATFORM, Planner};
use crate::demo::company::Person;
use crate::demo::step::Action;
use crate::failure::Failure;
use guerdon_programs::members::{ChangeMember, CreateMember};
use guerdon_store::MemberStatus;

impl Planner<'_> {
    pub(super) fn join(&mut self, index: usize) -> Result<(), Failure> {
        let person = self.people[index].clone();
        let admin = if index == 0 { PLATFORM.to_owned() } else { self.people[0].id.to_string() };
        let Person { id, personal, role, team, department, .. } = person;
        self.push(admin, Action::Join(CreateMember { id, personal, role, team, department }))
    }

    pub(super) fn leave(&mut self, index: usize) -> Result<(), Failure> {
        let id = self.people[index].id.clone();
        let change = ChangeMember {
            by_admin: true,
            id,
            name: None,
            email: None,
            role: None,
            team: None,
            department: None,
            status: Some(MemberStatus::Inactive),
            expected_version: None,
        };
        let admin = self.people[0].id.to_string();
        self.push(admin, Action::Change(change))
    }
}
