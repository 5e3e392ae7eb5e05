//! Sentences, and the rules that they become.

use crate::support::{World, set_of};
use guerdon_rules::{Effect, Rule, Sentence, read_sentence};
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// The usual ones. What each becomes stands in the snapshot.
const SENTENCES: &[&str] = &[
    "Reward $50 for 3 referrals",
    "Give 100 points for each referral",
    "$50 for every 3 referrals",
    "Reward $50 for each 3 referrals, at most 5 times per year",
    "Reward $50 for 3 referrals, at most twice a year",
    "Award 100 points for spending $500, once a year",
    "Give $10 to the referrer and $5 to the friend for every referral",
    "Give 100 points to the referrer and 50 to the friend when the friend's first order is over $20, at most 5 times a month",
    "Give referrers 100 points and friends 50 points for each referral",
    "Both get $10 when a referred friend makes a first purchase of at least $25",
    "Double points for gold members in December",
    "Triple points for vip or platinum members from 24 to 26 December",
    "2x points on orders over $100 this month",
    "10 points per dollar spent",
    "1 point for every $10 spent, up to 500 points",
    "5 points for each euro spent by gold members",
    "Give 5% cashback on orders over $100 up to $20",
    "10 percent of the order total to the referrer when their friend makes a purchase, max €15",
    "2.5% back on every purchase",
    "Award 500 points on a member's birthday",
    "Award 500 points for signing up",
    "500 points for a 7 day streak of logins",
    "Give 50 points for a 4 week login streak",
    "Award 20 points for logging in 5 days in a row",
    "200 points for the third purchase in 30 days",
    "Give a $5 voucher for the first order",
    "100 points for every tenth order",
    "Give 250 points to members who make at least 10 purchases in a month",
    "Give 250 points for more than 3 reviews in a week",
    "Award 1,000 points to customers who spend $500 in a month",
    "Award 1k points for spending more than €200 in 30 days",
    "Give 300 points to customers who buy from 3 different categories in a quarter",
    "20 points for each review, once a day",
    "50 points for completing a survey, limit 1 per customer",
    "Give twenty points for a check-in, no more than twice a week",
    "Give 25 points for sharing a post with a cooldown of 24 hours",
    "Give 25 points for feedback at most once every 7 days",
    "$20 for the first 100 customers who place an order",
    "100 points for a review, 1000 times in total",
    "Give 10 points for a review or a survey",
    "Give 100 points for orders over $50 from 1 March to 31 March 2027",
    "Give 100 points for an order until Friday",
    "Give 100 points for an order before 2027-01-01",
    "Give 100 points for orders in 2027",
    "100 points for every order starting 1 May",
    "100 points for an order on 24 December",
    "Give 100 points for a booking until the end of the month",
    "100 points for each referral for the next 2 weeks",
    "100 points for an order tomorrow",
    "USD 5 for every donation of EUR 20 or more",
    "Give £5 for orders between £20 and £50",
    "50 cents for every review",
    "Give 100 points for orders over $50, expiring after 90 days",
    "$25 for each referral, confirmed after 14 days, from the marketing budget",
    "$25 for each referral after approval",
    "Give 100 points from the pool for resolving a ticket",
    "Give 100 points to members in the sales team for each sale",
    "Give 100 points for completing a course to members in the engineering department",
    "Give 100 points for a review to everyone except managers",
    "Give 30 points for quiz.passed",
    "Give 30 points for every 5 lesson.finished events",
    "Give 100 points for a purchase where country is ZW",
    "Give 100 points for a purchase with the code \"SUMMER 26\"",
    "Give 100 points for orders where items_count is at least 3",
    "Grant the Super Fan badge for 10 referrals",
    "Issue the reward free-coffee for every tenth visit",
    "Deduct 50 points when an order is refunded",
    "Give 100 points for 5 reviews and tell them \"Thank you!\"",
    "Reward the person who referred $30 when the referred member starts a subscription",
    "Give a hundred and fifty points for an upgrade",
    "Reward $50 for three successful referrals within 60 days",
    "Give 100 points for writing a review on Mondays at noon",
    "Belohne 100 points für each referral bitte",
];

/// What is not understood where it matters becomes no rule.
const REFUSED: &[&str] = &[
    "",
    "   ",
    "?!",
    "What is the weather like tomorrow?",
    "Give a reward for each referral",
    "Give 100 points",
    "100 points to every gold member",
    "Give 100 points for each referral but never on weekends",
    "Give 100 points unless the order is over $50",
    "Give 100 points for orders over $50 except in December",
    "Give 10 points for a review and 50 points for an order",
    "Give 100 points for an order over $50 or in December",
    "Give 100 points to mallory for each referral",
    "Give 5% cashback for each review",
    "Double points for a birthday",
    "Give 100 points for each referral, up to $20",
    "Give 5% cashback on orders up to 500 points",
    "Give 100 points for 3 referrals and 5 referrals",
    "Give 100 points for 3 reviews or surveys",
    "Give 0 points for each referral",
    "Give 99999999999999 points for each referral",
    "Give $1.005 for each referral",
    "Give 300 points to customers who buy from 300 different categories",
    "Don't give 100 points for an order",
];

fn read(text: &str) -> Result<Sentence, String> {
    let zone = TimeZone::get("Africa/Harare").expect("a zone");
    read_sentence(text, date(2026, 11, 21), &zone).map_err(|why| why.to_string())
}

#[test]
fn the_usual_sentences_become_these_rules() {
    let mut told = String::new();
    for text in SENTENCES {
        writeln!(told, "── {text}").expect("text");
        let sentence = read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let mut json = sentence.rule.to_json();
        assert_eq!(json["status"], "draft", "{text}");
        for usual in ["name", "status", "logic"] {
            json.as_object_mut().expect("object").remove(usual);
        }
        writeln!(told, "{json}").expect("text");
        for words in &sentence.not_understood {
            writeln!(told, "  not understood: {} ({}–{})", words.text, words.start, words.end).expect("text");
        }
        for assumption in &sentence.assumptions {
            writeln!(told, "  assumed: {assumption}").expect("text");
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_cannot_be_understood_is_refused_with_the_reason() {
    let mut told = String::new();
    for text in REFUSED {
        match read(text) {
            Ok(sentence) => panic!("{text}: {}", sentence.rule.to_json()),
            Err(why) => writeln!(told, "── {text}\n  {why}").expect("text"),
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_was_read_is_told_with_its_words() {
    let text = "Gib 100 points an alle für each “referral” …, bitte: für each referral";
    let sentence = read(text).expect("a rule");
    let characters: Vec<char> = text.chars().collect();
    let all = sentence.used.iter().map(|used| &used.words).chain(&sentence.not_understood);
    for words in all {
        let found: String = characters[words.start..words.end].iter().collect();
        assert_eq!(found, words.text);
    }
    let used: Vec<&str> = sentence.used.iter().map(|used| used.words.text.as_str()).collect();
    assert_eq!(used, ["100 points", "referral"]);
}

#[test]
fn every_draft_can_be_parsed_again_and_read_aloud() {
    for text in SENTENCES {
        let rule = read(text).expect(text).rule;
        let again = Rule::parse(&rule.to_json()).expect(text);
        assert_eq!(again.to_json(), rule.to_json(), "{text}");
        assert!(rule.reading().lines().count() >= 2, "{text}");
    }
}

#[test]
fn a_draft_does_what_the_sentence_says() {
    for (text, event, member, referral, given) in [
        (
            "Give 5% cashback on orders over $100 up to $20",
            json!({"total": 15_000}),
            None,
            None,
            Some(("alice", 750)),
        ),
        (
            "Give 5% cashback on orders over $100 up to $20",
            json!({"total": 90_000}),
            None,
            None,
            Some(("alice", 2_000)),
        ),
        ("Give 5% cashback on orders over $100 up to $20", json!({"total": 10_000}), None, None, None),
        ("10 points per dollar spent", json!({"total": 1_999}), None, None, Some(("alice", 199))),
        ("10 points per dollar spent", json!({"total": 1_999.5}), None, None, Some(("alice", 199))),
        ("10 points per dollar spent", json!({"total": 9}), None, None, None),
        ("2.5% back on every purchase", json!({"total": 1_000}), None, None, Some(("alice", 25))),
        ("Double points for gold members", json!({"total": 5_000}), Some("gold"), None, Some(("alice", 50))),
        ("Double points for gold members", json!({"total": 5_000}), Some("silver"), None, None),
        (
            "$5 to the referrer when their friend makes a purchase",
            json!({"total": 1}),
            None,
            Some("bob"),
            Some(("bob", 500)),
        ),
        ("$5 to the referrer when their friend makes a purchase", json!({"total": 1}), None, None, None),
        ("20 points for the first order", json!({}), None, None, Some(("alice", 20))),
        ("20 points for the second order", json!({}), None, None, None),
    ] {
        let mut event = event;
        event["type"] = json!("order.completed");
        event["user_id"] = json!("alice");
        let set = set_of(&read(text).expect(text).rule.to_json());
        let world = World {
            member: Some(json!({"id": "alice", "attributes": {"tier": member}})),
            referral: referral.map(|referrer| json!({"referrer_id": referrer, "referred_id": "alice"})),
            ..World::default()
        };
        let effects =
            if world.conclude(&set, &event).holds { world.effects(&set, &event) } else { Vec::new() };
        let credited: Vec<_> = effects
            .into_iter()
            .filter_map(|effect| match effect {
                Ok(Effect::Credit { user, money, .. }) => {
                    Some((user.to_string(), money.amount.minor_units()))
                }
                _ => None,
            })
            .collect();
        let wanted: Vec<_> = given.map(|(user, amount)| (user.to_owned(), amount)).into_iter().collect();
        assert_eq!(credited, wanted, "{text}: {event}");
    }
}

/// Words that mean something, so that they meet in ways in which nobody writes them.
fn pieces() -> impl Strategy<Value = String> {
    let words: Vec<String> = SENTENCES
        .iter()
        .chain(REFUSED)
        .flat_map(|sentence| sentence.split(' '))
        .map(str::to_owned)
        .chain(
            [
                "$",
                "€",
                "%",
                "-",
                "\"",
                "'s",
                "1e9",
                "29 February",
                "0",
                "000",
                "9".repeat(40).as_str(),
                "\u{0}",
            ]
            .map(str::to_owned),
        )
        .collect();
    proptest::collection::vec(proptest::sample::select(words), 0..40).prop_map(|words| words.join(" "))
}

/// Whatever the text, there is an answer; and where it is a rule, it is one that can be kept.
fn check(text: &str) {
    if let Ok(sentence) = read(text) {
        let json = sentence.rule.to_json();
        Rule::parse(&json).unwrap_or_else(|flaws| panic!("{text:?}: {flaws:?}"));
        assert_eq!(json["status"], "draft");
        let characters = text.chars().count();
        let all = sentence.used.iter().map(|used| &used.words).chain(&sentence.not_understood);
        assert!(all.clone().all(|words| words.start < words.end && words.end <= characters), "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn no_order_of_its_words_makes_it_panic(text in pieces()) {
        check(&text);
    }
}

#[test]
fn the_longest_text_is_read_in_bounded_time() {
    for piece in
        ["a ", "1", "a.", "\"", "every ", "two hundred ", "at most ", "é", "$5 ", "referral ", "the ", "5 "]
    {
        let text: String = piece.chars().cycle().take(2_000).collect();
        let started = Instant::now();
        check(&text);
        assert!(started.elapsed() < Duration::from_secs(2), "{piece:?} took {:?}", started.elapsed());
    }
    assert!(read(&"a".repeat(2_001)).expect_err("too long").contains("2000 characters"));
}
