//! `guerdon bench prepare`: the tenant that the load runs in.

use super::BenchError;
use super::arrivals::Stop;
use super::call::Client;
use super::engine::{self, Plan};
use super::request::{Heading, Template};
use super::target::Target;
use clap::{Args, value_parser};
use serde_json::{Value, json};

/// Department pools funded by one request.
const DEPARTMENTS_PER_REQUEST: u64 = 500;

/// Arguments of `guerdon bench prepare`.
#[derive(Debug, Args)]
pub(crate) struct PrepareArgs {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A platform admin's API key
    #[arg(long, env = "GUERDON_ADMIN_KEY", hide_env_values = true)]
    admin_key: String,
    /// Slug of the tenant to make; a new one each time where none is given
    #[arg(long)]
    slug: Option<String>,
    /// Members `bench-1` and on
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(1..))]
    members: u64,
    /// Department pools `pool:dept-0` and on, funded with half of the amount
    #[arg(long, default_value_t = 0)]
    departments: u64,
    /// Points allocated to the tenant's pool
    #[arg(long, default_value_t = 1_000_000_000_000, value_parser = value_parser!(i64).range(1..))]
    amount: i64,
}

/// Makes everything and prints the tenant and its key.
pub(crate) fn run(args: &PrepareArgs) -> Result<(), BenchError> {
    let target = Target::parse(&args.url)?;
    let run = uuid::Uuid::new_v4().simple().to_string();
    let slug = args.slug.clone().unwrap_or_else(|| format!("bench-{}", &run[..12]));
    let platform = Client::new(&target, &args.admin_key);

    let tenant = platform.post("/api/v1/tenants", &json!({"slug": slug, "name": "Load test"}))?;
    let tenant_id = text(&tenant, "id", "/api/v1/tenants")?;
    let key_request = json!({"name": "bench", "role": "admin"});
    let key = platform.in_tenant(&slug).post("/api/v1/api-keys", &key_request)?;
    let key = text(&key, "key", "/api/v1/api-keys")?;
    let allocation = json!({"tenant_id": tenant_id, "amount": args.amount});
    platform.post("/api/v1/platform/allocations/allocate", &allocation)?;

    make_members(&target, &key, &run, args.members)?;
    fund_departments(&Client::new(&target, &key), args.departments, args.amount)?;
    super::print(&json!({"tenant_id": tenant_id, "tenant": slug, "key": key}).to_string())
}

fn make_members(target: &Target, key: &str, run: &str, members: u64) -> Result<(), BenchError> {
    let heading = Heading {
        method: "POST",
        path: "/api/v1/members",
        bearer: key,
        content_type: "application/json",
        key_prefix: run,
        tenant: None,
    };
    let template = Template::new(target, &heading);
    let connections = usize::try_from(members).unwrap_or(usize::MAX).min(32);
    let plan = Plan { connections, stop: Stop::Requests(members), rate: None };
    let mut number = 0;
    let tally = engine::drive(target, plan, &mut |out| {
        number += 1;
        let body = json!({"id": format!("bench-{number}"), "name": format!("Bench {number}")});
        template.render(number, body.to_string().as_bytes(), out);
    })?;
    tally.check().inspect_err(|_| {
        let _ = super::print(&tally.report("members", connections, 1).to_text());
    })
}

/// Gives half of the pool to the departments in equal parts.
fn fund_departments(tenant: &Client<'_>, departments: u64, amount: i64) -> Result<(), BenchError> {
    if departments == 0 {
        return Ok(());
    }
    let each = (amount / 2 / i64::try_from(departments).unwrap_or(i64::MAX)).max(1);
    let mut from = 0;
    while from < departments {
        let to = departments.min(from + DEPARTMENTS_PER_REQUEST);
        let lines: String = (from..to).map(|number| funding_line(number, each)).collect();
        tenant.post_lines("/api/v1/ledger/transactions/bulk?atomic=true", lines.as_bytes())?;
        from = to;
    }
    Ok(())
}

fn funding_line(department: u64, amount: i64) -> String {
    let to = format!("pool:dept-{department}");
    let posting = json!({"from": "pool", "to": to, "asset": "PTS", "amount": amount});
    format!("{}\n", json!({"postings": [posting]}))
}

fn text(answer: &Value, field: &'static str, path: &str) -> Result<String, BenchError> {
    answer[field].as_str().map(str::to_owned).ok_or_else(|| BenchError::Unexpected {
        path: path.to_owned(),
        field,
        body: answer.to_string(),
    })
}
