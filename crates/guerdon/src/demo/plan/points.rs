//! Points are given: by the platform, to departments and leads, to people; and taken back.

use super::{Intent, PLATFORM, Planner, units, wrong};
use crate::demo::step::Action;
use crate::demo::words::{MISTAKES, PRAISE, STEP};
use crate::failure::Failure;
use guerdon_ledger::{AccountPath, AssetCode, HoldKey, MemberId, Name, Reference};
use guerdon_programs::general::PlaceHold;
use guerdon_programs::points::{
    Allocate, AwardRequest, AwardSource, Clawback, DelegateToDepartment, DelegateToLead,
};
use guerdon_store::Role;

impl Planner<'_> {
    pub(super) fn allocate(&mut self) -> Result<(), Failure> {
        let (amount, month) = (self.profile.monthly, self.at.strftime("%Y-%m").to_string());
        self.add(&AccountPath::pool(), amount);
        let reference = Some(format!("INV-{month}-{}", self.profile.slug.to_uppercase()));
        self.push(PLATFORM, Action::Allocate(Allocate { amount: units(amount)?, reference }))
    }

    pub(super) fn fund_departments(&mut self) -> Result<(), Failure> {
        let amount = self.profile.for_department;
        let month = self.at.strftime("%B").to_string();
        for (department, _) in self.profile.departments {
            let department = Name::new(department).map_err(wrong)?;
            if self.has(&AccountPath::pool()) < amount {
                return Ok(());
            }
            self.moved(&AccountPath::pool(), &AccountPath::department_pool(&department), amount);
            let note = Some(format!("{month} budget"));
            let command = DelegateToDepartment { department, amount: units(amount)?, note };
            self.push(self.manager(), Action::ToDepartment(command))?;
        }
        Ok(())
    }

    pub(super) fn fund_leads(&mut self) -> Result<(), Failure> {
        let amount = self.profile.for_lead;
        let week = self.at.strftime("%V").to_string();
        let leads: Vec<MemberId> =
            self.people.iter().filter(|p| p.role == Role::Lead).map(|p| p.id.clone()).collect();
        for lead in leads {
            if self.has(&AccountPath::pool()) < amount {
                return Ok(());
            }
            self.moved(&AccountPath::pool(), &AccountPath::lead(&lead), amount);
            let note = Some(format!("Week {week}"));
            self.push(self.manager(), Action::ToLead(DelegateToLead { lead, amount: units(amount)?, note }))?;
        }
        Ok(())
    }

    /// A lead praises somebody of the team; or a manager somebody, from the department's pool or the company's.
    pub(super) fn award(&mut self) -> Result<(), Failure> {
        let Some(to) = self.somebody(Role::Member) else { return Ok(()) };
        let praise = self.dice.pick(&PRAISE);
        let amount = self.dice.between(praise.least / STEP, praise.most / STEP) * STEP;
        let reason = *self.dice.pick(praise.reasons);
        let lead =
            self.people.iter().find(|p| p.role == Role::Lead && p.team == to.team).map(|p| p.id.clone());
        let manager = self.somebody(Role::Manager).map(|p| p.id);
        let (by, role, source, purse) = match (self.dice.between(1, 10), lead, manager, &to.department) {
            (1..=6, Some(lead), ..) => {
                (lead.clone(), Role::Lead, AwardSource::Lead, AccountPath::lead(&lead))
            }
            (7..=8, _, Some(manager), Some(department)) => (
                manager,
                Role::Manager,
                AwardSource::Department(None),
                AccountPath::department_pool(department),
            ),
            (.., Some(manager), _) => (manager, Role::Manager, AwardSource::Pool, AccountPath::pool()),
            _ => return Ok(()),
        };
        if self.has(&purse) < amount {
            return Ok(());
        }
        self.moved(&purse, &AccountPath::wallet(&to.id), amount);
        if self.dice.chance(1) {
            let mistake = Intent::Mistake { step: self.steps.len(), from: purse, to: to.id.clone(), amount };
            self.later.push((self.day + 1, 10 * 60 + 15, mistake));
        }
        let request = AwardRequest {
            to: to.id,
            amount: units(amount)?,
            reason: Some(reason.to_owned()),
            category: Some(Name::new(praise.category).map_err(wrong)?),
            source,
        };
        self.push(by.to_string(), Action::Award(by, role, request))
    }

    pub(super) fn take_back(
        &mut self,
        step: usize,
        from: AccountPath,
        to: &MemberId,
        amount: i64,
    ) -> Result<(), Failure> {
        let wallet = AccountPath::wallet(to);
        if self.has(&wallet) < amount {
            return Ok(());
        }
        self.moved(&wallet, &from, amount);
        let reason = self.dice.pick(&MISTAKES);
        self.push(self.manager(), Action::Reverse { step, reason })
    }

    pub(super) fn claw_back(&mut self) -> Result<(), Failure> {
        let amount = self.has(&AccountPath::pool()) / 4;
        if amount == 0 {
            return Ok(());
        }
        self.add(&AccountPath::pool(), -amount);
        let reason = Some("Unused allocation of the last quarter".to_owned());
        self.push(PLATFORM, Action::Clawback(Clawback { amount: Some(units(amount)?), reason }))
    }

    /// Set aside in the pool for something that is still to come.
    pub(super) fn reserve(&mut self) -> Result<(), Failure> {
        let amount = self.profile.monthly / 20;
        if self.has(&AccountPath::pool()) < amount {
            return Ok(());
        }
        self.add(&AccountPath::pool(), -amount);
        let reference = Reference::new("annual-awards").map_err(wrong)?;
        let command = PlaceHold {
            key: HoldKey { account: AccountPath::pool(), reference },
            asset: AssetCode::points(),
            amount: units(amount)?,
            expires_at: None,
            reason: Some("Prizes for the annual awards".to_owned()),
        };
        self.push(self.manager(), Action::Hold(command))
    }
}
