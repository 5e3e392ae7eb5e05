//! What a demonstration says of itself: where it is, who may come in, and what to try.

use super::company::Person;
use super::seed::Seeded;
use crate::config::Config;
use crate::out::{count, shell_word};
use guerdon_store::Role;
use owo_colors::OwoColorize;
use serde::Serialize;

/// What to show.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    listening: String,
    docs: String,
    companies: Vec<CompanyLine>,
    keys: Vec<KeyLine>,
    #[serde(rename = "try")]
    calls: Vec<Call>,
}

#[derive(Debug, Serialize)]
struct CompanyLine {
    tenant: &'static str,
    name: &'static str,
    people: usize,
    transactions: i64,
}

#[derive(Debug, Serialize)]
struct KeyLine {
    who: String,
    role: &'static str,
    key: String,
}

#[derive(Debug, Serialize)]
struct Call {
    what: &'static str,
    command: String,
}

impl Summary {
    pub(super) fn of(seeded: &Seeded, url: &str, config: &Config) -> Self {
        let companies = seeded.companies.iter().map(|company| CompanyLine {
            tenant: company.profile.slug,
            name: company.profile.name,
            people: company.people.len(),
            transactions: company.transactions,
        });
        let admin = KeyLine {
            who: "the platform".to_owned(),
            role: Role::PlatformAdmin.name(),
            key: seeded.admin_key.clone(),
        };
        let people = seeded.keys.iter().map(|key| KeyLine {
            who: key.person.id.to_string(),
            role: key.person.role.name(),
            key: key.key.clone(),
        });
        Self {
            listening: url.to_owned(),
            docs: format!("{url}/docs"),
            companies: companies.collect(),
            keys: std::iter::once(admin).chain(people).collect(),
            calls: calls(seeded, url, config),
        }
    }

    pub(super) fn told(&self) -> String {
        let mut text = format!("\n{}\n\n", "Guerdon, with half a year behind it".bold());
        text += &format!("  {}  {}\n", "listens on   ".dimmed(), self.listening);
        text += &format!("  {}  {}\n\n", "documentation".dimmed(), self.docs);
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
        let (slug, name) = (
            widest(&mut self.companies.iter().map(|company| company.tenant.len())),
            widest(&mut self.companies.iter().map(|company| company.name.len())),
        );
        for company in &self.companies {
            let transactions = count(company.transactions);
            let (people, tenant) = (company.people, format!("{:slug$}", company.tenant));
            let line =
                format!("{:name$}  {people:>3} people  {transactions:>6} transactions\n", company.name);
            text += &format!("  {}  {line}", tenant.cyan());
        }
        text += &format!("\n{}\n\n", "Keys".bold());
        let who = widest(&mut self.keys.iter().map(|key| key.who.len()));
        for key in &self.keys {
            text += &format!("  {:14}  {:who$}  {}\n", key.role, key.who, key.key.yellow());
        }
        text += &format!("\n{}\n", "Try".bold());
        for call in &self.calls {
            text += &format!("\n  {}\n  {}\n", format!("# {}", call.what).dimmed(), call.command);
        }
        text + "\nCtrl-C stops it.\n"
    }
}

/// Calls that work as they stand, in this order.
fn calls(seeded: &Seeded, url: &str, config: &Config) -> Vec<Call> {
    let of = |role| seeded.keys.iter().find(|key| key.person.role == role);
    let (Some(manager), Some(member)) = (of(Role::Manager), of(Role::Member)) else { return Vec::new() };
    let slug = seeded.companies.first().map_or("", |company| company.profile.slug);
    let (manager_key, member_key) = (&manager.key, &member.key);
    let award = award(url, manager_key, &member.person);
    vec![
        Call {
            what: "What Acme has to give",
            command: get(&format!("{url}/api/v1/allocations/pool"), manager_key),
        },
        Call { what: "Give points to a person", command: award.clone() },
        Call {
            what: "The same call again: one award, the same answer, Idempotent-Replayed: true",
            command: award,
        },
        Call {
            what: "What that person has, asked by themself",
            command: get(
                &format!("'{url}/api/v1/ledger/balance/{}?asset=PTS'", member.person.id),
                member_key,
            ),
        },
        Call {
            what: "Where all of Acme's points are, and the proof that none is missing",
            command: get(&format!("{url}/api/v1/platform/allocations/stats/{slug}"), &seeded.admin_key),
        },
        Call { what: "Prove the books: every hash, every posting, every balance", command: verify(config) },
    ]
}

fn get(url: &str, key: &str) -> String {
    format!("curl -s {url} \\\n    -H 'Authorization: Bearer {key}'")
}

fn award(url: &str, key: &str, to: &Person) -> String {
    let body = serde_json::json!({
        "user_id": to.id,
        "amount": 50,
        "reason": "Showed me around on my first day",
        "category": "teamwork",
    });
    format!(
        "curl -si {url}/api/v1/allocations/award-points \\\n    -H 'Authorization: Bearer {key}' \\\n    \
         -H 'Idempotency-Key: first-award' -H 'Content-Type: application/json' \\\n    -d '{body}'"
    )
}

fn verify(config: &Config) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "guerdon".to_owned());
    let place = match &config.database_url {
        Some(url) => format!("--database-url {}", shell_word(url.expose())),
        None => format!("--data {}", shell_word(&config.data.to_string_lossy())),
    };
    format!("{} verify {place}", shell_word(&program))
}
