//! The OpenAPI document: valid, complete, and true. That answers are as it says is held against every answer of every
//! test, in `guerdon_testkit::contract`.

use crate::roles::routes;
use guerdon_testkit::contract::{operation, resolved, validator};
use guerdon_testkit::{Company, Server};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::to_value(guerdon_http::document()).expect("json")
}

/// Each operation with its method and path.
fn operations() -> Vec<(Method, String, &'static Value)> {
    let of_route = |(method, path): (Method, String)| {
        let found = operation(&method, &path).expect("a route of the document");
        (method, path, found)
    };
    routes().into_iter().map(of_route).collect()
}

#[test]
fn the_document_is_valid_openapi_3_1_and_its_schemas_are_valid_json_schema() {
    let schema: Value = serde_json::from_str(include_str!("fixtures/openapi-3.1.json")).expect("json");
    let validator =
        jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).expect("a schema");
    let document = document();
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        assert!(jsonschema::meta::is_valid(schema), "{name}: {schema}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let at = part.split('"').next().unwrap_or_default();
        assert!(document.pointer(at).is_some(), "{at}");
    }
}

#[test]
fn the_paths_are_these() {
    let line = |(method, path, operation): (Method, String, &Value)| {
        (path.clone(), format!("{path} {method} {}", operation["operationId"].as_str().unwrap_or_default()))
    };
    let mut lines: Vec<_> = operations().into_iter().map(line).collect();
    lines.sort();
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_operation_says_what_it_is_and_what_it_takes() {
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let told = format!("{method} {path}");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!((5..=120).contains(&summary.chars().count()) && !summary.ends_with('.'), "{told}: {summary}");
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(ids.insert(id.clone()) && !id.is_empty(), "{told}: {id} is not its own");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{told}");

        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in &parameters {
            let described = parameter["description"].as_str().is_some_and(|text| text.len() > 3);
            assert!(described && parameter["schema"].is_object(), "{told}: {parameter}");
        }
        let named: BTreeSet<_> =
            parameters.iter().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
        let in_path: BTreeSet<_> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(named, in_path, "{told}");

        let open = operation["security"] == json!([{}]) || operation["security"] == json!([]);
        let responses = operation["responses"].as_object().expect("responses");
        assert!(open || responses.contains_key("401"), "{told}");
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{told}: {status}"
            );
            let problem = response["content"]["application/problem+json"].is_object();
            assert_eq!(problem, status.starts_with('4') || status.starts_with('5'), "{told}: {status}");
        }
        let takes_key = parameters.iter().find(|p| p["name"] == "Idempotency-Key");
        if takes_key.is_some_and(|p| p["required"] == true) {
            assert!(responses.contains_key("201") && responses.contains_key("409"), "{told}");
        }
    }
}

#[test]
fn every_field_of_every_body_and_answer_is_described() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for part in parts {
            for (field, property) in part["properties"].as_object().into_iter().flatten() {
                let told = property["description"].is_string()
                    || property["$ref"].is_string()
                    || !property["allOf"].is_null()
                    || !property["oneOf"].is_null();
                assert!(told, "{name}.{field}: {property}");
            }
        }
    }
}

/// The example of a body, and the schema that it must fit.
fn example(method: &Method, path: &str, operation: &Value) -> Option<Value> {
    let content = operation["requestBody"]["content"]["application/json"].as_object()?;
    let schema = &content["schema"];
    let example = match resolved(schema)["type"] == "array" {
        true => json!([resolved(&resolved(schema)["items"])["example"]]),
        false => resolved(schema)["example"].clone(),
    };
    assert!(example.is_object() || example.is_array(), "{method} {path} has no example");
    assert!(validator(schema).is_valid(&example), "{method} {path}: {example}");
    Some(example)
}

/// What must be there before an example makes sense.
async fn prepare(acme: &Company, path: &str, body: &mut Value, id: &mut String) {
    let platform = &acme.platform;
    let credit = json!({"user_id": "alice", "amount_cents": 5_000});
    match path {
        "/api/v1/members" => body["id"] = json!("example"),
        "/api/v1/tenants" => body["slug"] = json!(format!("{}-example", acme.slug)),
        "/api/v1/ledger/debit" | "/api/v1/ledger/transactions" | "/api/v1/ledger/transactions/bulk" => {
            platform.post("/api/v1/ledger/credit", credit).await.created();
        }
        "/api/v1/ledger/reverse" => {
            body["entry_id"] =
                platform.post("/api/v1/ledger/credit", credit).await.created()["entry_id"].clone();
        }
        "/api/v1/ledger/holds/capture" | "/api/v1/ledger/holds/release" => {
            let hold = json!({"account": "pool", "reference": "order-1001", "amount": 500});
            platform.post("/api/v1/ledger/holds", hold).await.created();
        }
        "/api/v1/rewards-ledger/{id}/pay" | "/api/v1/rewards-ledger/{id}/reverse" => {
            *id = platform.post("/api/v1/ledger/credit", credit).await.created()["entry_id"]
                .as_str()
                .expect("an id")
                .to_owned();
        }
        "/api/v1/referrals/{id}/review" => {
            let referral = json!({"id": "emp-7", "referrer_id": "alice", "referred_id": "bob"});
            platform.post("/api/v1/referrals", referral).await.created();
        }
        "/api/v1/auth/login" => {
            let path = "/api/v1/members/mgr-1/password";
            let body = Some(json!({"new": body["password"]}).to_string());
            platform.send(Method::PUT, path, &[], body).await.expect(204);
        }
        "/api/v1/tenants/{tenant}/resume" => {
            platform.post(&format!("/api/v1/tenants/{}/suspend", acme.slug), json!({})).await.ok();
        }
        "/api/v1/hook-sources/{id}" | "/api/v1/hook-sources/{id}/rotate" => {
            let source = json!({"id": "emp-7", "name": "S", "scheme": "stripe", "event": {"type": "t"}});
            platform.post("/api/v1/hook-sources", source).await.created();
        }
        path if path.contains("/rules/{id}") => {
            let rule = json!({"id": "emp-7", "name": "R", "conditions": [],
                "actions": [{"type": "credit", "user": "user_id", "points": 1}]});
            acme.manager.post("/api/v1/rules", rule).await.created();
            body["id"] = json!("emp-7");
        }
        path if path.contains("/budgets/{id}") => prepare_budget(acme, path, body).await,
        _ => {}
    }
}

/// A budget by the id that examples have, and what its operations are about.
async fn prepare_budget(acme: &Company, path: &str, body: &mut Value) {
    let budgets = format!("/api/v1/tenants/{}/budgets", acme.slug);
    let budget =
        json!({"id": "emp-7", "name": "B", "currency": "USD", "hard_cap": 2_000_000, "period": "monthly"});
    acme.manager.post(&budgets, budget).await.created();
    let topup = json!({"amount": 10_000, "currency": "USD"});
    acme.manager.post(&format!("{budgets}/emp-7/topup"), topup).await.created();
    if body.get("id").is_some() {
        body["id"] = json!("emp-7");
    }
    if ["/charge", "/release", "/reverse"].iter().any(|operation| path.ends_with(operation)) {
        let reserve = json!({"amount": 500, "currency": "USD", "ref_id": "order-1001"});
        acme.manager.post(&format!("{budgets}/emp-7/reserve"), reserve).await.created();
    }
    if path.ends_with("/reverse") {
        let charge = json!({"ref_id": "order-1001"});
        acme.manager.post(&format!("{budgets}/emp-7/charge"), charge).await.created();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_body_is_taken() {
    for server in Server::both().await {
        let mut tried = 0;
        for (method, path, operation) in operations() {
            // Nothing is to be fixed but what somebody has broken, nor confirmed but what an event has rewarded.
            let needs_more = path.ends_with("/fix") || path.ends_with("/confirm");
            let Some(mut body) = example(&method, &path, operation).filter(|_| !needs_more) else {
                continue;
            };
            // Each in a company of its own, whose name the example then has.
            let acme = server.company(&format!("acme-{tried}")).await;
            acme.allocate(100_000).await;
            let mut id = "emp-7".to_owned();
            prepare(&acme, &path, &mut body, &mut id).await;
            for name in ["tenant_id", "tenant"] {
                if body.get(name).is_some() {
                    body[name] = json!(acme.slug);
                }
            }
            let filled = path
                .replace("{tenant}", &acme.slug)
                .replace("{tenant_id}", &acme.slug)
                .replace("{id}", &id)
                .replace("/budgets/reset", "/budgets/reset?period=monthly");
            let headers = [("idempotency-key", "the-example"), ("if-match", "*")];
            let answer = acme.platform.send(method.clone(), &filled, &headers, Some(body.to_string())).await;
            assert!(answer.status.is_success(), "{method} {path} {body}: {}", answer.text);
            tried += 1;
        }
        assert!(tried > 20, "{tried}");
        server.stop().await;
    }
}
