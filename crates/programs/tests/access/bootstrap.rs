//! How whoever runs the server gets in.

use crate::support::{House, on_both};
use guerdon_programs::access::{
    BootstrapError, RevokeApiKey, RotateApiKey, ensure_platform_admin, new_secret, secret_hash,
};
use guerdon_store::driver::Dialect;
use guerdon_store::driver::Mode;
use guerdon_store::{ApiKey, TenantId, read};
use uuid::Uuid;

const GIVEN: &str = "gk_an.admin.key-of_32+characters";

async fn keys(house: &House) -> Vec<ApiKey> {
    let mut tx = house.database.begin(TenantId::PLATFORM, Mode::Read).await.expect("read");
    read::api_keys(&mut tx, "~", 100).await.expect("keys")
}

async fn ensure(house: &House, given: Option<&str>) -> Option<String> {
    ensure_platform_admin(&house.journal, given).await.expect("bootstrap")
}

async fn actor(house: &House) -> String {
    format!("key:{} as platform_admin", keys(house).await[0].id)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_makes_a_key_and_the_next_ones_do_not() {
    on_both(async |house| {
        let made = ensure(&house, None).await.expect("a key");
        assert_eq!(house.bearer(&made).await, actor(&house).await);
        for _ in 0..3 {
            assert_eq!(ensure(&house, None).await, None);
        }
        assert_eq!(keys(&house).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_key_is_good_and_made_once() {
    on_both(async |house| {
        for _ in 0..3 {
            assert_eq!(ensure(&house, Some(GIVEN)).await, None);
        }
        assert_eq!(house.bearer(GIVEN).await, actor(&house).await);
        assert_eq!(ensure(&house, None).await, None, "there is a key to get in with");
        assert_eq!(keys(&house).await.len(), 1);

        let other = new_secret(TenantId::PLATFORM).expect("randomness");
        assert_eq!(ensure(&house, Some(&other)).await, None);
        assert_eq!(keys(&house).await.len(), 2, "another key is another one");
        assert!(house.access.bearer(&other).await.expect("good").is_platform_admin());
        assert!(house.access.bearer(GIVEN).await.expect("good").is_platform_admin());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn servers_that_start_at_once_make_one_key_between_them() {
    on_both(async |house| {
        if house.journal.database().dialect() == Dialect::Sqlite {
            return; // a SQLite file is one server's alone
        }
        let made = start_at_once(&house, None).await;
        let [Some(key)] = &made[..] else { panic!("one of them made it: {made:?}") };
        assert_eq!(house.bearer(key).await, actor(&house).await);
        assert_eq!(keys(&house).await.len(), 1);

        assert_eq!(start_at_once(&house, Some(GIVEN)).await, []);
        assert!(house.access.bearer(GIVEN).await.expect("good").is_platform_admin());
        assert_eq!(keys(&house).await.len(), 2);
    })
    .await;
}

/// Starts four servers, and answers the keys that they made.
async fn start_at_once(house: &House, given: Option<&'static str>) -> Vec<Option<String>> {
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let journal = house.second_server().journal;
        starts.spawn(async move { ensure_platform_admin(&journal, given).await.expect("bootstrap") });
    }
    starts.join_all().await.into_iter().filter(Option::is_some).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_key_that_was_taken_back_does_not_come_back() {
    on_both(async |house| {
        let rotated = "gk_rotated-rotated-rotated-rotated";
        for key in [GIVEN, rotated] {
            ensure(&house, Some(key)).await;
        }
        let id_of = async |key: &str| {
            keys(&house).await.into_iter().find(|k| k.secret_hash == secret_hash(key)).expect("key").id
        };
        house.record(TenantId::PLATFORM, RevokeApiKey { id: id_of(GIVEN).await }).await;
        let rotate = RotateApiKey { id: id_of(rotated).await, secret_hash: secret_hash("another") };
        house.record(TenantId::PLATFORM, rotate).await;
        for key in [GIVEN, rotated] {
            let answer = ensure_platform_admin(&house.journal, Some(key)).await;
            assert!(matches!(answer, Err(BootstrapError::Retired)), "{answer:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_any_key_that_works_makes_a_new_one() {
    on_both(async |house| {
        let first = ensure(&house, None).await.expect("a key");
        let id = keys(&house).await[0].id;
        house.record(TenantId::PLATFORM, RevokeApiKey { id }).await;
        let second = ensure(&house, None).await.expect("a new key");
        assert_eq!(house.bearer(&first).await, "Revoked");
        assert!(house.access.bearer(&second).await.expect("good").is_platform_admin());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_key_has_the_form_of_a_key() {
    on_both(async |house| {
        let of_a_tenant = new_secret(TenantId::new(Uuid::from_u128(7))).expect("randomness");
        let long = format!("gk_{}", "x".repeat(300));
        for (key, expected) in [
            ("", "gk_"),
            ("sk_0123456789012345678901234567890", "gk_"),
            ("gk_tooshort", "32 characters"),
            (&long, "255 characters"),
            ("gk_with blanks between the words x", "blanks"),
            ("gk_with-ümlauts-between-the-words", "ASCII"),
            (&of_a_tenant, "of a tenant"),
        ] {
            let error = ensure_platform_admin(&house.journal, Some(key)).await.expect_err(key).to_string();
            assert!(error.contains(expected), "{key}: {error}");
        }
    })
    .await;
}
