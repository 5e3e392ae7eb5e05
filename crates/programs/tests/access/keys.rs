//! The life of an API key.

use crate::support::on_both;
use guerdon_programs::access::{RevokeApiKey, RotateApiKey, new_secret, secret_hash};
use guerdon_store::{MemberStatus, Role};
use jiff::SignedDuration;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lets_in_until_it_is_rotated_and_then_the_new_one_does() {
    on_both(async |house| {
        let tenant = house.tenant("acme").await;
        let (id, old) = house.key(tenant, None, None).await;
        let caller = house.access.bearer(&old).await.expect("good");
        assert_eq!((caller.tenant, caller.role, &caller.member), (tenant, Role::Manager, &None));
        assert_eq!(*caller.actor, format!("key:{id}"));

        let new = new_secret(tenant).expect("randomness");
        house.record(tenant, RotateApiKey { id, secret_hash: secret_hash(&new) }).await;
        house.access.forget();
        assert_eq!(house.bearer(&old).await, "Unknown");
        assert_eq!(house.bearer(&new).await, format!("key:{id} as manager"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once() {
    on_both(async |house| {
        let tenant = house.tenant("acme").await;
        let (id, secret) = house.key(tenant, None, None).await;
        assert_eq!(house.bearer(&secret).await, format!("key:{id} as manager"));
        house.record(tenant, RevokeApiKey { id }).await;
        house.access.forget();
        assert_eq!(house.bearer(&secret).await, "Revoked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_expires_by_the_clock_of_the_house_even_while_it_is_remembered() {
    on_both(async |house| {
        let tenant = house.tenant("acme").await;
        let end = house.clock.now() + SignedDuration::from_secs(60);
        let (id, secret) = house.key(tenant, None, Some(end)).await;
        for (pass_seconds, expected) in
            [(0, format!("key:{id} as manager")), (59, format!("key:{id} as manager")), (1, "Expired".into())]
        {
            house.pass_seconds(pass_seconds);
            assert_eq!(house.bearer(&secret).await, expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_acts_as_its_member_until_they_leave() {
    on_both(async |house| {
        let tenant = house.tenant("acme").await;
        let ann = house.member(tenant, "ann", Role::Manager).await;
        let (_, secret) = house.key(tenant, Some(&ann), None).await;
        assert_eq!(house.bearer(&secret).await, "ann as manager");
        house.change(tenant, &ann, None, Some(MemberStatus::Inactive)).await;
        house.access.forget();
        assert_eq!(house.bearer(&secret).await, "Inactive");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_lets_nobody_in() {
    on_both(async |house| {
        let tenant = house.tenant("acme").await;
        let other = house.tenant("globex").await;
        let (_, secret) = house.key(tenant, None, None).await;
        let moved = secret.replace(&tenant.uuid().simple().to_string(), &other.uuid().simple().to_string());
        let never_made = new_secret(tenant).expect("randomness");
        for token in ["", "gk_", "gk_x_y", "gs_x_y", &moved, &never_made, &secret[..secret.len() - 1]] {
            assert_eq!(house.bearer(token).await, "Unknown", "{token}");
        }
    })
    .await;
}
