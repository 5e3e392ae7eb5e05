//! The active rules of a tenant, compiled.

use super::document::{COUNTER, RULE, StoredCounter, StoredRule, set_document};
use guerdon_ledger::AssetCode;
use guerdon_rules::{CounterId, Listed, Rule, RuleSet, Status};
use guerdon_store::driver::{DbError, Transaction};
use guerdon_store::journal::Seen;
use guerdon_store::{Settings, Tenant, TenantId, read};
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// Documents that are read at a time.
const PAGE: i64 = 500;

/// The id of a rule that is compiled alone, to be simulated.
pub(crate) const ALONE: &str = "simulated";

/// The active rules of a tenant, compiled, and what of the tenant they depend on.
#[derive(Debug)]
pub struct Compiled {
    /// The rules, and what they count.
    pub set: RuleSet,
    /// The zone that decides days.
    pub zone: TimeZone,
    /// What amounts that name no asset are counted in.
    pub reward_currency: AssetCode,
    /// How many rules there are.
    pub len: usize,
    /// Counters whose history is still being counted.
    uncounted: HashSet<CounterId>,
    about_referrals: HashSet<String>,
    /// Rules that look at nothing but the event and history, and use no budget.
    plain: HashSet<String>,
    /// The versions of the set and of the tenant; `None` of a rule alone.
    versions: Option<(i64, i64)>,
}

impl Compiled {
    /// Reads and compiles the active rules of a tenant.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub(crate) async fn load(tx: &mut Transaction, tenant: Option<Tenant>) -> Result<Self, DbError> {
        let version = read::document(tx, &set_document()).await?.map_or(0, |document| document.version);
        let (mut rules, mut about_referrals, mut plain) = (Vec::new(), HashSet::new(), HashSet::new());
        for document in every(tx, RULE).await? {
            let Some(StoredRule { id, version, rule, .. }) = StoredRule::of(&document) else { continue };
            if rule.status() == Status::Active {
                if rule.is_about_referrals() {
                    about_referrals.insert(id.to_string());
                }
                if !rule.looks_beyond_the_event() {
                    plain.insert(id.to_string());
                }
                rules.push(Listed { id: id.to_string(), version, rule });
            }
        }
        let (mut counters, mut uncounted) = (Vec::new(), HashSet::new());
        for document in every(tx, COUNTER).await? {
            let Some((counter, stored)) = StoredCounter::of(&document) else { continue };
            if stored.counted_from.is_some() {
                uncounted.insert(counter.id());
            }
            counters.push(counter);
        }
        Ok(Self {
            len: rules.len(),
            set: RuleSet::compile(rules, counters),
            zone: tenant.as_ref().map_or(TimeZone::UTC, |tenant| tenant.time_zone.zone()),
            reward_currency: tenant
                .as_ref()
                .map_or_else(Settings::default, |t| t.settings.clone())
                .reward_currency,
            versions: Some((version, tenant.map_or(0, |tenant| tenant.version))),
            uncounted,
            about_referrals,
            plain,
        })
    }

    /// A rule alone, whether or not it is active.
    pub(crate) fn alone(rule: Rule, tenant: Option<Tenant>) -> Self {
        let about_referrals = HashSet::from_iter(rule.is_about_referrals().then(|| ALONE.to_owned()));
        let (zone, settings) = match tenant {
            Some(tenant) => (tenant.time_zone.zone(), tenant.settings),
            None => (TimeZone::UTC, Settings::default()),
        };
        Self {
            set: RuleSet::compile(vec![Listed { id: ALONE.to_owned(), version: 0, rule }], Vec::new()),
            zone,
            reward_currency: settings.reward_currency,
            len: 1,
            uncounted: HashSet::new(),
            about_referrals,
            plain: HashSet::new(),
            versions: None,
        }
    }

    /// Whether this is what the tenant's rules are, as a decision sees them.
    pub(crate) fn stands(&self, seen: &Seen<'_>) -> bool {
        let version = seen.newest_version(&set_document()).map_or(0, |document| document.version);
        let tenant_version = seen.tenant().map_or(0, |tenant| tenant.version);
        self.versions.is_none_or(|versions| versions == (version, tenant_version))
    }

    /// Whether the history of a counter is still being counted.
    pub(crate) fn is_uncounted(&self, counter: CounterId) -> bool {
        self.uncounted.contains(&counter)
    }

    /// Whether a rule looks at nothing but the event and history, and uses no budget: then there is nothing to be seen for
    /// it but what the event names.
    pub(crate) fn is_plain(&self, rule_id: &str) -> bool {
        self.plain.contains(rule_id)
    }

    /// Whether a rule looks at referrals.
    pub(crate) fn is_about_referrals(&self, rule_id: &str) -> bool {
        self.about_referrals.contains(rule_id)
    }
}

/// Every document of a kind.
pub(super) async fn every(tx: &mut Transaction, kind: &str) -> Result<Vec<guerdon_store::Document>, DbError> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = read::documents(tx, kind, &after, PAGE).await?;
        let whole = (page.len() as i64) < PAGE;
        if let Some(last) = page.last() {
            after = last.key.id.to_string();
        }
        all.extend(page);
        if whole {
            return Ok(all);
        }
    }
}

/// The compiled rules of tenants, by tenant: read again once a decision finds that they do not stand.
pub(crate) type Cache = moka::sync::Cache<TenantId, std::sync::Arc<Compiled>>;
