//! Making codes.

use crate::members::{active, new_member};
use crate::{Error, Refusal};
use guerdon_ledger::MemberId;
use guerdon_store::journal::{Command, Decision, Envelope, Journal, Needs, Receipt, Seen};
use guerdon_store::{Change, Code, MarkKey, MarkKind, ReferralCode, ReferralMark};
use jiff::Timestamp;

/// Codes of one member at most.
pub const CODES: i64 = 10;
/// What codes are made of: nothing that is taken for something else, so no 0 and O, no 1, I and L.
const SYMBOLS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Letters of a name that a code begins with at most.
const NAME: usize = 8;

/// Makes a code for a member. One not seen before is added.
#[derive(Debug, Clone)]
pub struct MakeCode {
    /// Whose it will be.
    pub member: MemberId,
    /// The code itself; a random one where `None`.
    pub code: Option<Code>,
    /// Whether a random one begins with the member's first name.
    pub with_name: bool,
    /// What random codes are made of.
    pub random: [u8; 32],
}

/// Makes a code for a member: the one that is given, or a random one.
///
/// # Errors
/// As [`Journal::execute`].
pub async fn make_code(
    journal: &Journal,
    envelope: Envelope,
    member: MemberId,
    code: Option<Code>,
    with_name: bool,
) -> Result<Receipt, Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Error::Unavailable(error.to_string()))?;
    journal.execute(envelope, MakeCode { member, code, with_name, random }).await
}

impl MakeCode {
    /// The codes that will do, the first that is free.
    fn candidates(&self, seen: &Seen<'_>) -> Vec<Code> {
        if let Some(code) = &self.code {
            return vec![code.clone()];
        }
        let name = seen.member(&self.member).and_then(|member| member.personal.name.as_deref());
        candidates(name.filter(|_| self.with_name), &self.random)
    }

    /// What counts the member's codes.
    fn mark(&self) -> MarkKey {
        MarkKey::new(MarkKind::Codes, self.member.as_str())
    }
}

/// Four codes: 31⁸ there are of each form without a name, 31⁵ of each name.
fn candidates(name: Option<&str>, random: &[u8; 32]) -> Vec<Code> {
    let name = name.and_then(|name| name.split_whitespace().next()).unwrap_or_default();
    let name: String = name.chars().filter(char::is_ascii_alphabetic).take(NAME).collect();
    let (words, _) = random.as_chunks::<8>();
    let code = |word: &[u8; 8]| {
        let mut rest = u64::from_le_bytes(*word);
        let mut symbol = || {
            let symbol = SYMBOLS[(rest % SYMBOLS.len() as u64) as usize];
            rest /= SYMBOLS.len() as u64;
            char::from(symbol)
        };
        let mut some = |count: usize| (0..count).map(|_| symbol()).collect::<String>();
        match name.len() < 2 {
            true => format!("{}-{}", some(4), some(4)),
            false => format!("{name}-{}", some(5)),
        }
    };
    words.iter().filter_map(|word| Code::new(&code(word)).ok()).collect()
}

impl Command for MakeCode {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { members: vec![self.member.clone()], referral_marks: vec![self.mark()], ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        Needs { referral_codes: self.candidates(seen), ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let mut changes = match seen.member(&self.member) {
            None => vec![Change::Member(new_member(&self.member, at))],
            Some(_) => active(seen, &self.member).map(|_| Vec::new())?,
        };
        let mark = seen.referral_mark(&self.mark());
        let count = mark.map_or(0, |mark| mark.count);
        if count >= CODES {
            return Err(Refusal::TooManyCodes { member: self.member.clone(), limit: CODES });
        }
        let candidates = self.candidates(seen);
        let free = candidates.iter().find(|code| seen.referral_code(code).is_none()).cloned();
        let taken = || candidates.first().cloned().map_or(Refusal::NotDue, Refusal::CodeTaken);
        let code = free.ok_or_else(taken)?;
        let first = mark.map_or_else(|| code.to_string(), |mark| mark.first.clone());
        let mark = ReferralMark { key: self.mark(), count: count + 1, first, last: code.to_string() };
        let (member_id, seq) = (self.member.clone(), seen.next_seq());
        changes.push(Change::ReferralCode(ReferralCode {
            code: code.clone(),
            member_id,
            seq,
            created_at: at,
        }));
        changes.push(Change::ReferralMark(mark));
        Ok(Decision {
            kind: "referral.code".to_owned(),
            changes,
            reference: Some(code.to_string()),
            ..Decision::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_codes_are_read_without_mistaking_and_may_begin_with_a_name() {
        let random: [u8; 32] = std::array::from_fn(|i| (i as u8).wrapping_mul(37).wrapping_add(11));
        for (name, form) in [
            (None, "XXXX-XXXX"),
            (Some("Rudo Moyo"), "RUDO-XXXXX"),
            (Some("Maximiliane-Charlotte"), "MAXIMILI-XXXXX"),
            (Some("Ö. Å"), "XXXX-XXXX"),
            (Some("José"), "JOS-XXXXX"),
            (Some(""), "XXXX-XXXX"),
        ] {
            let codes = candidates(name, &random);
            assert_eq!(codes.len(), 4);
            for code in &codes {
                let (code, prefix) = (code.as_str(), form.trim_end_matches(['X', '-']).len());
                assert_eq!((code.len(), &code[..prefix]), (form.len(), &form[..prefix]), "{code}");
                let drawn = code[prefix..].bytes().filter(|b| *b != b'-');
                assert!(drawn.into_iter().all(|b| SYMBOLS.contains(&b)), "{code}");
            }
            let different: std::collections::BTreeSet<_> = codes.iter().collect();
            assert_eq!(different.len(), 4, "{codes:?}");
        }
        assert!(b"0O1IL".iter().all(|b| !SYMBOLS.contains(b)));
    }
}
