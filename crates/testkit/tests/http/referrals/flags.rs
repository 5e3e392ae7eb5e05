//! What looks odd is flagged and not refused, and no signal of a person is kept in the clear.

use super::{REFERRALS, ids, refer};
use guerdon_testkit::{Engine, Server};
use serde_json::{Value, json};

/// The reasons of a referral's flags.
fn reasons(referral: &Value) -> Vec<&str> {
    referral["flags"].as_array().expect("flags").iter().filter_map(|flag| flag["reason"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn referrals_that_look_like_others_wait_for_a_review() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let member = json!({"id": "alice", "name": "Alice", "email": "Ali.Ce@example.com"});
        acme.manager.post("/api/v1/members", member).await.created();
        let mut number = 0;
        let mut post = async |referrer: &str, signals: Value| {
            number += 1;
            let body = json!({"id": format!("ref-{number}"), "referrer_id": referrer,
                "referred_id": format!("new-{number}x"), "signals": signals});
            acme.manager.post(REFERRALS, body).await.created()
        };
        let first = json!({"email": "bob@example.com", "ip": "192.0.2.17", "device": "phone-1"});
        let first = post("alice", first).await;
        assert_eq!((reasons(&first).len(), &first["review"]), (0, &json!("none")));
        for (signals, reason) in [
            (json!({"email": "B.O.B+2@example.com"}), "same_email"),
            (json!({"ip": "::ffff:192.0.2.17"}), "same_ip"),
            (json!({"device": " phone-1 "}), "same_device"),
        ] {
            let odd = post("zoe", signals).await;
            assert_eq!((reasons(&odd), &odd["review"]), (vec![reason], &json!("open")), "{odd}");
            assert_eq!(
                (&odd["flags"][0]["first_referral_id"], &odd["flags"][0]["count"]),
                (&json!("ref-1"), &json!(2))
            );
            assert_eq!(odd["status"], "pending");
        }
        let own = post("alice", json!({"email": "alice+2@example.com"})).await;
        assert_eq!(reasons(&own), ["referrer_email"]);
        assert_eq!(ids(&acme.manager, "review=open").await, ["ref-5", "ref-4", "ref-3", "ref-2"]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_in_a_day_and_names_that_count_up_are_flagged() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let settings = json!({"time_zone": "Africa/Harare", "settings": {"referrals": {"per_day": 3}}});
        acme.admin.patch("/api/v1/tenants/acme", settings).await.ok();
        let mut flagged = Vec::new();
        for n in ["a", "b", "c", "d"] {
            let made = refer(&acme.manager, n, "alice", &format!("new-{n}")).await.created();
            flagged.extend(reasons(&made).iter().map(|reason| format!("{n} {reason}")));
        }
        assert_eq!(flagged, ["d velocity"]);
        // Half past midnight in Harare: another day.
        server.move_clock_to("2026-01-05T22:30:00Z");
        let next = refer(&acme.manager, "e", "alice", "new-e").await.created();
        assert!(reasons(&next).is_empty(), "{next}");
        for (n, wanted) in [(8, vec![]), (9, vec![]), (10, vec!["sequential_ids"])] {
            let made = refer(&acme.manager, &format!("s-{n}"), "zoe", &format!("user-{n}")).await.created();
            assert_eq!(reasons(&made), wanted, "{n}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signal_of_a_person_is_in_the_database() {
    let server = Server::start(Engine::Sqlite).await;
    let acme = server.company("acme").await;
    let globex = server.company("globex").await;
    let signals = json!({"email": "very.private@example.net", "ip": "203.0.113.77", "device": "device-4711"});
    let mut hashes = Vec::new();
    for company in [&acme, &globex] {
        let body = json!({"id": "ref-1", "referrer_id": "alice", "referred_id": "bob", "signals": signals});
        company.manager.post(REFERRALS, body).await.created();
        let trail = company.admin.get("/api/v1/audit?kind=referral.create").await;
        hashes.push(trail.text.clone());
    }
    let mut dump = String::new();
    for company in [&acme, &globex] {
        let tenant = company.id.parse().expect("an id");
        let mode = guerdon_store::driver::Mode::Read;
        let mut tx = server.database.begin(tenant, mode).await.expect("a transaction");
        let rows = guerdon_store::read::journal_rows(&mut tx, 0, 1_000).await.expect("rows");
        let marks =
            rows.iter().find(|row| row.kind == "referral.create").expect("a referral").changes.clone();
        hashes.push(marks);
        dump.push_str(&format!("{rows:?}"));
    }
    for told in ["private", "example.net", "203.0.113", "device-4711"] {
        assert!(!dump.contains(told) && !hashes.iter().any(|text| text.contains(told)), "{told}");
    }
    // Each tenant has a salt of its own, so that nobody can tell by two journals whom both know.
    let values = |changes: &str| -> Vec<String> {
        let changes: Vec<Value> = serde_json::from_str(changes).expect("json");
        let marks = changes.iter().map(|change| &change["referral_mark"]);
        let salted = marks.filter(|mark| matches!(mark["kind"].as_str(), Some("email" | "ip" | "device")));
        salted.map(|mark| mark["value"].as_str().expect("a value").to_owned()).collect()
    };
    let (ours, theirs) = (values(&hashes[2]), values(&hashes[3]));
    assert_eq!((ours.len(), theirs.len()), (3, 3));
    assert!(ours.iter().all(|hash| hash.len() == 32 && !theirs.contains(hash)), "{ours:?} {theirs:?}");
    server.stop().await;
}
