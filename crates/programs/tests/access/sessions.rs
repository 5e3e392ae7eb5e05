//! Passwords and sessions.

use crate::support::{House, PASSWORD, admin, id, on_both};
use guerdon_ledger::MemberId;
use guerdon_programs::access::{LoginError, NewPassword, PasswordError, Principal, Session};
use guerdon_programs::{Error, Refusal};
use guerdon_store::driver::Mode;
use guerdon_store::{MemberStatus, Role, TenantId, read};

const OTHER: &str = "another password altogether";

/// A tenant `acme` with its admin's member `ann`, who has a password, and `bob`, who has none.
async fn acme(house: &House) -> (TenantId, MemberId) {
    let tenant = house.tenant("acme").await;
    let ann = house.member(tenant, "ann", Role::Lead).await;
    house.member(tenant, "bob", Role::Member).await;
    house.set_password(tenant, &ann, PASSWORD).await;
    (tenant, ann)
}

async fn ann_logs_in(house: &House) -> Session {
    house.access.login("acme", "ann", PASSWORD).await.expect("session")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_password_is_let_in_and_nobody_else() {
    on_both(async |house| {
        let (tenant, ann) = acme(&house).await;
        let left = house.member(tenant, "left", Role::Member).await;
        house.set_password(tenant, &left, PASSWORD).await;
        house.change(tenant, &left, None, Some(MemberStatus::Inactive)).await;
        house.tenant("globex").await;
        let (by_id, long) = (tenant.to_string(), "x".repeat(10_000));
        for (tenant, member, password, good) in [
            ("acme", "ann", PASSWORD, true),
            (by_id.as_str(), "ann", PASSWORD, true),
            ("acme", "ann", OTHER, false),
            ("acme", "ann", "", false),
            ("acme", "ann", &long, false),
            ("acme", "bob", PASSWORD, false),
            ("acme", "left", PASSWORD, false),
            ("acme", "nobody", PASSWORD, false),
            ("acme", "no member id", PASSWORD, false),
            ("globex", "ann", PASSWORD, false),
            ("nowhere", "ann", PASSWORD, false),
            ("platform", "ann", PASSWORD, false),
        ] {
            match house.access.login(tenant, member, password).await {
                Ok(session) => {
                    assert!(good, "{tenant} {member}");
                    assert_eq!(session.principal.member.as_ref(), Some(&ann));
                    assert_eq!(house.session(&session.token).await, "ann as lead");
                }
                Err(error) => assert!(matches!(error, LoginError::Wrong) && !good, "{error:?} {member}"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_twelve_hours_or_with_a_logout() {
    on_both(async |house| {
        acme(&house).await;
        let (first, second) = (ann_logs_in(&house).await, ann_logs_in(&house).await);
        house.access.logout(&first.token).await.expect("logout");
        house.access.logout(&first.token).await.expect("a second logout does no harm");
        house.access.logout("nonsense").await.expect("nor does nonsense");
        assert_eq!(house.session(&first.token).await, "Unknown");
        house.pass_seconds(12 * 3_600 - 1);
        assert_eq!(house.session(&second.token).await, "ann as lead");
        house.pass_seconds(1);
        assert_eq!(second.expires_at, house.clock.now());
        assert_eq!(house.session(&second.token).await, "Unknown");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_gives_what_the_member_may_do_now() {
    on_both(async |house| {
        let (tenant, ann) = acme(&house).await;
        let session = ann_logs_in(&house).await;
        house.change(tenant, &ann, Some(Role::Manager), None).await;
        assert_eq!(house.session(&session.token).await, "ann as manager");
        house.change(tenant, &ann, None, Some(MemberStatus::Inactive)).await;
        assert_eq!(house.session(&session.token).await, "Inactive");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_no_bearer_token_and_of_its_own_tenant_only() {
    on_both(async |house| {
        let (tenant, _) = acme(&house).await;
        let other = house.tenant("globex").await;
        let token = ann_logs_in(&house).await.token;
        let moved = token.replace(&tenant.uuid().simple().to_string(), &other.uuid().simple().to_string());
        assert_eq!(house.bearer(&token).await, "Unknown");
        for token in [moved.as_str(), "", "gs_", "gs_x_y", &token[..token.len() - 1]] {
            assert_eq!(house.session(token).await, "Unknown", "{token}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_sessions_begun_with_the_old_one() {
    on_both(async |house| {
        let (tenant, ann) = acme(&house).await;
        let session = ann_logs_in(&house).await;
        let change = NewPassword { new: OTHER.to_owned(), current: Some(PASSWORD.to_owned()) };
        let set = house.access.set_password(&house.journal, tenant, &session.principal, &ann, change).await;
        assert_eq!(set.expect("set").record.actor.as_ref(), "ann");
        assert_eq!(house.session(&session.token).await, "Unknown");
        assert!(matches!(house.access.login("acme", "ann", PASSWORD).await, Err(LoginError::Wrong)));
        house.access.login("acme", "ann", OTHER).await.expect("session");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_says_that_a_password_was_set_and_not_which() {
    on_both(async |house| {
        let (tenant, ann) = acme(&house).await;
        let mut tx = house.database.begin(tenant, Mode::Read).await.expect("read");
        let record = read::transactions_before(&mut tx, i64::MAX, 1).await.expect("journal").remove(0);
        assert_eq!((record.kind.as_str(), record.actor.as_ref()), ("member.password", "key:admin"));
        assert_eq!(record.metadata.as_str(), r#"{"member":"ann"}"#);
        let hash = read::credential(&mut tx, &ann).await.expect("read").expect("credential");
        let text = format!("{record:?}");
        assert!(hash.starts_with("$argon2id$") && !text.contains("argon2") && !text.contains(PASSWORD));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_refused_by_its_length_and_by_who_sets_it() {
    on_both(async |house| {
        let (tenant, ann) = acme(&house).await;
        let globex = house.tenant("globex").await;
        let own = Principal {
            tenant,
            role: Role::Lead,
            member: Some(ann),
            actor: "ann".into(),
            scopes: Vec::new(),
        };
        let (umlauts, long) = ("ü".repeat(12), "x".repeat(201));
        for (caller, member, new, current, expected) in [
            (admin(tenant), "ann", "x".repeat(11).as_str(), None, "Length(11)"),
            (admin(tenant), "ann", &long, None, "Length(201)"),
            (admin(tenant), "ann", &long[1..], None, "set"),
            (admin(tenant), "ann", &umlauts, None, "set"),
            (admin(globex), "ann", PASSWORD, None, "Forbidden"),
            (own.clone(), "bob", PASSWORD, None, "Forbidden"),
            (own.clone(), "ann", PASSWORD, None, "WrongCurrent"),
            (own.clone(), "ann", PASSWORD, Some(OTHER), "WrongCurrent"),
            (own, "ann", PASSWORD, Some(&umlauts), "set"),
        ] {
            let password = NewPassword { new: new.to_owned(), current: current.map(str::to_owned) };
            let set = house.access.set_password(&house.journal, tenant, &caller, &id(member), password).await;
            let told = set.map_or_else(|error| format!("{error:?}"), |_| "set".to_owned());
            assert_eq!(told, expected, "{} sets {member}'s to {new}", caller.actor);
        }
        house.access.login("acme", "ann", PASSWORD).await.expect("session");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_set_for_members_who_are_there() {
    on_both(async |house| {
        let (tenant, _) = acme(&house).await;
        house.change(tenant, &id("bob"), None, Some(MemberStatus::Inactive)).await;
        for (member, expected) in
            [("nobody", Refusal::MemberNotFound(id("nobody"))), ("bob", Refusal::MemberInactive(id("bob")))]
        {
            let password = NewPassword { new: PASSWORD.to_owned(), current: None };
            let caller = admin(tenant);
            let set = house.access.set_password(&house.journal, tenant, &caller, &id(member), password).await;
            match set {
                Err(PasswordError::Journal(Error::Refused { refusal, .. })) => assert_eq!(refusal, expected),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_logins_at_once_all_get_their_turn() {
    on_both(async |house| {
        acme(&house).await;
        let mut logins = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let access = house.access.clone();
            logins.spawn(async move { access.login("acme", "ann", PASSWORD).await.map(|s| s.token) });
        }
        for login in logins.join_all().await {
            assert_eq!(house.session(&login.expect("session")).await, "ann as lead");
        }
    })
    .await;
}
