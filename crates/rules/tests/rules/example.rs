//! The rule and the event that stand in the documentation of the calls.

use crate::support::{World, set_of};
use guerdon_ledger::{Amount, MemberId};
use guerdon_rules::{Effect, Money, Source};
use serde_json::json;

#[test]
fn the_paid_referrer_is_credited() {
    let set = set_of(&json!({"name":"Paid referrer","conditions":[
        {"field":"referrer.is_paid_user","operator":"==","value":true},
        {"field":"referred.subscription_status","operator":"==","value":"active"}],
        "actions":[{"type":"credit","user":"referrer_id","amount_cents":50000}],"logic":"AND"}));
    let event = json!({"referrer_id":"alice","referrer":{"is_paid_user":true},
        "referred":{"subscription_status":"active"}});
    let world = World::default();
    let conclusion = world.conclude(&set, &event);
    assert!(conclusion.holds);
    assert_eq!(
        conclusion.trace.to_json(),
        json!({"held": true, "logic": "AND", "conditions": [
            {"field":"referrer.is_paid_user","operator":"==","value":true,"seen":true,"held":true},
            {"field":"referred.subscription_status","operator":"==","value":"active","seen":"active","held":true}]})
    );
    let credit = Effect::Credit {
        user: MemberId::new("alice").expect("id"),
        money: Money { amount: Amount::new(50_000).expect("amount"), asset: None },
        from: Source::Funding,
        budget: None,
        confirm: None,
        category: None,
    };
    assert_eq!(world.effects(&set, &event), vec![Ok(credit)]);
}
