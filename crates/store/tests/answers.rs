//! What a call is told is what the journal keeps: the same the first time and ever after.

mod support;

use guerdon_ledger::{AccountPath, AssetCode, MemberId, Refusal};
use guerdon_store::driver::Mode;
use guerdon_store::journal::{Command, Decision, ExecuteError, Metadata, Needs, Seen};
use guerdon_store::{Role, read};
use jiff::Timestamp;
use serde_json::json;
use support::workload::{Decided, capture, changes, holds, member, moves, place, posting};
use support::{Stores, Transfer, envelope, issue};

/// Tells in the journal whether a member is there.
struct Look(&'static str);

impl Command for Look {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { members: vec![MemberId::new(self.0).expect("id")], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let found = seen.member(&MemberId::new(self.0).expect("id")).is_some();
        Ok(changes(if found { "found" } else { "missing" }, Vec::new()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_answers_what_the_first_call_was_told() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        let finer = Decision {
            // An instant to the nanosecond, and numbers that are not read back by every reader of numbers.
            effective_at: Some("2026-01-05T08:16:38.205231364Z".parse().expect("an instant")),
            ..moves("transact", vec![posting("issuance", "pool", "PTS", 5)])
        };
        for (key, number) in
            [("a", 216_034_620.665_474_62), ("b", 281_576_750.502_218_54), ("c", 0.1), ("d", -0.0)]
        {
            let command =
                Decided(Decision { metadata: Metadata::of(json!({ "number": number })), ..finer.clone() });
            let first = journal.execute(envelope(tenant, key), command.clone()).await.expect("recorded");
            let again = journal.execute(envelope(tenant, key), command).await.expect("replayed");
            assert!(!first.replayed && again.replayed);
            assert_eq!(first.record, again.record);
        }
        journal.stop().await.expect("stop");
    }
}

/// The journal loads what a movement touches, be it named or not: here the account that a hold is captured to, when the
/// hold is placed by the same movement.
#[tokio::test(flavor = "multi_thread")]
async fn a_movement_may_capture_what_it_places() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        issue(&journal, tenant, 1_000).await;
        journal
            .execute(envelope(tenant, "first"), Transfer::new("pool", "redeemed", 100))
            .await
            .expect("moved");
        journal.stop().await.expect("stop");

        // A new server, which knows nothing yet.
        let journal = store.journal();
        let both = vec![place("pool", "order-1", 50), capture("pool", "order-1", Some(30))];
        journal.execute(envelope(tenant, "second"), Decided(holds("buy", both))).await.expect("bought");
        let mut tx = journal.database().begin(tenant, Mode::Read).await.expect("begin");
        let redeemed = AccountPath::redeemed().in_asset(&AssetCode::points());
        assert_eq!(read::balance(&mut tx, &redeemed).await.expect("balance").posted, 130);
        drop(tx);
        journal.stop().await.expect("stop");
        support::proof::is_clean(&store).await;
    }
}

/// What was not known before a decision that is taken back is not known afterwards either.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_taken_back_is_forgotten() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        issue(&journal, tenant, 10).await;
        let create = Decided(changes("member.create", vec![member("bea", Role::Member, 1)]));
        journal.execute(envelope(tenant, "create"), create.clone()).await.expect("created");
        journal.stop().await.expect("stop");

        // A new server changes a member whom it has not looked at, and must take that back.
        let journal = store.journal();
        let too_much = Decided(moves("transfer", vec![posting("pool", "wallet:bea", "PTS", 11)]));
        let refused = journal.execute_all(envelope(tenant, "group"), vec![create, too_much]).await;
        assert!(matches!(refused, Err(ExecuteError::Refused { index: 1, .. })), "{refused:?}");
        for (name, kind) in [("bea", "found"), ("zoe", "missing")] {
            let looked = journal.execute(envelope(tenant, name), Look(name)).await.expect("looked");
            assert_eq!(looked.record.kind, kind, "{name}");
        }
        journal.stop().await.expect("stop");
    }
}
