//! Signed tokens: which are believed.

use crate::signing::{Endpoint, Signer, sharing};
use crate::support::{House, on_both};
use guerdon_programs::access::{Algorithm, IssuerConfig};
use guerdon_store::{MemberStatus, Role, TenantId};
use jsonwebtoken::{EncodingKey, encode};
use serde_json::{Value as Json, json};

const ISSUER: &str = "https://id.example";
const SECRET: &str = "a secret of thirty-two characters";

/// Claims that hold, by the clock of a house.
fn claims(house: &House) -> Json {
    let exp = house.clock.now().as_second() + 600;
    json!({"iss": ISSUER, "sub": "ann", "tenant": "acme", "role": "manager", "exp": exp})
}

/// Claims that hold but for these; `null` takes one away.
fn but(house: &House, changed: Json) -> Json {
    let mut claims = claims(house);
    for (name, value) in changed.as_object().expect("object") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("object").retain(|_, value| !value.is_null());
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_trusted_issuer_lets_in() {
    let signers = [Signer::rsa("r"), Signer::ec("e"), Signer::ed("d")];
    let endpoint = Endpoint::publishing(&signers.each_ref()).await;
    on_both(async |house| {
        let house = house.trusting(&[endpoint.config(ISSUER), sharing("https://dev.example", SECRET)]);
        let tenant = house.tenant("acme").await;
        for signer in &signers {
            let caller = house.access.bearer(&signer.sign(&claims(&house))).await.expect("good");
            assert_eq!((caller.tenant, caller.role, caller.actor.as_ref()), (tenant, Role::Manager, "ann"));
            assert_eq!(caller.member.as_ref().map(|id| id.as_str()), Some("ann"));
        }
        let development = but(&house, json!({"iss": "https://dev.example", "tenant": tenant.to_string()}));
        assert_eq!(house.bearer(&Signer::shared(SECRET).sign(&development)).await, "ann as manager");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_claim_is_checked_by_the_clock_of_the_house() {
    on_both(async |house| {
        let config = IssuerConfig { audience: Some("guerdon".to_owned()), ..sharing(ISSUER, SECRET) };
        let house = house.trusting(&[config]);
        house.tenant("acme").await;
        let now = house.clock.now().as_second();
        let (good, signer) = ("ann as manager", Signer::shared(SECRET));
        for (changed, expected) in [
            (json!({}), good),
            (json!({"aud": ["other", "guerdon"]}), good),
            (json!({"aud": "other"}), "Refused(Audience)"),
            (json!({"aud": ["other"]}), "Refused(Audience)"),
            (json!({"aud": null}), "Refused(Audience)"),
            (json!({"exp": now - 29}), good),
            (json!({"exp": now as f64 - 29.5}), good),
            (json!({"exp": now - 30}), "Expired"),
            (json!({"exp": -1e300}), "Expired"),
            (json!({"exp": 1e300}), good),
            (json!({"exp": null}), "Refused(Claim(\"exp\"))"),
            (json!({"exp": "tomorrow"}), "Refused(Malformed)"),
            (json!({"nbf": now + 30}), good),
            (json!({"nbf": now + 31}), "Refused(NotYet)"),
            (json!({"iss": "https://other.example"}), "Refused(Issuer)"),
            (json!({"iss": null}), "Refused(Claim(\"iss\"))"),
            (json!({"sub": null}), "Refused(Claim(\"sub\"))"),
            (json!({"sub": "no member id"}), "Refused(Claim(\"sub\"))"),
            (json!({"tenant": null}), "Refused(Claim(\"tenant\"))"),
            (json!({"tenant": "globex"}), "Refused(Tenant)"),
            (json!({"tenant": "platform"}), "Refused(Tenant)"),
            (json!({"tenant": TenantId::PLATFORM.to_string()}), "Refused(Tenant)"),
            (json!({"role": null}), "Refused(Claim(\"role\"))"),
            (json!({"role": "emperor"}), "Refused(Role)"),
            (json!({"role": "Manager"}), "Refused(Role)"),
            (json!({"role": "platform_admin"}), "Refused(Role)"),
            (json!({"role": "auditor"}), "ann as auditor"),
            (json!({"role": "service"}), "service:ann as service"),
        ] {
            let mut claims = but(&house, json!({"aud": "guerdon"}));
            for (name, value) in changed.as_object().expect("object") {
                claims[name] = value.clone();
            }
            claims.as_object_mut().expect("object").retain(|_, value| !value.is_null());
            assert_eq!(house.bearer(&signer.sign(&claims)).await, expected, "{changed}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_is_refused() {
    let (rsa, ec) = (Signer::rsa("r"), Signer::ec("e"));
    let endpoint = Endpoint::publishing(&[&rsa, &ec]).await;
    on_both(async |house| {
        let house = house.trusting(&[endpoint.config(ISSUER), sharing("https://dev.example", SECRET)]);
        house.tenant("acme").await;
        let good = rsa.sign(&claims(&house));
        let parts: Vec<&str> = good.split('.').collect();
        let [head, body, signature] = parts[..] else { panic!("three parts") };
        let admin = rsa.sign(&but(&house, json!({"role": "admin"})));
        let stolen_body = admin.split('.').nth(1).expect("body");
        let none = "eyJhbGciOiJub25lIn0"; // {"alg":"none"}
        let mut critical = rsa.header();
        critical.crit = Some(vec!["exp".to_owned()]);
        let critical = encode(&critical, &claims(&house), &rsa.key).expect("token");
        let development = but(&house, json!({"iss": "https://dev.example"}));
        let refused = |fault| format!("Refused({fault})");
        let mut forged = vec![
            (format!("{head}.{stolen_body}.{signature}"), refused("Signature")),
            (format!("{head}.{body}."), refused("Signature")),
            (format!("{none}.{body}."), refused("Malformed")),
            (format!("{none}.{body}.{signature}"), refused("Malformed")),
            (format!("{head}.{signature}.{body}"), refused("Claim(\"iss\")")),
            ("..".to_owned(), refused("Malformed")),
            (critical, refused("Malformed")),
            (format!("{head}.{}.{signature}", "x".repeat(20_000)), refused("Malformed")),
            (Signer::rsa("r").sign(&claims(&house)), refused("Signature")),
            (Signer::rsa("x").sign(&claims(&house)), refused("Key")),
            (rsa.named(Some("e"), Algorithm::RS256).sign(&claims(&house)), refused("Key")),
            (rsa.named(Some("r"), Algorithm::RS384).sign(&claims(&house)), refused("Algorithm")),
            (rsa.sign(&development), refused("Algorithm")),
            (Signer::shared("another secret of the same length").sign(&development), refused("Signature")),
        ];
        for public in &rsa.public {
            let confused = Signer { key: EncodingKey::from_secret(public), ..Signer::shared(SECRET) };
            let confused = confused.named(Some("r"), Algorithm::HS256);
            forged.push((confused.sign(&claims(&house)), refused("Algorithm")));
        }
        for (token, expected) in &forged {
            assert_eq!(&house.bearer(token).await, expected, "{token}");
        }
        assert_eq!(house.bearer(&good).await, "ann as manager");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_fetched_when_it_is_first_seen() {
    let (old, new, never) = (Signer::ed("old"), Signer::ed("new"), Signer::ed("never"));
    on_both(async |house| {
        let endpoint = Endpoint::publishing(&[&old]).await;
        let house = house.trusting(&[endpoint.config(ISSUER)]);
        house.tenant("acme").await;
        assert_eq!(house.bearer(&old.sign(&claims(&house))).await, "ann as manager");
        endpoint.publish(&[&new]).await;
        assert_eq!(house.bearer(&new.sign(&claims(&house))).await, "ann as manager");
        for subject in ["bob", "cat", "dan"] {
            let claims = but(&house, json!({"sub": subject}));
            assert_eq!(house.bearer(&never.sign(&claims)).await, "Refused(Key)");
            assert_eq!(house.bearer(&old.sign(&claims)).await, "Refused(Key)");
        }
        assert_eq!(endpoint.fetches().await, 1, "once for all that is not known");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_while_the_keys_were_never_fetched() {
    let signer = Signer::ed("k");
    on_both(async |house| {
        let endpoint = Endpoint::publishing(&[&signer]).await;
        endpoint.go_away().await;
        let house = house.trusting(&[endpoint.config(ISSUER)]);
        house.tenant("acme").await;
        assert_eq!(house.bearer(&signer.sign(&claims(&house))).await, "IssuerAway");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_remembered_but_not_past_its_end() {
    let signer = Signer::ed("k");
    on_both(async |house| {
        let endpoint = Endpoint::publishing(&[&signer]).await;
        let house = house.trusting(&[endpoint.config(ISSUER)]);
        house.tenant("acme").await;
        let token = signer.sign(&claims(&house));
        for (pass_seconds, expected) in
            [(0, "ann as manager"), (599, "ann as manager"), (30, "ann as manager"), (1, "Expired")]
        {
            house.pass_seconds(pass_seconds);
            assert_eq!(house.bearer(&token).await, expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_has_left_is_refused_whatever_the_issuer_says() {
    on_both(async |house| {
        let house = house.trusting(&[sharing(ISSUER, SECRET)]);
        let tenant = house.tenant("acme").await;
        let ann = house.member(tenant, "ann", Role::Member).await;
        let token = Signer::shared(SECRET).sign(&claims(&house));
        assert_eq!(house.bearer(&token).await, "ann as manager", "the issuer says what they may do");
        house.change(tenant, &ann, None, Some(MemberStatus::Inactive)).await;
        house.access.forget();
        assert_eq!(house.bearer(&token).await, "Inactive");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_of_one_tenant_speaks_for_no_other() {
    on_both(async |house| {
        let (acme, globex) = (house.tenant("acme").await, house.tenant("globex").await);
        let signer = Signer::shared(SECRET);
        for allowed in ["acme".to_owned(), acme.to_string(), acme.uuid().simple().to_string()] {
            let config = IssuerConfig { tenants: vec![allowed], ..sharing(ISSUER, SECRET) };
            let house = house.second_server().trusting(&[config]);
            for (tenant, expected) in [
                ("acme", "ann as manager"),
                (&acme.to_string(), "ann as manager"),
                ("globex", "Refused(Tenant)"),
                (&globex.to_string(), "Refused(Tenant)"),
            ] {
                let token = signer.sign(&but(&house, json!({"tenant": tenant})));
                assert_eq!(house.bearer(&token).await, expected, "{tenant}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_issuer_of_the_platform_names_platform_admins() {
    on_both(async |house| {
        let house = house.trusting(&[IssuerConfig { platform: true, ..sharing(ISSUER, SECRET) }]);
        house.tenant("acme").await;
        for tenant in [json!(null), json!("acme"), json!("nowhere")] {
            let claims = but(&house, json!({"role": "platform_admin", "tenant": tenant}));
            let caller = house.access.bearer(&Signer::shared(SECRET).sign(&claims)).await.expect("good");
            assert!(caller.is_platform_admin() && caller.tenant == TenantId::PLATFORM);
            assert_eq!((caller.actor.as_ref(), &caller.member), ("platform:ann", &None));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_has_the_scopes_that_its_token_names_and_nobody_else_has_any() {
    on_both(async |house| {
        let house = house.trusting(&[sharing(ISSUER, SECRET)]);
        house.tenant("acme").await;
        for (role, expected) in [("service", vec!["ledger:write", "points:read"]), ("admin", vec![])] {
            let claims = but(&house, json!({"role": role, "scope": "ledger:write points:read"}));
            let caller = house.access.bearer(&Signer::shared(SECRET).sign(&claims)).await.expect("good");
            assert_eq!(caller.scopes, expected);
        }
    })
    .await;
}
