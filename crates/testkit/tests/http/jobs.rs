//! What is done when its time comes: once, in order, by one server of several, and by whom it may be seen.

use crate::budgets::Budget;
use crate::support::{assert_says, company_with_points};
use guerdon_ledger::Refusal;
use guerdon_store::journal::{Command, Decision, Envelope, Needs, Seen};
use guerdon_store::{Change, Scheduled, TenantId, jobs};
use guerdon_testkit::{Company, Engine, Server};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

const HOLDS: &str = "holds.expire";
const RESETS: &str = "budgets.reset";

/// A hold of 10 points on the pool that runs out at 10:00.
async fn hold(acme: &Company, reference: &str) {
    let body = json!({"account": "pool", "reference": reference, "amount": 10,
        "expires_at": "2026-01-05T10:00:00Z"});
    acme.manager.post("/api/v1/ledger/holds", body).await.created();
}

/// The transactions of a kind, oldest first.
async fn recorded(acme: &Company, kind: &str) -> Vec<Value> {
    let page = acme.manager.get(&format!("/api/v1/ledger/transactions?limit=200&kind={kind}")).await.ok();
    page["data"].as_array().expect("a page").iter().rev().cloned().collect()
}

/// How a job stands.
async fn job(server: &Server, name: &str) -> Value {
    let page = server.platform().get("/api/v1/platform/jobs").await.ok();
    page["data"].as_array().expect("jobs").iter().find(|job| job["job"] == name).expect(name).clone()
}

fn ran(job: &str, state: &str, done: i64, failed: i64) -> Value {
    json!({"job": job, "state": state, "done": done, "failed": failed})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_out_is_released_and_what_did_not_is_left() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let acme = &budget.company;
        acme.allocate(100).await;
        hold(acme, "order-1").await;
        let lasting = json!({"account": "pool", "reference": "order-2", "amount": 20});
        acme.manager.post("/api/v1/ledger/holds", lasting).await.created();
        let part = json!({"account": "pool", "reference": "order-1", "to": "redeemed", "amount": 4});
        acme.manager.post("/api/v1/ledger/holds/capture", part).await.created();
        for (reference, expires_at) in [("a", "2026-01-05T10:00:00Z"), ("b", "2026-01-05T10:00:01Z")] {
            let body =
                json!({"amount": 500, "currency": "USD", "ref_id": reference, "expires_at": expires_at});
            budget.post("/reserve", body).await.created();
        }
        assert_eq!(server.run_jobs(HOLDS).await, ran(HOLDS, "idle", 0, 0));
        server.move_clock_to("2026-01-05T10:00:00Z");
        assert_says(
            &job(&server, HOLDS).await,
            &json!({"waiting": 2, "next_due_at": "2026-01-05T10:00:00Z"}),
            "",
        );
        assert_eq!(server.run_jobs(HOLDS).await, ran(HOLDS, "done", 2, 0));
        assert_eq!(server.run_jobs(HOLDS).await, ran(HOLDS, "idle", 0, 0));
        let told = json!([{"kind": "expire", "actor": "system", "reference": "order-1", "postings": []}]);
        assert_says(&json!(recorded(acme, "expire").await), &told, "");
        let pool = acme.manager.get("/api/v1/ledger/holds?account=pool").await.ok();
        let says = json!([{"reference": "order-1", "captured": 4, "released": 6, "status": "captured"},
            {"reference": "order-2", "released": 0, "status": "open"}]);
        let mut holds = pool["data"].as_array().expect("holds").clone();
        holds.sort_by_key(|hold| hold["reference"].to_string());
        assert_says(&json!(holds), &says, "");
        let told = json!([{"actor": "system", "reference": "a", "metadata": {"amount": 500}}]);
        assert_says(&json!(recorded(acme, "budget.release").await), &told, "by the budget, which counts it");
        assert_eq!(budget.standing().await, [10_000, 500, 0, 9_500]);
        assert_eq!(job(&server, HOLDS).await["next_due_at"], "2026-01-05T10:00:01Z");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_that_look_at_once_each_hold_is_released_by_one() {
    let one = Server::start(Engine::Postgres).await;
    let other = one.beside().await;
    let acme = company_with_points(&one, 10_000).await;
    for number in 0..150 {
        hold(&acme, &format!("order-{number}")).await;
    }
    for server in [&one, &other] {
        server.move_clock_to("2026-01-05T10:00:00Z");
    }
    let mut done = 0;
    for _ in 0..3 {
        let (here, there) = tokio::join!(one.run_jobs(HOLDS), other.run_jobs(HOLDS));
        done += here["done"].as_i64().expect("a count") + there["done"].as_i64().expect("a count");
        assert_eq!((&here["failed"], &there["failed"]), (&json!(0), &json!(0)));
    }
    assert_eq!((done, recorded(&acme, "expire").await.len()), (150, 150));
    assert_says(&job(&other, HOLDS).await, &json!({"waiting": 0, "done": 150, "failures": 0}), "");
    other.stop().await;
    one.stop().await;
}

/// The resets on record: the period that ended, the one that began, and who did it.
async fn resets(acme: &Company) -> Vec<[Value; 3]> {
    let recorded = recorded(acme, "budget.reset").await.into_iter();
    let of = |reset: Value| {
        let told = &reset["metadata"];
        [told["ended"]["period"].clone(), told["period"].clone(), reset["actor"].clone()]
    };
    recorded.map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_reset_at_its_boundary_once_and_after_months_without_a_server_once_for_each() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let reset = |ended: &str, begun: &str| [json!(ended), json!(begun), json!("system")];
        server.move_clock_to("2026-01-31T23:59:59Z");
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "idle", 0, 0));
        assert_says(
            &job(&server, RESETS).await,
            &json!({"waiting": 0, "next_due_at": "2026-02-01T00:00:00Z"}),
            "",
        );
        server.move_clock_to("2026-02-01T00:00:00Z");
        assert_says(&job(&server, RESETS).await, &json!({"waiting": 1, "owner": null}), "");
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "done", 1, 0));
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "idle", 0, 0));
        assert_eq!(resets(&budget.company).await, [reset("2026-01", "2026-02")]);

        server.move_clock_to("2026-05-02T12:00:00Z");
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "done", 3, 0));
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "idle", 0, 0));
        let passed = [
            reset("2026-01", "2026-02"),
            reset("2026-02", "2026-03"),
            reset("2026-03", "2026-04"),
            reset("2026-04", "2026-05"),
        ];
        assert_eq!(resets(&budget.company).await, passed);
        let period = json!({"name": "2026-05", "starts_at": "2026-05-01T00:00:00Z"});
        assert_says(&budget.get("").await["current_period"], &period, "");
        let told = json!({"waiting": 0, "next_due_at": "2026-06-01T00:00:00Z", "runs": 2, "done": 4, "failures": 0,
            "started_at": "2026-05-02T12:00:00Z", "finished_at": "2026-05-02T12:00:00Z", "leased_to": null});
        assert_says(&job(&server, RESETS).await, &told, "");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_suspended_company_is_due_waits_until_it_is_resumed() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let acme = &budget.company;
        acme.allocate(100).await;
        hold(acme, "order-1").await;
        server.run_jobs(RESETS).await;
        acme.platform.post("/api/v1/tenants/acme/suspend", json!({})).await.ok();
        server.move_clock_to("2026-03-01T00:00:00Z");
        for name in [HOLDS, RESETS, "budgets.follow"] {
            assert_eq!(server.run_jobs(name).await, ran(name, "idle", 0, 0));
            assert_says(&job(&server, name).await, &json!({"waiting": 0, "next_due_at": null}), name);
        }
        assert_eq!((resets(acme).await.len(), recorded(acme, "expire").await.len()), (0, 0));
        acme.platform.post("/api/v1/tenants/acme/resume", json!({})).await.ok();
        assert_eq!(job(&server, HOLDS).await["waiting"], 1);
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "done", 2, 0));
        assert_eq!((resets(acme).await.len(), recorded(acme, "expire").await.len()), (2, 1));
        server.stop().await;
    }
}

/// Schedules a reset of a budget that is not there.
struct Misguided;

impl Command for Misguided {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let scheduled = Scheduled { job: RESETS.to_owned(), subject: "ghost".to_owned(), due_at: Some(at) };
        let changes = vec![Change::Schedule(scheduled)];
        Ok(Decision { kind: "misguided".to_owned(), changes, ..Decision::default() })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_stops_nothing_else_and_is_tried_again() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let other = server.company("other").await;
        let tenant: TenantId = other.id.parse().expect("an id");
        let envelope = Envelope { tenant, actor: "test".into(), idempotency: None };
        server.journal.execute(envelope, Misguided).await.expect("recorded");
        server.move_clock_to("2026-02-01T00:00:00Z");
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "done", 1, 1));
        assert_eq!(resets(&budget.company).await.len(), 1);
        let told = json!({"waiting": 1, "runs": 1, "done": 1, "failures": 1, "failed_at": "2026-02-01T00:00:00Z",
            "last_error": format!("{tenant} ghost: there is no budget ghost")});
        assert_says(&job(&server, RESETS).await, &told, "");
        assert_eq!(server.run_jobs(RESETS).await, ran(RESETS, "done", 0, 1));
        assert_eq!(job(&server, RESETS).await["failures"], 2);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_another_server_is_at_is_left_to_it_until_its_lease_runs_out() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        hold(&acme, "order-1").await;
        server.move_clock_to("2026-01-05T10:00:00Z");
        let now = server.journal.clock().now();
        let to = now + SignedDuration::from_secs(60);
        let taken = jobs::take_lease(&server.database, HOLDS, "another", now, to).await.expect("a lease");
        assert!(taken);
        assert_eq!(server.run_jobs(HOLDS).await, ran(HOLDS, "elsewhere", 0, 0));
        let told = json!({"waiting": 1, "owner": "another", "leased_to": "2026-01-05T10:01:00Z",
            "started_at": "2026-01-05T10:00:00Z", "finished_at": null, "runs": 0});
        assert_says(&job(&server, HOLDS).await, &told, "");
        server.move_clock_to("2026-01-05T10:00:59Z");
        assert_eq!(server.run_jobs(HOLDS).await, ran(HOLDS, "elsewhere", 0, 0));
        assert_eq!(recorded(&acme, "expire").await.len(), 0);
        server.move_clock_to("2026-01-05T10:01:00Z");
        assert_eq!(server.run_jobs(HOLDS).await, ran(HOLDS, "done", 1, 0));
        let told = json!({"owner": format!("http://{}", server.address()), "leased_to": null, "runs": 1,
            "finished_at": "2026-01-05T10:01:00Z"});
        assert_says(&job(&server, HOLDS).await, &told, "");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_by_name_and_a_moved_clock_does_nothing_by_itself() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        hold(&acme, "order-1").await;
        let platform = server.platform();
        let later = json!({"now": "2026-01-05T12:00:00Z"});
        platform.post("/api/v1/platform/clock", later).await.ok();
        let page = platform.get("/v1/platform/jobs").await.ok();
        let told = json!({"next_cursor": null, "data": [
            {"job": "access.sessions", "every": "every day at 04:00 UTC", "waiting": 1,
                "next_due_at": "2026-01-05T04:00:00Z", "owner": null, "runs": 0},
            {"job": "budgets.follow", "every": "every second", "next_due_at": null},
            {"job": "budgets.reconcile", "every": "every day at 03:00 UTC", "waiting": 1,
                "next_due_at": "2026-01-05T03:00:00Z"},
            {"job": "budgets.reset", "every": "every second", "waiting": 0, "next_due_at": null},
            {"job": "holds.expire", "every": "every second", "waiting": 1, "runs": 0, "done": 0, "failures": 0,
                "does": "Releases what is still reserved by holds that ran out, and confirms rewards whose time has come.",
                "next_due_at": "2026-01-05T10:00:00Z", "started_at": null, "finished_at": null,
                "last_error": null, "failed_at": null},
            {"job": "rules.count", "every": "every second", "waiting": 0, "next_due_at": null},
        ]});
        assert_says(&page, &told, "");
        let first = platform.get("/api/v1/platform/jobs?limit=1").await.ok();
        assert_eq!(first["data"][0]["job"], "access.sessions");
        let cursor = first["next_cursor"].as_str().expect("there is more");
        let second = platform.get(&format!("/api/v1/platform/jobs?limit=1&cursor={cursor}")).await.ok();
        assert_eq!(second["data"][0]["job"], "budgets.follow");
        for client in [&acme.admin, &acme.employee] {
            client.get("/api/v1/platform/jobs").await.problem(403, "forbidden");
            client.post("/api/v1/platform/jobs/run", json!({})).await.problem(403, "forbidden");
        }
        platform.post("/api/v1/platform/jobs/run", json!({"job": "x"})).await.problem(400, "invalid_request");
        let body = platform.post_without_key("/platform/jobs/run", json!({})).await;
        body.problem(404, "not_found");
        assert_eq!(job(&server, HOLDS).await["runs"], 0, "nothing was done unasked");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_have_ended_are_deleted_once_a_day() {
    const SESSIONS: &str = "access.sessions";
    for server in Server::both().await {
        let acme = server.company("acme").await;
        assert_eq!(server.run_jobs(SESSIONS).await, ran(SESSIONS, "done", 0, 0));
        assert_eq!(server.run_jobs(SESSIONS).await, ran(SESSIONS, "idle", 0, 0));
        let word = "correct horse battery staple";
        let body = json!({"new": word}).to_string();
        acme.manager.send(Method::PUT, "/api/v1/members/mgr-1/password", &[], Some(body)).await.expect(204);
        let login = json!({"tenant": "acme", "member_id": "mgr-1", "password": word});
        let answer = acme.manager.without_key().post("/api/v1/auth/login", login).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        for (now, state, done) in [
            ("2026-01-05T23:00:00Z", "idle", 0),
            ("2026-01-06T03:59:59Z", "idle", 0),
            ("2026-01-06T04:00:00Z", "done", 1),
            ("2026-01-06T05:00:00Z", "idle", 0),
            ("2026-01-09T05:00:00Z", "done", 0),
            ("2026-01-09T05:00:01Z", "idle", 0),
        ] {
            server.move_clock_to(now);
            assert_eq!(server.run_jobs(SESSIONS).await, ran(SESSIONS, state, done, 0), "{now}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_are_followed_once_and_only_what_is_about_budgets_counts() {
    const FOLLOW: &str = "budgets.follow";
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 9_000).await.created();
        let followed = server.run_jobs(FOLLOW).await;
        assert_eq!(followed, ran(FOLLOW, "done", 3, 0), "made, funded, reserved");
        assert_eq!(server.run_jobs(FOLLOW).await["done"], 0);
        budget.company.allocate(5).await;
        assert_eq!(server.run_jobs(FOLLOW).await["done"], 0);
        assert_eq!(job(&server, FOLLOW).await["waiting"], 0, "what is not about budgets is not waited for");
        server.stop().await;
    }
}
