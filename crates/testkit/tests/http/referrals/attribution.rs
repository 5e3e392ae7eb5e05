//! Attribution: once for ever, and never in a circle.

use super::{CODES, REFERRALS, ids, refer};
use crate::lists::walk;
use crate::support::assert_says;
use guerdon_testkit::Server;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_is_recorded_by_code_or_by_referrer() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.manager.post(CODES, json!({"user_id": "alice", "code": "ALICE-1"})).await.created();
        let body = json!({"id": "ref-1", "code": "alice-1", "referred_id": "bob"});
        let made = acme.manager.post_with_key(REFERRALS, "k", body.clone()).await.created();
        let wanted = json!({"id": "ref-1", "code": "ALICE-1", "referrer_id": "alice", "referred_id": "bob",
            "status": "pending", "review": "none", "flags": [], "rewards": [], "qualified_by": null, "version": 1});
        assert_says(&made, &wanted, "made");
        let again = acme.manager.post_with_key(REFERRALS, "k", body).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.ok(), made);
        assert_eq!(acme.manager.get("/api/v1/referrals/ref-1").await.ok(), made);

        let plain = json!({"referrer_id": "alice", "referred_id": "cem"});
        let plain = acme.manager.post(REFERRALS, plain).await.created();
        assert!(plain["id"].as_str().is_some_and(|id| id.len() == 36) && plain["code"].is_null(), "{plain}");
        // Both were not seen before.
        for id in ["alice", "bob", "cem"] {
            let member = acme.manager.get(&format!("/api/v1/members/{id}")).await.ok();
            assert_eq!(member["status"], "active", "{id}");
        }
        let trail = acme.admin.get("/api/v1/audit?kind=referral.create&limit=2").await.ok();
        let changed = trail["data"][1]["changes"].as_array().expect("changes");
        assert!(changed.contains(&json!({"what": "referral", "id": "ref-1", "version": 1})), "{changed:?}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_referral_is_refused_with_what_stands_against_it() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let post = async |body: Value| acme.manager.post(REFERRALS, body).await;
        acme.manager.post(CODES, json!({"user_id": "alice", "code": "ALICE-1"})).await.created();
        refer(&acme.manager, "ref-1", "alice", "bob").await.created();
        acme.manager.patch("/api/v1/members/emp-8", json!({"status": "inactive"})).await.ok();
        let head = acme.head().await;

        for (referrer, referred) in [("carol", "carol"), ("alice", "alice")] {
            refer(&acme.manager, "x", referrer, referred).await.problem(422, "self_referral");
        }
        post(json!({"code": "ALICE-1", "referred_id": "alice"})).await.problem(422, "self_referral");
        for referrer in ["alice", "carol"] {
            let told = refer(&acme.manager, "x", referrer, "bob").await.problem(409, "already_referred");
            assert_says(&told, &json!({"referral_id": "ref-1", "referrer_id": "alice"}), "first");
        }
        let told = refer(&acme.manager, "x", "bob", "alice").await.problem(422, "circular_referral");
        assert_eq!(told["referral_id"], "ref-1");
        refer(&acme.manager, "ref-1", "alice", "dora").await.problem(409, "referral_exists");
        refer(&acme.manager, "x", "emp-8", "dora").await.problem(422, "member_inactive");
        refer(&acme.manager, "x", "alice", "emp-8").await.problem(422, "member_inactive");
        for code in ["NOBODY-1", "x", "no code at all"] {
            let body = json!({"code": code, "referred_id": "dora"});
            post(body).await.problem(404, "referral_code_not_found");
        }
        for (body, pointer) in [
            (json!({"referred_id": "dora"}), "/code"),
            (json!({"referred_id": "dora", "code": "ALICE-1", "referrer_id": "alice"}), "/referrer_id"),
            (json!({"referrer_id": "alice"}), "/referred_id"),
            (json!({"referrer_id": "alice", "referred_id": "d", "signals": {"ip": "x"}}), "/signals/ip"),
            (
                json!({"referrer_id": "alice", "referred_id": "d", "signals": {"email": "x"}}),
                "/signals/email",
            ),
            (
                json!({"referrer_id": "alice", "referred_id": "d", "signals": {"phone": "x"}}),
                "/signals/phone",
            ),
        ] {
            let told = post(body).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
        }
        assert_eq!(acme.head().await, head, "nothing was recorded");
        acme.manager.get("/api/v1/members/dora").await.problem(404, "member_not_found");
        acme.manager.get("/api/v1/referrals/x").await.problem(404, "referral_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_who_bring_the_same_person_one_did() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let calls: Vec<_> = (0..64)
            .map(|n| {
                let client = acme.manager.clone();
                tokio::spawn(
                    async move { refer(&client, &format!("ref-{n}"), &format!("r-{n}"), "bob").await },
                )
            })
            .collect();
        let (mut made, mut named) = (Vec::new(), Vec::new());
        for call in calls {
            let answer = call.await.expect("an answer");
            match answer.status.as_u16() {
                201 => made.push(answer.created()["id"].clone()),
                _ => named.push(answer.problem(409, "already_referred")["referral_id"].clone()),
            }
        }
        assert_eq!((made.len(), named.len()), (1, 63));
        assert!(named.iter().all(|id| *id == made[0]), "{named:?}");
        assert_eq!(ids(&acme.manager, "referred_id=bob").await, [made[0].as_str().expect("an id")]);
        let verified = acme.admin.get("/api/v1/audit/verify").await.ok();
        assert_eq!(verified["clean"], true, "{verified}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn referrals_are_listed_newest_first_filtered_and_whole() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for n in 0..7 {
            let referrer = if n % 2 == 0 { "alice" } else { "zoe" };
            refer(&acme.manager, &format!("ref-{n}"), referrer, &format!("{n}-new")).await.created();
        }
        for id in ["ref-2", "ref-3"] {
            let path = format!("{REFERRALS}/{id}/review");
            acme.manager.post(&path, json!({"decision": "reject"})).await.ok();
        }
        for (query, wanted) in [
            ("", vec![6, 5, 4, 3, 2, 1, 0]),
            ("status=pending", vec![6, 5, 4, 1, 0]),
            ("status=rejected", vec![3, 2]),
            ("review=rejected", vec![3, 2]),
            ("review=open", vec![]),
            ("review=none&referrer_id=alice", vec![6, 4, 0]),
            ("referrer_id=zoe", vec![5, 3, 1]),
            ("referrer_id=zoe&status=rejected", vec![3]),
            ("referred_id=4-new", vec![4]),
            ("referred_id=4-new&referrer_id=zoe", vec![]),
            ("referred_id=nobody", vec![]),
        ] {
            let wanted: Vec<_> = wanted.into_iter().map(|n| format!("ref-{n}")).collect();
            assert_eq!(ids(&acme.manager, query).await, wanted, "{query}");
            for limit in [1, 2, 7] {
                let (rows, _) = walk(&acme.manager, &format!("{REFERRALS}?{query}"), limit).await;
                let walked: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap_or_default()).collect();
                assert_eq!(walked, wanted, "{query} by {limit}");
            }
        }
        for bad in ["status=lost", "review=maybe", "referrer_id=a%20b", "limit=0", "colour=red"] {
            acme.manager.get(&format!("{REFERRALS}?{bad}")).await.problem(400, "invalid_request");
        }
        let csv = [("accept", "text/csv")];
        let csv = acme.manager.send(reqwest::Method::GET, REFERRALS, &csv, None).await;
        let lines: Vec<&str> = csv.text.lines().collect();
        assert_eq!(lines.len(), 8, "{}", csv.text);
        assert!(lines[0].starts_with("id,code,referrer_id,referred_id,status,review,flags"), "{}", lines[0]);
        server.stop().await;
    }
}
