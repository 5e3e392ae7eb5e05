//! How numbers, balances, holds and refusals are written in scenario files and in failures.

use guerdon_ledger::{AccountKey, Balance, HoldKey, Refusal};

/// `1234567` as `1,234,567`.
pub(crate) fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn balance(balance: Balance) -> String {
    let [posted, held, available] = [balance.posted, balance.held, balance.available()].map(number);
    format!("posted {posted}, held {held}, available {available}")
}

pub(crate) fn hold(amount: i64, captured: i64, released: i64, status: &str) -> String {
    let [amount, captured, released] = [amount, captured, released].map(number);
    format!("amount {amount}, captured {captured}, released {released}, {status}")
}

pub(crate) fn account_key(key: &AccountKey) -> String {
    format!("{} {}", key.account, key.asset)
}

pub(crate) fn hold_key(key: &HoldKey) -> String {
    format!("{} on {}", key.reference, key.account)
}

/// Microseconds since 1970 as `2026-11-21 10:00`, with seconds where there are any.
pub(crate) fn time(at_us: i64) -> String {
    let civil = match jiff::Timestamp::from_microsecond(at_us) {
        Ok(instant) => instant.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string().replace('T', " "),
        Err(_) => return format!("{at_us} µs"),
    };
    civil.strip_suffix(":00").map_or(civil.clone(), str::to_owned)
}

/// The answer that a scenario file expects after `refused`, with every number that the refusal carries.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InsufficientBalance { account, asset, available, requested } => {
            format!(
                "{account} has {} {asset} available, {} asked for",
                number(*available),
                number(*requested)
            )
        }
        Refusal::BalanceOverflow { account, asset } => format!("{account} {asset} would overflow"),
        Refusal::LimitExceeded { code, limit, sum } => {
            format!("{code} is {}, would be {}", number(*limit), number(*sum))
        }
        Refusal::HoldExists { key } => format!("{} already exists", hold_key(key)),
        Refusal::HoldNotFound { key } => format!("{} does not exist", hold_key(key)),
        Refusal::HoldResolved { key, status } => format!("{} is {}", hold_key(key), status.name()),
        Refusal::HoldExpired { key, expires_at_us } => {
            format!("{} expired {}", hold_key(key), time(*expires_at_us))
        }
        Refusal::HoldTooSmall { key, remaining, requested } => {
            format!("{} has {} left, {} asked for", hold_key(key), number(*remaining), number(*requested))
        }
        Refusal::CaptureToItself { account } => format!("{account} cannot receive its own hold"),
    }
}
