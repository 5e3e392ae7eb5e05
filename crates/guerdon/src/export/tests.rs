use super::*;
use crate::testing::Books;
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{Amount, MemberId};
use guerdon_programs::members::{CreateMember, ImportMember};
use guerdon_store::journal::Envelope;
use guerdon_store::{PersonalText, Role};
use serde_json::Value;

/// The columns that a row's hash covers, in their order.
const HASHED: [&str; 18] = [
    "tenant_id",
    "seq",
    "kind",
    "actor",
    "idempotency_key",
    "fingerprint",
    "recorded_at",
    "effective_at",
    "reason",
    "reference",
    "postings",
    "balances",
    "holds",
    "changes",
    "metadata",
    "reverses",
    "lists",
    "texts_hash",
];

async fn exported(books: &Books) -> String {
    let mut lines = Vec::new();
    export(&books.database, &[books.tenant], &mut lines).await.expect("exported");
    String::from_utf8(lines).expect("text")
}

async fn bring(books: &Books, id: &str, amount: i64) {
    let member = CreateMember {
        id: MemberId::new(id).expect("id"),
        personal: PersonalText { name: Some("A \"quoted\" näme".to_owned()), email: None },
        role: Role::Member,
        team: None,
        department: None,
    };
    let opening = Some((guerdon_ledger::AssetCode::points(), Amount::new(amount).expect("amount")));
    let command = ImportMember { member, opening, import: "test\n\u{1F600}".to_owned() };
    let envelope = Envelope { tenant: books.tenant, actor: "tester".into(), idempotency: None };
    books.journal.execute(envelope, command).await.expect("recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_can_be_computed_from_the_export_alone() {
    for books in Books::both().await {
        for number in 1..=5 {
            bring(&books, &format!("m-{number}"), number).await;
        }
        let text = exported(&books).await;
        let mut hash = Hash::GENESIS;
        for (index, line) in text.lines().enumerate() {
            let row: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(row["seq"], index as i64 + 1);
            let fields = HASHED.map(|column| match &row[column] {
                Value::Null => "\0".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            hash = hash.next(fields.iter().map(String::as_bytes));
            assert_eq!(row["hash"], hash.to_hex(), "row {}", index + 1);
            let keys: Vec<&String> = row.as_object().expect("object").keys().collect();
            assert_eq!(keys.len(), HASHED.len() + 1);
        }
        assert_eq!(text.lines().count(), 6);
        assert!(!text.contains("quoted"), "names of people are not exported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_several_pages_is_exported_whole() {
    let books = Books::sqlite().await;
    for number in 0..40 {
        bring(&books, &format!("m-{number}"), 1).await;
    }
    let seqs: Vec<i64> = exported(&books)
        .await
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["seq"].as_i64().expect("seq"))
        .collect();
    assert_eq!(seqs, (1..=41).collect::<Vec<_>>());
}

#[test]
fn a_file_appears_once_it_is_whole_and_not_at_all_otherwise() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal.ndjson");
    let mut given_up = Target::open(Some(&path)).expect("opens");
    given_up.writer().write_all(b"half").expect("writes");
    drop(given_up);
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0);
    let mut target = Target::open(Some(&path)).expect("opens");
    target.writer().write_all(b"whole").expect("writes");
    assert!(!path.exists());
    target.finish().expect("finishes");
    assert_eq!(std::fs::read(&path).expect("reads"), b"whole");
}
