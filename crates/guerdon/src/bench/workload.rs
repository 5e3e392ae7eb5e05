//! What the load consists of.

use super::request::{Heading, Template, push_decimal};
use super::target::Target;
use clap::ValueEnum;
use serde_json::{Value, json};

/// What each request of a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Nothing: a POST of an award's size that the server answers without work
    Noop,
    /// One award from the tenant's pool to one member
    Award,
    /// One posting from the one pool to one wallet
    Hot,
    /// One posting from one of many department pools to one wallet
    Spread,
    /// Many postings from the pool in one request
    Bulk,
    /// One credit in the tenant's reward currency
    Credit,
    /// In turn a reservation on a budget, and the charge of one made a while ago
    Budget,
    /// One event, for which one of a hundred rules gives a point from the tenant's pool to one member
    Event,
}

impl Scenario {
    /// The name given on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Award => "award",
            Self::Hot => "hot",
            Self::Spread => "spread",
            Self::Bulk => "bulk",
            Self::Credit => "credit",
            Self::Budget => "budget",
            Self::Event => "event",
        }
    }

    /// Whether every acknowledged item takes one unit from the tenant's pool.
    pub(crate) fn draws_on_pool(self) -> bool {
        matches!(self, Self::Award | Self::Hot | Self::Bulk | Self::Event)
    }

    fn path(self, budget: &str) -> String {
        let path = match self {
            Self::Budget => return format!("{budget}/reserve"),
            Self::Noop => "/healthz",
            Self::Award => "/api/v1/allocations/award-points",
            Self::Hot | Self::Spread => "/api/v1/ledger/transactions",
            Self::Bulk => "/api/v1/ledger/transactions/bulk?atomic=false",
            Self::Credit => "/api/v1/ledger/credit",
            Self::Event => "/api/v1/events",
        };
        path.to_owned()
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Bulk => "application/x-ndjson",
            _ => "application/json",
        }
    }
}

/// How many members and departments there are, and how many items go into one bulk request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) members: u64,
    pub(crate) departments: u64,
    pub(crate) batch: u64,
}

/// How many reservations are made before the first is charged: more than there are connections, so that each is there
/// by then.
const CHARGED_LATER: u64 = 4_096;

/// Writes one request after another, each with a key of its own.
#[derive(Debug)]
pub(crate) struct Workload {
    template: Template,
    /// Of charges, in `budget`.
    charge: Template,
    scenario: Scenario,
    shape: Shape,
    serial: u64,
    body: Vec<u8>,
}

impl Workload {
    /// The scenario's requests to `target` with the tenant's key.
    pub(crate) fn new(
        target: &Target,
        scenario: Scenario,
        shape: Shape,
        key: &str,
        key_prefix: &str,
        budget: &str,
    ) -> Self {
        let template = |path: &str| {
            let content_type = scenario.content_type();
            let heading =
                Heading { method: "POST", path, bearer: key, content_type, key_prefix, tenant: None };
            Template::new(target, &heading)
        };
        let (charge, template) = (template(&format!("{budget}/charge")), template(&scenario.path(budget)));
        Self { template, charge, scenario, shape, serial: 0, body: Vec::new() }
    }

    /// Items that one request carries.
    pub(crate) fn items_per_request(&self) -> u64 {
        if self.scenario == Scenario::Bulk { self.shape.batch } else { 1 }
    }

    /// Replaces what `out` held with the next request.
    pub(crate) fn render_next(&mut self, out: &mut Vec<u8>) {
        let Self { template, charge, scenario, shape, serial, body } = self;
        body.clear();
        let mut template = &*template;
        match scenario {
            Scenario::Budget => match charged(*serial) {
                Some(reservation) => {
                    template = charge;
                    push_charge(body, reservation);
                }
                None => push_reservation(body, *serial),
            },
            Scenario::Noop | Scenario::Award | Scenario::Credit => push_award(body, *serial, *shape),
            Scenario::Event => push_event(body, *serial, *shape),
            Scenario::Hot => push_posting(body, *serial, *shape, Source::Pool),
            Scenario::Spread => push_posting(body, *serial, *shape, Source::Department),
            Scenario::Bulk => {
                for item in *serial * shape.batch..(*serial + 1) * shape.batch {
                    push_posting(body, item, *shape, Source::Pool);
                    body.push(b'\n');
                }
            }
        }
        template.render(*serial, body, out);
        *serial += 1;
    }
}

/// Which reservation a request charges, by the number of the request that made it; `None` where it makes one itself.
fn charged(serial: u64) -> Option<u64> {
    (serial % 2 == 1).then(|| serial.checked_sub(1 + 2 * CHARGED_LATER)).flatten()
}

fn push_reservation(body: &mut Vec<u8>, serial: u64) {
    body.extend_from_slice(br#"{"amount":1,"currency":"PTS","ref_id":"bench-"#);
    push_decimal(body, serial);
    body.extend_from_slice(br#""}"#);
}

fn push_charge(body: &mut Vec<u8>, reservation: u64) {
    body.extend_from_slice(br#"{"ref_id":"bench-"#);
    push_decimal(body, reservation);
    body.extend_from_slice(br#""}"#);
}

/// Where a posting takes its value from.
#[derive(Clone, Copy)]
enum Source {
    Pool,
    Department,
}

fn push_award(body: &mut Vec<u8>, item: u64, shape: Shape) {
    body.extend_from_slice(br#"{"user_id":"bench-"#);
    push_decimal(body, item % shape.members + 1);
    body.extend_from_slice(br#"","amount":1,"reason":"bench"}"#);
}

/// Rules of the scenario `event`. Each event meets the conditions of one.
const RULES: u64 = 100;

/// The rules of the scenario `event`, by id.
pub(crate) fn rules() -> impl Iterator<Item = (String, Value)> {
    (0..RULES).map(|number| {
        let id = format!("bench-{number}");
        let rule = json!({"id": id, "name": format!("Bench {number}"), "event": "order.completed", "conditions": [
            {"field": "order.category", "operator": "==", "value": format!("c-{number}")},
            {"field": "order.total", "operator": ">", "value": 50}],
            "actions": [{"type": "credit", "user": {"path": "user_id"}, "points": 1, "from": "pool"}]});
        (id, rule)
    })
}

/// An event whose id is its idempotency key.
fn push_event(body: &mut Vec<u8>, item: u64, shape: Shape) {
    body.extend_from_slice(br#"{"type":"order.completed","user_id":"bench-"#);
    push_decimal(body, item % shape.members + 1);
    body.extend_from_slice(br#"","order":{"category":"c-"#);
    push_decimal(body, item % RULES);
    body.extend_from_slice(br#"","total":120,"currency":"USD"},"channel":"web"}"#);
}

fn push_posting(body: &mut Vec<u8>, item: u64, shape: Shape, source: Source) {
    body.extend_from_slice(br#"{"postings":[{"from":"pool"#);
    if let Source::Department = source {
        body.extend_from_slice(b":dept-");
        push_decimal(body, item % shape.departments);
    }
    body.extend_from_slice(br#"","to":"wallet:bench-"#);
    push_decimal(body, item % shape.members + 1);
    body.extend_from_slice(br#"","asset":"PTS","amount":1}]}"#);
}
