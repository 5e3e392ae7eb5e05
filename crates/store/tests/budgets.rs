//! What the journal says of budgets, as tables: alerts told once, totals of days.

mod support;

use guerdon_ledger::MAX_MINOR_UNITS;
use guerdon_store::TenantId;
use guerdon_store::budgets::{
    Alert, Amounts, BudgetDay, EntryKind, add_days, alerts_before, budget_days, last_days_before, put_alerts,
    sums_of_days,
};
use guerdon_store::driver::{Mode, Transaction};
use jiff::Timestamp;
use serde_json::json;
use support::Stores;

async fn begin(store: &Stores, tenant: TenantId, mode: Mode) -> Transaction {
    store.database.begin(tenant, mode).await.expect("a transaction")
}

fn alert(seq: i64, number: i64, once_key: &str) -> Alert {
    Alert {
        seq,
        number,
        once_key: once_key.to_owned(),
        budget: "marketing".to_owned(),
        kind: "hard_cap_approaching".to_owned(),
        level: "warning".to_owned(),
        detail: json!({"limit": 8_000, "transaction_id": format!("txn_{seq}")}),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_queued_once_for_each_alert_however_often_it_is_come_across() {
    for store in Stores::both().await {
        let (acme, globex) = (store.tenant("acme").await, store.tenant("globex").await);
        for (tenant, alerts, new) in [
            (acme, vec![alert(5, 0, "a"), alert(5, 1, "b")], 2),
            // The same again, and another that the same line brought about.
            (acme, vec![alert(5, 0, "a"), alert(9, 0, "b")], 0),
            (acme, vec![alert(10, 0, "c"), alert(11, 0, "c"), alert(12, 0, "a")], 1),
            (acme, vec![], 0),
            // What one tenant was told the other was not.
            (globex, vec![alert(5, 0, "a")], 1),
        ] {
            let mut tx = begin(&store, tenant, Mode::Write).await;
            assert_eq!(put_alerts(&mut tx, alerts).await.expect("alerts"), new);
            tx.commit().await.expect("a commit");
        }
        let events = "SELECT tenant_id, seq, number, type, created_at FROM webhook_events ORDER BY tenant_id, seq, number";
        let event = |tenant: TenantId, seq: i64, number: i64| {
            let kind = "budget.hard_cap_approaching".to_owned();
            vec![tenant.to_string(), seq.to_string(), number.to_string(), kind, "0".to_owned()]
        };
        let mut expected =
            vec![event(acme, 5, 0), event(acme, 5, 1), event(acme, 10, 0), event(globex, 5, 0)];
        expected.sort();
        let mut found = store.sql(events).await;
        found.sort();
        assert_eq!(found, expected);
        let payload = store.value("SELECT payload FROM webhook_events WHERE seq = 10").await;
        let payload: serde_json::Value = serde_json::from_str(&payload).expect("JSON");
        let told = json!({"budget_id": "marketing", "kind": "hard_cap_approaching", "level": "warning",
            "detail": {"limit": 8_000, "transaction_id": "txn_10"}, "created_at": "1970-01-01T00:00:00Z"});
        assert_eq!(payload, told);
        let mut tx = begin(&store, acme, Mode::Read).await;
        let listed = alerts_before(&mut tx, (10, 1), None, None, 2).await.expect("alerts");
        assert_eq!(listed, [alert(10, 0, "c"), alert(5, 1, "b")], "newest first");
    }
}

fn day(budget: &str, day: &str, reserved: &[i64], charged: i64) -> BudgetDay {
    let mut amounts = Amounts::default();
    reserved.iter().for_each(|amount| amounts.add(EntryKind::Reserve, *amount));
    BudgetDay {
        budget: budget.to_owned(),
        day: day.to_owned(),
        amounts,
        period: "rolling-1".into(),
        funded: 100,
        reserved: 0,
        charged,
        hard_cap: 100,
    }
}

async fn put(store: &Stores, tenant: TenantId, days: &[BudgetDay]) {
    let mut tx = begin(store, tenant, Mode::Write).await;
    add_days(&mut tx, days).await.expect("days");
    tx.commit().await.expect("a commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_summed_by_budget_and_what_came_before_is_found() {
    for store in Stores::both().await {
        let acme = store.tenant("acme").await;
        let days = [
            day("a", "2026-01-30", &[1], 1),
            day("a", "2026-02-01", &[10, 20], 2),
            day("a", "2026-02-28", &[300], 3),
            day("a", "2026-03-01", &[4_000], 4),
            day("b", "2026-01-01", &[7], 5),
        ];
        put(&store, acme, &days).await;
        put(&store, acme, &[day("a", "2026-02-28", &[500], 6)]).await;
        let mut tx = begin(&store, acme, Mode::Read).await;
        let budgets = ["a", "b", "c"];
        let sums = sums_of_days(&mut tx, &budgets, "2026-02-01", "2026-03-01").await.expect("sums");
        let of = |budget: &str| sums.get(budget).map(|amounts| amounts.of(EntryKind::Reserve));
        assert_eq!((of("a"), of("b"), of("c")), (Some((4, 830)), None, None));
        let last = last_days_before(&mut tx, &budgets, "2026-03-01").await.expect("days");
        let of = |budget: &str| last.get(budget).map(|day| (day.day.as_str(), day.charged));
        assert_eq!((of("a"), of("b"), of("c")), (Some(("2026-02-28", 6)), Some(("2026-01-01", 5)), None));
        let first = last_days_before(&mut tx, &budgets, "2026-01-30").await.expect("days");
        assert!(!first.contains_key("a") && first.contains_key("b"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_stop_at_the_largest_number_that_every_reader_takes() {
    for store in Stores::both().await {
        let acme = store.tenant("acme").await;
        // A reservation of everything, made and released over and over.
        for _ in 0..2 {
            put(&store, acme, &[day("a", "2026-02-01", &[MAX_MINOR_UNITS; 2_000], 0)]).await;
        }
        put(&store, acme, &[day("a", "2026-02-02", &[MAX_MINOR_UNITS], 0)]).await;
        let mut tx = begin(&store, acme, Mode::Read).await;
        let days = budget_days(&mut tx, "a", "2026-02-01", "2026-02-02").await.expect("days");
        assert_eq!(days[0].amounts.of(EntryKind::Reserve), (4_000, MAX_MINOR_UNITS));
        let sums = sums_of_days(&mut tx, &["a"], "2026-02-01", "2026-02-03").await.expect("sums");
        assert_eq!(sums["a"].of(EntryKind::Reserve), (4_001, MAX_MINOR_UNITS));
    }
}
