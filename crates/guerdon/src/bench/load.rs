//! `guerdon bench load`.

use super::BenchError;
use super::arrivals::Stop;
use super::call::Client;
use super::engine::{self, Plan};
use super::tally::{Report, Tally};
use super::target::Target;
use super::workload::{self, Scenario, Shape, Workload};
use clap::{Args, value_parser};
use serde_json::json;
use std::time::Duration;

/// Arguments of `guerdon bench load`.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An API key of the tenant that `prepare` made
    #[arg(long, env = "GUERDON_BENCH_KEY", hide_env_values = true)]
    key: String,
    /// What each request does
    #[arg(long, value_enum)]
    scenario: Scenario,
    /// Connections, each with one request in flight
    #[arg(long, default_value_t = 128, value_parser = value_parser!(u16).range(1..))]
    connections: u16,
    /// How long to send
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    seconds: f64,
    /// How many requests to send, instead of for how long
    #[arg(long, conflicts_with = "seconds", value_parser = value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Seconds of the same load before measuring starts
    #[arg(long, default_value_t = 0.0, value_parser = not_negative)]
    warmup: f64,
    /// Send this many requests per second whether or not the server keeps up; latency then counts
    /// from when a request was due
    #[arg(long, value_parser = positive)]
    rate: Option<f64>,
    /// Members `bench-1` and on that receive
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(1..))]
    members: u64,
    /// The tenant that `prepare` made, of which `budget` makes a budget
    #[arg(long, env = "GUERDON_BENCH_TENANT", default_value = "bench")]
    tenant: String,
    /// Department pools `pool:dept-0` and on that give, in `spread`
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(1..))]
    departments: u64,
    /// Items in one request of `bulk`
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(1..))]
    batch: u64,
    /// Do not compare the pool before and after with what was acknowledged
    #[arg(long)]
    no_check: bool,
    /// Print the report as one line of JSON
    #[arg(long)]
    json: bool,
}

/// A budget that nothing in the run exhausts.
fn make_budget(client: &Client<'_>, tenant: &str, id: &str, path: &str) -> Result<(), BenchError> {
    const CAP: i64 = 1_000_000_000_000;
    let budget =
        json!({"id": id, "name": "Load test", "currency": "PTS", "hard_cap": CAP, "period": "monthly"});
    client.post(&format!("/api/v1/tenants/{tenant}/budgets"), &budget)?;
    client.post(&format!("{path}/topup"), &json!({"amount": CAP, "currency": "PTS"}))?;
    Ok(())
}

/// The rules that events meet; made by the first run in a tenant.
fn make_rules(client: &Client<'_>) -> Result<(), BenchError> {
    for (id, rule) in workload::rules() {
        if client.get(&format!("/api/v1/rules/{id}")).is_err() {
            client.post("/api/v1/rules", &rule)?;
        }
    }
    Ok(())
}

/// Runs the load and prints its report, also where it ends in an error.
pub(crate) fn run(args: &LoadArgs) -> Result<(), BenchError> {
    let target = Target::parse(&args.url)?;
    let shape = Shape { members: args.members, departments: args.departments, batch: args.batch };
    let key_prefix = uuid::Uuid::new_v4().simple().to_string();
    // As long as the names that people give them: `marketing`.
    let budget_id = &key_prefix[..9];
    let budget = format!("/api/v1/tenants/{}/budgets/{budget_id}", args.tenant);
    if args.scenario == Scenario::Budget {
        make_budget(&Client::new(&target, &args.key), &args.tenant, budget_id, &budget)?;
    }
    if args.scenario == Scenario::Event {
        make_rules(&Client::new(&target, &args.key))?;
    }
    let mut workload = Workload::new(&target, args.scenario, shape, &args.key, &key_prefix, &budget);
    let checked = args.scenario.draws_on_pool() && !args.no_check;
    let pool_before = if checked { Some(pool_available(&target, &args.key)?) } else { None };

    let mut succeeded = 0;
    if args.warmup > 0.0 {
        let stop = Stop::After(Duration::from_secs_f64(args.warmup));
        let warm = measure(&target, args, stop, &mut workload)?;
        warm.check().inspect_err(|_| show_failures(&warm, args))?;
        succeeded += warm.succeeded();
    }
    let stop = args.requests.map_or(Stop::After(Duration::from_secs_f64(args.seconds)), Stop::Requests);
    let cpu_before_us = processor_us();
    let tally = measure(&target, args, stop, &mut workload)?;
    let mut report =
        tally.report(args.scenario.name(), args.connections.into(), workload.items_per_request());
    let spent_us = processor_us().zip(cpu_before_us).map(|(after, before)| after - before);
    report.generator_us_per_request =
        spent_us.map(|spent| (spent / report.requests.max(1) as f64 * 100.0).round() / 100.0);
    print(&report, args)?;
    tally.check()?;
    succeeded += tally.succeeded();
    match pool_before {
        Some(before) => {
            let fell = before - pool_available(&target, &args.key)?;
            agree(fell, succeeded * workload.items_per_request())
        }
        None => Ok(()),
    }
}

fn measure(
    target: &Target,
    args: &LoadArgs,
    stop: Stop,
    workload: &mut Workload,
) -> Result<Tally, BenchError> {
    let plan = Plan { connections: args.connections.into(), stop, rate: args.rate };
    engine::drive(target, plan, &mut |out| workload.render_next(out))
}

fn print(report: &Report, args: &LoadArgs) -> Result<(), BenchError> {
    let text = if args.json { serde_json::to_string(report)? } else { report.to_text() };
    super::print(&text)
}

/// The report of a failed warm-up, as far as it can be shown.
fn show_failures(warm: &Tally, args: &LoadArgs) {
    let _ = print(&warm.report(args.scenario.name(), args.connections.into(), 1), args);
}

/// Every item takes one unit, so the pool tells whether what was acknowledged was also done.
fn agree(fell: i64, items: u64) -> Result<(), BenchError> {
    let acknowledged = i64::try_from(items).unwrap_or(i64::MAX);
    if fell == acknowledged { Ok(()) } else { Err(BenchError::Books { fell, acknowledged }) }
}

fn pool_available(target: &Target, key: &str) -> Result<i64, BenchError> {
    let path = "/api/v1/allocations/pool";
    let answer = Client::new(target, key).get(path)?;
    answer["available"].as_i64().ok_or_else(|| BenchError::Unexpected {
        path: path.to_owned(),
        field: "available",
        body: answer.to_string(),
    })
}

/// What this thread, the only one, has used of the processor so far.
fn processor_us() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let on_processor_ns: f64 = stat.split_ascii_whitespace().next()?.parse().ok()?;
    Some(on_processor_ns / 1e3)
}

fn positive(text: &str) -> Result<f64, String> {
    not_negative(text).and_then(|value| if value > 0.0 { Ok(value) } else { Err("must be above 0".into()) })
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1e9).contains(&value) => Ok(value),
        _ => Err("must be a number from 0 to 1e9".into()),
    }
}
