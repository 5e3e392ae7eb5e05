//! What actions come to.

use crate::support::{World, set_of};
use guerdon_ledger::{Amount, AssetCode, MemberId, Name};
use guerdon_rules::{Confirm, Duration, Effect, Money, NoEffect, Source};
use serde_json::{Value, json};

fn effect(action: Value, event: &Value) -> Result<Effect, NoEffect> {
    let set = set_of(&json!({"name": "r", "conditions": [], "budget_id": "marketing", "actions": [action]}));
    let member = json!({"id": "ann", "attributes": {"mentor": "mia"}});
    let world = World { member: Some(member), ..World::default() };
    world.effects(&set, event).pop().expect("one effect")
}

fn member(id: &str) -> MemberId {
    MemberId::new(id).expect(id)
}

fn name(name: &str) -> Name {
    Name::new(name).expect(name)
}

fn money(units: i64, asset: Option<&str>) -> Money {
    let asset = asset.map(|code| AssetCode::new(code).expect(code));
    Money { amount: Amount::new(units).expect("an amount"), asset }
}

#[test]
fn each_action_comes_to_its_effect() {
    let event = json!({"user_id": "ann"});
    let credit = |money, from, budget: Option<&str>, confirm, category: Option<&str>| Effect::Credit {
        user: member("ann"),
        money,
        from,
        budget: budget.map(name),
        confirm,
        category: category.map(str::to_owned),
    };
    let after = Confirm::After(Duration::parse("P14D").expect("a duration"));
    let marketing = Some("marketing");
    for (action, expected) in [
        (
            json!({"type": "credit", "user": "user_id", "amount_cents": 5}),
            credit(money(5, None), Source::Funding, marketing, None, None),
        ),
        (
            json!({"type": "credit", "user": "user_id", "amount": 5, "budget_id": "b", "confirm": "manual"}),
            credit(money(5, None), Source::Funding, Some("b"), Some(Confirm::Manual), None),
        ),
        (
            json!({"type": "credit", "user": "user_id", "amount": 5, "asset": "ZWG", "confirm": "P14D"}),
            credit(money(5, Some("ZWG")), Source::Funding, marketing, Some(after), None),
        ),
        (
            json!({"type": "credit", "user": "user_id", "points": 5, "from": "pool", "confirm": "at_once", "category": "c"}),
            credit(money(5, Some("PTS")), Source::Pool, marketing, Some(Confirm::AtOnce), Some("c")),
        ),
        (
            json!({"type": "debit", "user": "user_id", "points": 5}),
            Effect::Debit { user: member("ann"), money: money(5, Some("PTS")) },
        ),
        (
            json!({"type": "reserve", "amount": 5, "expires_after": "P1D"}),
            Effect::Reserve {
                budget: name("marketing"),
                money: money(5, None),
                expires_after: Duration::parse("P1D").ok(),
            },
        ),
        (
            json!({"type": "issue_reward", "user": "user_id", "reward": "mug"}),
            Effect::IssueReward { user: member("ann"), reward: name("mug") },
        ),
        (
            json!({"type": "grant_achievement", "user": "user_id", "achievement": "first"}),
            Effect::GrantAchievement { user: member("ann"), achievement: name("first") },
        ),
        (
            json!({"type": "set_attribute", "user": "user_id", "name": "vip", "value": null}),
            Effect::SetAttribute { user: member("ann"), name: name("vip"), value: Value::Null },
        ),
        (
            json!({"type": "notify", "user": "user_id", "message": "Well done", "channel": "email"}),
            Effect::Notify {
                user: Some(member("ann")),
                message: "Well done".to_owned(),
                channel: Some(name("email")),
            },
        ),
        (
            json!({"type": "notify", "message": "Look"}),
            Effect::Notify { user: None, message: "Look".to_owned(), channel: None },
        ),
    ] {
        assert_eq!(effect(action.clone(), &event), Ok(expected), "{action}");
    }
}

#[test]
fn a_user_is_a_path_or_an_id() {
    let event = json!({"referrer_id": "alice", "number": 7, "half": 0.5, "odd": "a b", "null": null, "list": ["bob"]});
    for (user, expected) in [
        (json!("referrer_id"), Ok("alice")),
        (json!("number"), Ok("7")),
        (json!("list.0"), Ok("bob")),
        (json!("emp-7"), Ok("emp-7")),
        (json!("ann@example.com"), Ok("ann@example.com")),
        (json!({"id": "referrer_id"}), Ok("referrer_id")),
        (json!({"path": "referrer_id"}), Ok("alice")),
        (json!("$member.attributes.mentor"), Ok("mia")),
        (json!("odd"), Err("what stands at odd is not the id of a member")),
        (json!("half"), Err("what stands at half is not the id of a member")),
        (json!("null"), Err("what stands at null is not the id of a member")),
        (json!("list"), Err("what stands at list is not the id of a member")),
        (json!({"path": "nowhere"}), Err("nothing stands at nowhere")),
        (json!("$referral.referrer_id"), Err("nothing stands at $referral.referrer_id")),
        (json!("größe"), Err("nothing stands at größe")),
    ] {
        let told = effect(json!({"type": "debit", "user": user, "points": 1}), &event);
        match (told, expected) {
            (Ok(Effect::Debit { user: id, .. }), Ok(expected)) => assert_eq!(id.as_str(), expected, "{user}"),
            (Err(told), Err(expected)) => {
                assert_eq!((&*told.why, told.nothing_due), (expected, false), "{user}")
            }
            (told, expected) => panic!("{user}: {told:?}, not {expected:?}"),
        }
    }
}

#[test]
fn an_amount_is_rounded_down_and_held_within_its_bounds() {
    let event = json!({"total": 1_999, "fraction": 19.99, "negative": -5, "big": 1e300});
    for (amount, expected) in [
        (json!({"expr": "total / 20"}), Ok(99)),
        (json!({"expr": "total * 0.05"}), Ok(99)),
        (json!({"expr": "fraction"}), Ok(19)),
        (json!({"expr": "total", "max": 500}), Ok(500)),
        (json!({"expr": "total", "min": 2_000}), Ok(2_000)),
        (json!({"expr": "negative", "min": 1}), Ok(1)),
        (json!({"expr": "big", "max": 7}), Ok(7)),
        (json!({"expr": "9007199254740991"}), Ok(9_007_199_254_740_991)),
        (json!({"expr": "negative"}), Err((true, "the amount comes to nothing"))),
        (json!({"expr": "0.99"}), Err((true, "the amount comes to nothing"))),
        (json!({"expr": "total - total"}), Err((true, "the amount comes to nothing"))),
        (json!({"expr": "big"}), Err((false, "\"big\" comes to more than 9007199254740991"))),
        (
            json!({"expr": "9007199254740992"}),
            Err((false, "\"9007199254740992\" comes to more than 9007199254740991")),
        ),
        (json!({"expr": "nowhere"}), Err((false, "\"nowhere\" has no value: there is no nowhere"))),
        (json!({"expr": "total / 0"}), Err((false, "\"total / 0\" has no value: it divides by zero"))),
    ] {
        let told = effect(json!({"type": "debit", "user": "ann", "points": amount}), &event);
        match (told, expected) {
            (Ok(Effect::Debit { money, .. }), Ok(units)) => {
                assert_eq!(money.amount.minor_units(), units, "{amount}");
            }
            (Err(told), Err((nothing_due, why))) => {
                assert_eq!((told.nothing_due, &*told.why), (nothing_due, why), "{amount}");
            }
            (told, expected) => panic!("{amount}: {told:?}, not {expected:?}"),
        }
    }
}
