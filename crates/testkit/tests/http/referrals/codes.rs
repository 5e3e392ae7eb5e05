//! Codes: random and chosen, taken once, shared by a link.

use super::CODES;
use guerdon_testkit::Server;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_made_shared_and_found_again() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let made = acme.manager.post(CODES, json!({"user_id": "emp-7"})).await.created();
        let code = made["code"].as_str().expect("a code");
        assert!(code.len() == 9 && !code.contains(['0', 'O', '1', 'I', 'L']), "{code}");
        assert_eq!((&made["user_id"], &made["link"]), (&json!("emp-7"), &Value::Null));

        let link = json!({"settings": {"referrals": {"link": "https://example.com/join?ref={code}&x=1"}}});
        acme.admin.patch("/api/v1/tenants/acme", link).await.ok();
        let chosen =
            acme.manager.post(CODES, json!({"member_id": "emp-7", "code": "save-20"})).await.created();
        assert_eq!(chosen["code"], "SAVE-20");
        assert_eq!(chosen["link"], "https://example.com/join?ref=SAVE-20&x=1");
        let named = acme.manager.post(CODES, json!({"user_id": "emp-7", "with_name": true})).await.created();
        assert!(named["code"].as_str().is_some_and(|code| code.starts_with("EMP-")), "{named}");

        let listed = acme.manager.get(&format!("{CODES}?user_id=emp-7")).await.ok();
        let codes: Vec<_> = listed["data"].as_array().expect("data").iter().map(|row| &row["code"]).collect();
        assert_eq!(codes, [&named["code"], &chosen["code"], &made["code"]], "newest first");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_one_members_for_ever_and_a_member_has_ten() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let make = async |user: &str, code: &str| {
            acme.manager.post(CODES, json!({"user_id": user, "code": code})).await
        };
        make("alice", "SAVE-20").await.created();
        for (user, code) in [("bob", "SAVE-20"), ("bob", "save-20"), ("alice", "Save-20")] {
            make(user, code).await.problem(409, "referral_code_taken");
        }
        for n in 1..10 {
            make("alice", &format!("ALICE-{n}")).await.created();
        }
        let told = make("alice", "ONE-MORE").await.problem(422, "too_many_codes");
        assert_eq!(told["limit"], 10);
        make("bob", "ONE-MORE").await.created();
        acme.manager.patch("/api/v1/members/emp-8", json!({"status": "inactive"})).await.ok();
        make("emp-8", "GONE").await.problem(422, "member_inactive");
        for bad in ["ABC", "A B C D", "-ABCD", "ÄBCD", &"A".repeat(33)] {
            make("bob", bad).await.problem(400, "invalid_request");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_who_want_one_code_one_gets_it() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let calls: Vec<_> = (0..64)
            .map(|n| {
                let client = acme.manager.clone();
                let body = json!({"user_id": format!("m-{n}"), "code": "SAVE-20"});
                tokio::spawn(async move { client.post(CODES, body).await })
            })
            .collect();
        let mut made = 0;
        for call in calls {
            let answer = call.await.expect("an answer");
            match answer.status.as_u16() {
                201 => made += 1,
                _ => drop(answer.problem(409, "referral_code_taken")),
            }
        }
        assert_eq!(made, 1);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_make_and_see_their_own_codes_alone() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let me = &acme.employee;
        let made = me.post(CODES, json!({"user_id": "emp-7"})).await.created();
        assert_eq!(me.get(CODES).await.ok()["data"], json!([made]));
        me.get(&format!("{CODES}?user_id=emp-7")).await.ok();
        me.get(&format!("{CODES}?user_id=emp-8")).await.problem(403, "forbidden");
        me.post(CODES, json!({"user_id": "emp-8"})).await.problem(403, "forbidden");
        acme.lead.post(CODES, json!({"user_id": "emp-8"})).await.problem(403, "forbidden");
        // A key of nobody has no codes of its own.
        let anonymous = acme.caller(json!({"name": "m", "role": "member"})).await;
        anonymous.get(CODES).await.problem(403, "forbidden");
        acme.platform.get(CODES).await.problem(400, "invalid_request");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_referrals_are_checked() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (settings, pointer) in [
            (json!({"link": "https://example.com/join"}), "/settings/referrals/link"),
            (json!({"link": "javascript:{code}"}), "/settings/referrals/link"),
            (json!({"link": "https://example.com/{code}/{code}"}), "/settings/referrals/link"),
            (json!({"per_day": 0}), "/settings/referrals/per_day"),
            (json!({"colour": 1}), "/settings/referrals/colour"),
            (json!([]), "/settings/referrals"),
        ] {
            let body = json!({"settings": {"referrals": settings}});
            let told = acme.admin.patch("/api/v1/tenants/acme", body).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
        }
        let tenant = acme.admin.get("/api/v1/tenants/acme").await.ok();
        assert_eq!(tenant["settings"]["referrals"], json!({"link": null, "per_day": 20}));
        server.stop().await;
    }
}
