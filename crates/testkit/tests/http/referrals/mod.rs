//! Referrals: codes, attribution, flags, reviews.

mod attribution;
mod codes;
mod flags;
mod review;

use guerdon_testkit::{Answer, Client};
use serde_json::{Value, json};

const REFERRALS: &str = "/api/v1/referrals";
const CODES: &str = "/api/v1/referrals/codes";

/// Records that one brought another.
async fn refer(client: &Client, id: &str, referrer: &str, referred: &str) -> Answer {
    client.post(REFERRALS, json!({"id": id, "referrer_id": referrer, "referred_id": referred})).await
}

/// The ids of a list, in its order.
async fn ids(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("{REFERRALS}?{query}")).await.ok();
    let id = |row: &Value| row["id"].as_str().expect("an id").to_owned();
    page["data"].as_array().expect("data").iter().map(id).collect()
}
