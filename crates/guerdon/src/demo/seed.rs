//! The history, recorded: the journal runs by a clock that stands, and is moved from one instant to the next.

use super::company::{PROFILES, Person, Profile};
use super::dice::Dice;
use super::plan::plan;
use super::step::Step;
use crate::failure::Failure;
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use guerdon_ledger::Invalid;
use guerdon_programs::access::{CreateApiKey, ensure_platform_admin, new_secret, secret_hash};
use guerdon_programs::tenants::{self, NewTenant};
use guerdon_store::driver::Database;
use guerdon_store::journal::{Envelope, Journal};
use guerdon_store::{ApiKey, Clock, Role, TenantId};
use jiff::Timestamp;
use uuid::Uuid;

/// Whom the journal names as the maker of tenants.
const PLATFORM: &str = "platform";

/// What was made.
pub(super) struct Seeded {
    /// The platform admin's key.
    pub(super) admin_key: String,
    /// The companies, that whose keys are shown first.
    pub(super) companies: Vec<Company>,
    /// Keys of people of the first company: a manager, a lead, and a member of that lead's team.
    pub(super) keys: Vec<PersonalKey>,
}

/// A company that was made.
pub(super) struct Company {
    pub(super) tenant: TenantId,
    pub(super) profile: &'static Profile,
    pub(super) people: Vec<Person>,
    pub(super) transactions: i64,
}

/// Somebody and their key.
pub(super) struct PersonalKey {
    pub(super) person: Person,
    pub(super) key: String,
}

/// Lives through the history of both companies, up to an instant.
///
/// # Errors
/// [`Failure`] when the journal does not record a step.
pub(super) async fn seed(
    database: &Database,
    lanes: usize,
    seed: u64,
    until: Timestamp,
    admin_key: Option<&str>,
) -> Result<Seeded, Failure> {
    let mut companies = Vec::new();
    let mut steps = Vec::new();
    for (index, profile) in PROFILES.iter().enumerate() {
        let plan = plan(profile, Dice::new(seed.wrapping_add(index as u64)), until)?;
        companies.push((profile, plan.people, plan.begins));
        steps.extend(plan.steps.into_iter().map(|step| (index, step)));
    }
    steps.sort_by_key(|(_, step)| step.at);

    let begins = companies.iter().map(|(_, _, begins)| *begins).min().unwrap_or(until);
    let clock = Clock::standing_at(begins);
    let journal = Journal::start(database.clone(), clock.clone(), lanes)?;
    let made = ensure_platform_admin(&journal, admin_key).await?;
    let mut made_companies = Vec::new();
    for (profile, people, _) in companies {
        let tenant = make(&journal, profile).await?;
        made_companies.push(Company { tenant, profile, people, transactions: 1 });
    }
    live(&journal, &clock, &mut made_companies, steps).await?;
    clock.move_to(until);
    let keys = hand_out_keys(&journal, &made_companies[0]).await?;
    made_companies[0].transactions += keys.len() as i64;
    journal.stop().await?;
    let admin_key = made.or_else(|| admin_key.map(str::to_owned)).unwrap_or_default();
    Ok(Seeded { admin_key, companies: made_companies, keys })
}

async fn make(journal: &Journal, profile: &Profile) -> Result<TenantId, Failure> {
    let wrong = |error: Invalid| Failure::Input(error.to_string());
    let new = NewTenant {
        slug: profile.slug().map_err(wrong)?,
        name: profile.name.to_owned(),
        time_zone: profile.zone().map_err(wrong)?,
        settings: profile.settings().map_err(wrong)?,
    };
    let (tenant, _) = tenants::create(journal, PLATFORM.into(), None, new).await?;
    Ok(tenant)
}

/// Takes the steps in order: those of one instant together, and the next when they are recorded.
async fn live(
    journal: &Journal,
    clock: &Clock,
    companies: &mut [Company],
    steps: Vec<(usize, Step)>,
) -> Result<(), Failure> {
    let mut seqs: Vec<Vec<i64>> = companies.iter().map(|_| Vec::new()).collect();
    let mut asked = vec![0; companies.len()];
    let mut steps = steps.into_iter().peekable();
    while let Some((_, first)) = steps.peek() {
        let at = first.at;
        clock.move_to(at);
        let mut together = FuturesOrdered::new();
        while let Some((company, step)) = steps.next_if(|(_, step)| step.at == at) {
            let recorded = step.perform(journal, companies[company].tenant, asked[company], &seqs[company]);
            asked[company] += 1;
            together.push_back(async move { (company, recorded.await) });
        }
        while let Some((company, recorded)) = together.next().await {
            seqs[company].push(recorded?.record.seq);
        }
    }
    for (company, seqs) in companies.iter_mut().zip(seqs) {
        company.transactions += seqs.len() as i64;
    }
    Ok(())
}

async fn hand_out_keys(journal: &Journal, company: &Company) -> Result<Vec<PersonalKey>, Failure> {
    let last_day = super::plan::DAYS;
    let there = |role| company.people.iter().filter(move |p| p.role == role && p.is_there(last_day));
    let lead = there(Role::Lead).next();
    let member = there(Role::Member).find(|p| lead.is_none_or(|lead| p.team == lead.team && p.joins == 0));
    let mut keys = Vec::new();
    for person in [there(Role::Manager).next(), lead, member].into_iter().flatten() {
        let key = new_secret(company.tenant)?;
        let command = CreateApiKey {
            key: ApiKey {
                id: Uuid::now_v7(),
                name: format!("Key of {}", person.id),
                role: person.role,
                member_id: Some(person.id.clone()),
                scopes: Vec::new(),
                secret_hash: secret_hash(&key),
                revoked: false,
                created_at: journal.clock().now(),
                expires_at: None,
                version: 1,
            },
        };
        let admin = company.people.first().map_or_else(|| PLATFORM.to_owned(), |admin| admin.id.to_string());
        let envelope = Envelope { tenant: company.tenant, actor: admin.into(), idempotency: None };
        journal.execute(envelope, command).await?;
        keys.push(PersonalKey { person: person.clone(), key });
    }
    Ok(keys)
}
