//! A busy company: everything that the journal can record, some of it at once.

use super::envelope;
use guerdon_ledger::{
    AccountPath, Amount, AssetCode, HoldKey, HoldOp, MemberId, Movement, Posting, Reference, reversed,
};
use guerdon_store::journal::{Command, Decision, Envelope, Journal, ListName, Needs, Receipt, Seen};
use guerdon_store::{
    ApiKey, Change, Code, Counter, CounterKey, Document, DocumentKey, Flag, FlagReason, MarkKey, MarkKind,
    Member, MemberStatus, PersonalText, Referral, ReferralCode, ReferralMark, ReferralReward, ReferralStatus,
    Review, Reviewed, Role, Scheduled, Settings, Slug, Tenant, TenantId, TenantStatus, WaitingReward,
    ZoneName,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// A command that has decided already.
#[derive(Clone)]
pub struct Decided(pub Decision);

impl Command for Decided {
    type Refusal = guerdon_ledger::Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Self::Refusal> {
        Ok(self.0.clone())
    }
}

pub fn posting(from: &str, to: &str, asset: &str, amount: i64) -> Posting {
    let path = |text| AccountPath::new(text).expect("path");
    let asset = AssetCode::new(asset).expect("asset");
    Posting::new(path(from), path(to), asset, Amount::new(amount).expect("amount")).expect("posting")
}

/// A movement that stands in the list of all, and in that of its kind.
pub fn moves(kind: &str, postings: Vec<Posting>) -> Decision {
    let movement = Movement { postings, ..Movement::default() };
    let lists = vec![ListName::all("moves"), ListName::one("moves", kind)];
    Decision { kind: kind.to_owned(), movement, lists, ..Decision::default() }
}

pub fn holds(kind: &str, holds: Vec<HoldOp>) -> Decision {
    let movement = Movement { holds, ..Movement::default() };
    Decision { kind: kind.to_owned(), movement, ..Decision::default() }
}

pub fn changes(kind: &str, changes: Vec<Change>) -> Decision {
    Decision { kind: kind.to_owned(), changes, ..Decision::default() }
}

pub fn hold_key(account: &str, reference: &str) -> HoldKey {
    let account = AccountPath::new(account).expect("path");
    HoldKey { account, reference: reference.parse::<Reference>().expect("reference") }
}

pub fn place(account: &str, reference: &str, amount: i64) -> HoldOp {
    let (asset, amount) = (AssetCode::points(), Amount::new(amount).expect("amount"));
    let expires_at_us = (amount.minor_units() % 2 == 0).then_some(4_000_000_000_000_000);
    HoldOp::Place { key: hold_key(account, reference), asset, amount, expires_at_us }
}

pub fn capture(account: &str, reference: &str, amount: Option<i64>) -> HoldOp {
    let amount = amount.map(|amount| Amount::new(amount).expect("amount"));
    HoldOp::Capture { key: hold_key(account, reference), to: AccountPath::redeemed(), amount }
}

pub fn release(account: &str, reference: &str, amount: Option<i64>) -> HoldOp {
    let amount = amount.map(|amount| Amount::new(amount).expect("amount"));
    HoldOp::Release { key: hold_key(account, reference), amount }
}

pub fn tenant(id: TenantId, slug: &str, version: i64) -> Change {
    Change::Tenant(Tenant {
        id,
        slug: Slug::new(slug).expect("slug"),
        name: format!("Company {slug}"),
        time_zone: ZoneName::new("Africa/Harare").expect("zone"),
        status: TenantStatus::Active,
        settings: Settings { low_balance: Some(version), ..Settings::default() },
        version,
        created_at: Timestamp::UNIX_EPOCH,
    })
}

pub fn member(id: &str, role: Role, version: i64) -> Change {
    Change::Member(Member {
        id: MemberId::new(id).expect("id"),
        personal: PersonalText {
            name: Some(format!("Person {id}")),
            email: Some(format!("{id}@example.com")),
        },
        role,
        team: Some("blue".parse().expect("team")),
        department: None,
        status: MemberStatus::Active,
        attributes: serde_json::Map::new(),
        version,
        created_at: Timestamp::UNIX_EPOCH,
    })
}

pub fn api_key(id: Uuid, version: i64) -> Change {
    Change::ApiKey(ApiKey {
        id,
        name: format!("key of version {version}"),
        role: Role::Service,
        member_id: None,
        scopes: vec!["ledger:write".to_owned()],
        secret_hash: format!("{:064x}", id.as_u128() ^ version as u128),
        revoked: version > 2,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        version,
    })
}

/// Work that is due at so many seconds, or called off.
fn scheduled(subject: &str, due_at: Option<i64>) -> Change {
    let due_at = due_at.map(|second| Timestamp::from_second(second).expect("an instant"));
    Change::Schedule(Scheduled { job: "rules.end".to_owned(), subject: subject.to_owned(), due_at })
}

/// A counter that has counted so many, each of them another.
fn counted(subject: &str, count: i64) -> Change {
    let key = CounterKey { counter: "orders".to_owned(), subject: subject.to_owned(), bucket: -3 };
    let marks = (1..=count.unsigned_abs()).collect();
    Change::Counter(Counter { key, count, sum: -count, marks, last_at: Timestamp::UNIX_EPOCH })
}

pub fn document(id: &str, version: i64) -> Change {
    Change::Document(Document {
        key: DocumentKey { kind: "rule".into(), id: id.into() },
        version,
        // Numbers that a careless reader would not write back as they were.
        body: json!({ "z": [1, null], "rate": 31.245270191439438_f64, "tiny": 2.2250738585072014e-308, "a": "ü\u{0007}" }).into(),
        removed: version > 2,
        recorded_at: Timestamp::UNIX_EPOCH,
    })
}

/// Records a decision under a key.
pub async fn record(journal: &Journal, tenant: TenantId, key: &str, decision: Decision) -> Receipt {
    journal.execute(envelope(tenant, key), Decided(decision)).await.expect(key)
}

/// The story of the first acceptance: 50,000 allocated, 10,000 delegated, 1,000 awarded; and 9,000 taken back.
pub async fn three_tiers(journal: &Journal, tenant: TenantId) {
    let steps = [
        ("allocate", "issuance", "pool", 50_000),
        ("delegate", "pool", "lead:lee", 10_000),
        ("award", "pool", "wallet:emp-7", 1_000),
        ("clawback", "pool", "issuance", 9_000),
    ];
    for (kind, from, to, amount) in steps {
        let decision = Decision {
            reference: Some(format!("ref-{kind}")),
            reason: Some(format!("why {kind}")),
            ..moves(kind, vec![posting(from, to, "PTS", amount)])
        };
        record(journal, tenant, kind, decision).await;
    }
}

/// A company that does everything; `slug` must be reserved for it.
pub async fn busy(journal: &Journal, id: TenantId, slug: &str) {
    configure(journal, id, slug).await;
    three_tiers(journal, id).await;
    give(journal, id).await;
    hold(journal, id).await;
    reverse(journal, id).await;
    let later = [
        tenant(id, slug, 2),
        member("emp-7", Role::Lead, 2),
        document("r1", 3),
        scheduled("r1", Some(9)),
        counted("emp-7", 3),
    ];
    refer(journal, id).await;
    record(journal, id, "later", changes("settings.change", later.to_vec())).await;
}

async fn configure(journal: &Journal, id: TenantId, slug: &str) {
    let key = Uuid::now_v7();
    record(journal, id, "tenant", changes("tenant.create", vec![tenant(id, slug, 1)])).await;
    for name in ["emp-7", "emp-8", "lee"] {
        let change = member(name, Role::Member, 1);
        record(journal, id, &format!("member-{name}"), changes("member.create", vec![change])).await;
    }
    for version in 1..=2 {
        let due_at = (version == 1).then_some(7);
        let both = vec![
            api_key(key, version),
            document("r1", version),
            document("r2", version),
            scheduled("r1", due_at),
            scheduled("r2", due_at),
            counted("emp-7", version),
            counted("emp-8", version),
        ];
        record(journal, id, &format!("config-{version}"), changes("settings.change", both)).await;
    }
    // The same member twice in one batch.
    let twice = [Role::Lead, Role::Manager]
        .map(|role| Decided(changes("member.change", vec![member("lee", role, 2)])));
    journal.execute_all(envelope(id, "twice"), twice.to_vec()).await.expect("twice");
}

async fn give(journal: &Journal, id: TenantId) {
    let mut calls = tokio::task::JoinSet::new();
    for i in 0..120 {
        let journal = journal.clone();
        let effective_at = (i % 10 == 0).then_some(Timestamp::UNIX_EPOCH);
        let to = format!("wallet:m{}", i % 17);
        let decision = Decision { effective_at, ..moves("award", vec![posting("pool", &to, "PTS", 1 + i)]) };
        calls.spawn(async move { record(&journal, id, &format!("give-{i}"), decision).await });
    }
    calls.join_all().await;
    let several = vec![
        posting("funding:ledger", "reward:emp-7", "USD", 250),
        posting("funding:ledger", "reward:emp-8", "USD", 125),
        posting("reward:emp-7", "reward:emp-8", "USD", 50),
        posting("pool", "pool:sales", "PTS", 500),
    ];
    record(journal, id, "several", moves("ledger.credit", several)).await;
    // Without a key, and by nobody's reference.
    let keyless = Envelope { tenant: id, actor: "system".into(), idempotency: None };
    let decision = Decided(moves("award", vec![posting("pool:sales", "wallet:emp-8", "PTS", 40)]));
    journal.execute(keyless, decision).await.expect("keyless");
}

async fn hold(journal: &Journal, id: TenantId) {
    // Placed, captured in part and in whole in one batch; and placed and captured by one transaction.
    let one_batch = vec![
        Decided(holds("hold", vec![place("wallet:emp-7", "order-1", 300)])),
        Decided(holds("capture", vec![capture("wallet:emp-7", "order-1", Some(100))])),
        Decided(holds("capture", vec![capture("wallet:emp-7", "order-1", None)])),
        Decided(holds("hold", vec![place("wallet:emp-7", "order-2", 50), place("pool", "order-2", 51)])),
        Decided(holds(
            "buy",
            vec![place("wallet:emp-7", "order-3", 20), capture("wallet:emp-7", "order-3", Some(5))],
        )),
    ];
    journal.execute_all(envelope(id, "one-batch"), one_batch).await.expect("holds");
    let later = [
        holds("release", vec![release("wallet:emp-7", "order-2", Some(10))]),
        holds("release", vec![release("wallet:emp-7", "order-2", None)]),
        holds("capture", vec![capture("wallet:emp-7", "order-3", Some(5))]),
        holds("hold", vec![place("pool", "order-4", 60)]),
    ];
    for (i, decision) in later.into_iter().enumerate() {
        record(journal, id, &format!("hold-{i}"), decision).await;
    }
}

async fn reverse(journal: &Journal, id: TenantId) {
    let award = moves("award", vec![posting("pool", "wallet:emp-8", "PTS", 77)]);
    let awarded = record(journal, id, "to-reverse", award).await.record;
    let back = Decision { reverses: Some(awarded.seq), ..moves("reverse", reversed(&awarded.postings)) };
    record(journal, id, "reverse", back).await;
}

/// A referral as it was recorded, and as it was rewarded and reviewed.
fn referral(version: i64) -> Change {
    let later = version > 1;
    let waiting = vec![WaitingReward {
        hold: hold_key("reward:emp-7", "pending:txn_9"),
        confirms_at: Timestamp::from_second(7).expect("an instant"),
    }];
    let note = Some("they are twins".to_owned());
    Change::Referral(Referral {
        id: "ref-1".parse().expect("id"),
        code: Some(Code::new("EMP7-2345").expect("code")),
        referrer_id: MemberId::new("emp-7").expect("id"),
        referred_id: MemberId::new("emp-8").expect("id"),
        status: if later { ReferralStatus::Qualified } else { ReferralStatus::Pending },
        review: if later { Review::Approved } else { Review::Open },
        flags: vec![Flag { reason: FlagReason::SameIp, count: 2, first: Some("ref-0".to_owned()) }],
        reviewed: later.then(|| Reviewed { by: "lee".to_owned(), at: Timestamp::UNIX_EPOCH, note }),
        rewards: if later { vec![ReferralReward { seq: 9, waiting }] } else { Vec::new() },
        qualified_by: later.then_some(9),
        qualified_at: later.then_some(Timestamp::UNIX_EPOCH),
        seq: 9,
        version,
        created_at: Timestamp::UNIX_EPOCH,
    })
}

fn mark(kind: MarkKind, count: i64) -> Change {
    let (first, last) = ("ref-1".to_owned(), "2026-01-01".to_owned());
    Change::ReferralMark(ReferralMark { key: MarkKey::new(kind, "emp-7"), count, first, last })
}

async fn refer(journal: &Journal, id: TenantId) {
    let code = Change::ReferralCode(ReferralCode {
        code: Code::new("EMP7-2345").expect("code"),
        member_id: MemberId::new("emp-7").expect("id"),
        seq: 8,
        created_at: Timestamp::UNIX_EPOCH,
    });
    let steps = [
        ("referral.code", vec![code, mark(MarkKind::Codes, 1)]),
        ("referral.create", vec![referral(1), mark(MarkKind::Day, 1), mark(MarkKind::IdRun, 1)]),
        ("referral.review", vec![referral(2), mark(MarkKind::Day, 2)]),
    ];
    // All in one batch, where the last stands.
    let steps = steps.map(|(kind, all)| Decided(changes(kind, all)));
    journal.execute_all(envelope(id, "refer"), steps.to_vec()).await.expect("refer");
}
