//! Signals of a person: what tells that two referrals may be one and the same.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Signals of a person, as they came. They are never printed, and leave here as hashes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Signals {
    /// The e-mail address.
    pub email: Option<String>,
    /// The network address.
    pub ip: Option<IpAddr>,
    /// What the tenant tells a device by.
    pub device: Option<String>,
}

impl Signals {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signals(…)")
    }
}

/// An e-mail address so that two which reach one mailbox are the same: in small letters, without dots and without what
/// follows a plus in the name.
pub(super) fn mailbox(email: &str) -> String {
    let email = email.trim().to_lowercase();
    let Some((name, host)) = email.rsplit_once('@') else { return email };
    let name = name.split('+').next().unwrap_or_default().replace('.', "");
    let host = if host == "googlemail.com" { "gmail.com" } else { host };
    format!("{name}@{host}")
}

/// A network address so that one household is the same: of IPv6 the first 64 bits, for the rest changes by the day.
pub(super) fn household(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

/// A text that ends in a number and the text with the number before: `user-09` follows `user-08`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// The text without its number.
    pub(super) stem: String,
    /// The text with the number before; where the number begins with a zero, as many digits long.
    pub(super) before: String,
}

/// Reads the number at a text's end; `None` where there is none, or one with nothing before it.
pub(super) fn counted(text: &str) -> Option<Counted> {
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &text[stem.len()..];
    let before = digits.parse::<u64>().ok()?.checked_sub(1)?;
    let width = if digits.starts_with('0') { digits.len() } else { 0 };
    let before = format!("{stem}{before:0width$}");
    Some(Counted { stem: stem.to_owned(), before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_reach_one_mailbox_are_the_same() {
        for (email, same) in [
            ("Rudo.Moyo@Example.com", "rudomoyo@example.com"),
            ("rudomoyo+shop@example.com", "rudomoyo@example.com"),
            ("r.u.d.o.moyo+1+2@googlemail.com ", "rudomoyo@gmail.com"),
            ("rudo@moyo.example.com", "rudo@moyo.example.com"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(mailbox(email), same, "{email}");
        }
    }

    #[test]
    fn addresses_of_one_household_are_the_same() {
        for (ip, same) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
            ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        ] {
            assert_eq!(household(ip.parse().expect(ip)), same);
        }
    }

    #[test]
    fn a_number_at_the_end_has_one_before_it() {
        for (text, stem, before) in
            [("user-10", "user-", "user-9"), ("u09", "u", "u08"), ("42", "", "41"), ("a1b2", "a1b", "a1b1")]
        {
            let counted = counted(text).expect(text);
            assert_eq!((&*counted.stem, &*counted.before), (stem, before), "{text}");
        }
        for text in ["user", "", "user-0", "u99999999999999999999999"] {
            assert_eq!(counted(text), None, "{text}");
        }
    }
}
