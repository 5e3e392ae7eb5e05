use super::*;

const STANDARD: Scheme = Scheme::StandardWebhooks { tolerance_seconds: 300 };
const STRIPE: Scheme = Scheme::Stripe { tolerance_seconds: 300 };

/// The test vector of Standard Webhooks' own libraries.
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_BODY: &str = r#"{"test": 2432232314}"#;
const STANDARD_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const STANDARD_AT: i64 = 1_614_265_330;
/// The same message by another secret.
const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const OTHER_SIGNATURE: &str = "v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44=";

/// Vectors of our own, made with Python's `hmac`.
const STRIPE_SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
const STRIPE_BODY: &str =
    r#"{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","type":"checkout.session.completed"}"#;
const STRIPE_SIGNATURE: &str = "554ad6688c76b195c11e1ed8a6f6321097abee74bf17bae184f7c943a57c6947";
const STRIPE_AT: i64 = 1_492_774_577;

/// The test values of GitHub's documentation.
const GITHUB_SECRET: &str = "It's a Secret to Everybody";
const GITHUB_BODY: &str = "Hello, World!";
const GITHUB_SIGNATURE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn delivery(headers: &[(&str, &str)], body: &str) -> Delivery {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Delivery { headers, body: body.as_bytes().to_vec() }
}

fn standard_delivery(signature: &str) -> Delivery {
    let headers = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", signature),
    ];
    delivery(&headers, STANDARD_BODY)
}

fn hmac_scheme(algorithm: Algorithm, encoding: Encoding, prefix: &str) -> Scheme {
    Scheme::Hmac { header: "x-hub-signature-256".to_owned(), algorithm, encoding, prefix: prefix.to_owned() }
}

fn is_good(scheme: &Scheme, secrets: &[&str], delivery: &Delivery, at: i64) -> bool {
    let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
    verify(scheme, &secrets, delivery, Timestamp::from_second(at).expect("an instant")).is_ok()
}

#[test]
fn the_vector_of_standard_webhooks_is_good_and_tells_its_id() {
    let secrets = [Secret::new(STANDARD_SECRET)];
    let now = Timestamp::from_second(STANDARD_AT).expect("an instant");
    let id = verify(&STANDARD, &secrets, &standard_delivery(STANDARD_SIGNATURE), now);
    assert_eq!(id, Ok(Some("msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned())));
}

#[test]
fn one_of_several_signatures_of_standard_webhooks_must_be_right() {
    let filled = format!("{}{STANDARD_SIGNATURE}", "v1,AAAA ".repeat(9));
    let too_many = format!("{}{STANDARD_SIGNATURE}", "v1,AAAA ".repeat(10));
    for (signature, good) in [
        (STANDARD_SIGNATURE.to_owned(), true),
        (format!("{OTHER_SIGNATURE} {STANDARD_SIGNATURE}"), true),
        (format!("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw {STANDARD_SIGNATURE}"), true),
        (filled, true),
        (too_many, false),
        (OTHER_SIGNATURE.to_owned(), false),
        (STANDARD_SIGNATURE.replace("v1,", "v2,"), false),
        (STANDARD_SIGNATURE.replace("v1,", ""), false),
        (STANDARD_SIGNATURE.replace('=', ""), false),
        (STANDARD_SIGNATURE[..20].to_owned(), false),
        ("v1,".to_owned(), false),
        (String::new(), false),
    ] {
        let found = is_good(&STANDARD, &[STANDARD_SECRET], &standard_delivery(&signature), STANDARD_AT);
        assert_eq!(found, good, "{signature}");
    }
}

#[test]
fn two_secrets_are_good_at_once_and_no_third() {
    let delivery = standard_delivery(OTHER_SIGNATURE);
    for (secrets, good) in [
        (vec![STANDARD_SECRET, OTHER_SECRET], true),
        (vec![OTHER_SECRET, STANDARD_SECRET], true),
        (vec![&OTHER_SECRET["whsec_".len()..]], true),
        (vec![STANDARD_SECRET, STANDARD_SECRET, OTHER_SECRET], false),
        (vec![STANDARD_SECRET], false),
        (vec!["whsec_no base64"], false),
        (vec![], false),
    ] {
        assert_eq!(is_good(&STANDARD, &secrets, &delivery, STANDARD_AT), good, "{secrets:?}");
    }
}

#[test]
fn a_body_signed_with_nothing_is_signed_by_nobody() {
    // HMAC-SHA256 of nothing with an empty key, which every program can make.
    let nothing = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    let scheme = hmac_scheme(Algorithm::Sha256, Encoding::Hex, "");
    let delivery = delivery(&[("x-hub-signature-256", nothing)], "");
    for secrets in [vec![], vec![GITHUB_SECRET]] {
        assert!(!is_good(&scheme, &secrets, &delivery, 0), "{secrets:?}");
    }
}

#[test]
fn a_signature_is_good_for_as_long_as_is_tolerated() {
    for (shift, good) in [(0, true), (300, true), (-300, true), (301, false), (-301, false), (86_400, false)]
    {
        let standard = standard_delivery(STANDARD_SIGNATURE);
        assert_eq!(is_good(&STANDARD, &[STANDARD_SECRET], &standard, STANDARD_AT + shift), good, "{shift}");
        let header = format!("t={STRIPE_AT},v1={STRIPE_SIGNATURE}");
        let stripe = delivery(&[("stripe-signature", &header)], STRIPE_BODY);
        assert_eq!(is_good(&STRIPE, &[STRIPE_SECRET], &stripe, STRIPE_AT + shift), good, "{shift}");
    }
}

#[test]
fn all_that_was_signed_is_looked_at() {
    let good = standard_delivery(STANDARD_SIGNATURE);
    for (header, value) in [
        ("webhook-id", "msg_other"),
        ("webhook-id", ""),
        ("webhook-timestamp", "1614265331"),
        ("webhook-timestamp", "01614265330"),
        ("webhook-timestamp", "1614265330 "),
        ("webhook-timestamp", "+1614265330"),
        ("webhook-timestamp", "1614265330.0"),
        ("webhook-timestamp", ""),
    ] {
        let mut changed = good.clone();
        let found = changed.headers.iter_mut().find(|(name, _)| name == header).expect("header");
        found.1 = value.to_owned();
        assert!(!is_good(&STANDARD, &[STANDARD_SECRET], &changed, STANDARD_AT), "{header} {value}");
    }
    for missing in 0..3 {
        let mut changed = good.clone();
        changed.headers.remove(missing);
        assert!(!is_good(&STANDARD, &[STANDARD_SECRET], &changed, STANDARD_AT), "{missing}");
    }
    let changed = Delivery { body: br#"{"test":2432232314}"#.to_vec(), ..good };
    assert!(!is_good(&STANDARD, &[STANDARD_SECRET], &changed, STANDARD_AT), "the body to the byte");
}

#[test]
fn stripes_header_is_read_as_stripe_says() {
    let wrong = "0".repeat(64);
    for (header, good) in [
        (format!("t={STRIPE_AT},v1={STRIPE_SIGNATURE}"), true),
        (format!("t={STRIPE_AT},v1={STRIPE_SIGNATURE},v0={wrong}"), true),
        (format!("v0={wrong},v1={wrong},v1={STRIPE_SIGNATURE},t={STRIPE_AT}"), true),
        (format!("t={STRIPE_AT}, v1={STRIPE_SIGNATURE}"), true),
        (format!("t={STRIPE_AT},v0={STRIPE_SIGNATURE}"), false),
        (format!("t={STRIPE_AT},v1={wrong}"), false),
        (format!("t={},v1={STRIPE_SIGNATURE}", STRIPE_AT + 1), false),
        (format!("v1={STRIPE_SIGNATURE}"), false),
        (format!("t={STRIPE_AT}"), false),
        ("nonsense".to_owned(), false),
        (String::new(), false),
    ] {
        let delivery = delivery(&[("stripe-signature", &header)], STRIPE_BODY);
        assert_eq!(is_good(&STRIPE, &[STRIPE_SECRET], &delivery, STRIPE_AT), good, "{header}");
    }
}

#[test]
fn an_hmac_in_a_header_is_read_in_its_form() {
    use Algorithm::{Sha256, Sha512};
    use Encoding::{Base64, Hex};
    let base64 = "dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc=";
    let sha512 = "Ee01WmF+mBNOhCASp5RMz1nBAlbLGCNXvX46QgE/8Hw3b4wUz1zBkj2iC1HWQlay+4678QCqZ6YTJvYf6oERvA==";
    for (scheme, header, good) in [
        (hmac_scheme(Sha256, Hex, "sha256="), format!("sha256={GITHUB_SIGNATURE}"), true),
        (hmac_scheme(Sha256, Hex, "sha256="), format!("sha256={}", GITHUB_SIGNATURE.to_uppercase()), true),
        (hmac_scheme(Sha256, Hex, "sha256="), GITHUB_SIGNATURE.to_owned(), false),
        (hmac_scheme(Sha256, Hex, "sha256="), format!("sha1={GITHUB_SIGNATURE}"), false),
        (hmac_scheme(Sha256, Hex, ""), GITHUB_SIGNATURE.to_owned(), true),
        (hmac_scheme(Sha256, Hex, ""), GITHUB_SIGNATURE[2..].to_owned(), false),
        (hmac_scheme(Sha256, Hex, ""), format!("{GITHUB_SIGNATURE}00"), false),
        (hmac_scheme(Sha256, Base64, ""), base64.to_owned(), true),
        (hmac_scheme(Sha256, Base64, ""), GITHUB_SIGNATURE.to_owned(), false),
        (hmac_scheme(Sha512, Base64, ""), sha512.to_owned(), true),
        (hmac_scheme(Sha512, Base64, ""), base64.to_owned(), false),
        (hmac_scheme(Sha256, Base64, ""), sha512.to_owned(), false),
    ] {
        let delivery = delivery(&[("x-hub-signature-256", &header)], GITHUB_BODY);
        assert_eq!(is_good(&scheme, &[GITHUB_SECRET], &delivery, 0), good, "{scheme:?} {header}");
        let elsewhere = self::delivery(&[("x-other", &header)], GITHUB_BODY);
        assert!(!is_good(&scheme, &[GITHUB_SECRET], &elsewhere, 0), "{header}");
    }
}

#[test]
fn a_secret_has_the_form_of_its_scheme() {
    let hmac = hmac_scheme(Algorithm::Sha256, Encoding::Hex, "");
    for (scheme, secret, good) in [
        (&STANDARD, STANDARD_SECRET, true),
        (&STANDARD, "whsec_c2hvcnQ=", false),
        (&STANDARD, "whsec_not base64 at all, though long enough", false),
        (&STRIPE, STRIPE_SECRET, true),
        (&STRIPE, "short", false),
        (&hmac, GITHUB_SECRET, true),
        (&hmac, "fifteen letters", false),
        (&hmac, "control\u{7}characters are none", false),
        (&hmac, "Geheimnisse müssen ASCII sein", false),
    ] {
        assert_eq!(scheme.flaw_in(secret).is_none(), good, "{scheme:?} {secret}");
    }
    for scheme in [&STANDARD, &STRIPE, &hmac] {
        let made = scheme.new_secret().expect("randomness");
        assert_eq!(scheme.flaw_in(made.expose()), None);
        assert_ne!(scheme.new_secret().expect("randomness"), made);
    }
}
