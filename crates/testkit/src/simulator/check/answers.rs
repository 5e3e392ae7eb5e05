//! What clients were told, against what the journal holds: each thing once, the same answer to the same key, nothing
//! that was not asked for.

use super::{Case, difference, without_texts};
use crate::simulator::history::{Answer, Attempt, Request, Told};

pub(super) fn check(case: &Case<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, attempts) in &case.attempts {
        let request = &case.requests[*id];
        let seqs = case.recorded.get(id).map_or(&[][..], Vec::as_slice);
        wrong.extend(check_whole(case, request, seqs));
        wrong.extend(check_origin(case, request, seqs, attempts));
        for attempt in attempts {
            wrong.extend(check_answer(case, request, seqs, attempt).err());
        }
    }
    for id in case.recorded.keys().filter(|id| !case.attempts.contains_key(id)) {
        wrong.push(format!("request {id} is in the journal and was never sent"));
    }
    wrong
}

/// A request is in the journal once, whole and in one piece, after all that was told before it was asked.
fn check_whole(case: &Case<'_>, request: &Request, seqs: &[i64]) -> Option<String> {
    let first = *seqs.first()?;
    let id = request.id;
    if seqs.len() != request.actions.len() {
        return Some(format!("request {id} of {} is in the journal as {seqs:?}", request.actions.len()));
    }
    if !seqs.iter().copied().eq(first..first + seqs.len() as i64) {
        return Some(format!("request {id} is in the journal in pieces: {seqs:?}"));
    }
    let least = case.timeline.least(case.first_asked(id)?);
    (first <= least)
        .then(|| format!("request {id} became {first} though {least} was told before it was asked"))
}

/// What is in the journal was told to someone, or its answer was lost; who was told that it was new is one.
fn check_origin(case: &Case<'_>, request: &Request, seqs: &[i64], attempts: &[&Attempt]) -> Vec<String> {
    let id = request.id;
    let unknown = |attempt: &&&Attempt| matches!(attempt.answer, Answer::Unavailable | Answer::Abandoned);
    let told = |attempt: &&&Attempt| matches!(attempt.answer, Answer::Recorded(_));
    let lost = attempts.iter().filter(unknown).count();
    let mut wrong = Vec::new();
    if seqs.is_empty() {
        return wrong;
    }
    if lost == 0 && attempts.iter().filter(told).count() == 0 {
        wrong.push(format!("request {id} is in the journal as {seqs:?}, and every call of it was refused"));
    }
    let new = |attempt: &&&Attempt| match &attempt.answer {
        Answer::Recorded(told) => told.iter().any(|told| !told.replayed),
        _ => false,
    };
    let news: Vec<&Attempt> = attempts.iter().filter(new).copied().collect();
    match news.len() {
        1 => {}
        0 if lost > 0 => {}
        2.. if cannot_be_told_apart(case, seqs, &news) => {}
        times => wrong.push(format!("{times} calls of request {id} were told that it is new: {seqs:?}")),
    }
    // A call that was over before a refusal began can have recorded it only if that refusal was wrong.
    let refused = attempts.iter().filter(|attempt| !unknown(attempt) && !told(attempt));
    for refusal in refused {
        let possible = attempts.iter().any(|other| match other.answer {
            Answer::Abandoned => true,
            Answer::Unavailable | Answer::Recorded(_) => other.span.end > refusal.span.start,
            _ => false,
        });
        if !possible {
            wrong.push(format!("request {id} was refused after it was recorded as {seqs:?}: {refusal:?}"));
        }
    }
    wrong
}

/// Whether several calls may each have been told that they recorded something. Servers that are asked at once for the same,
/// at the same instant, over the same head, decide the same rows to the byte. Where the commit of one was lost and that
/// of another kept, both know what they find there as their own. Texts beside the journal have a salt of each attempt's,
/// and a secret is random, so such rows are never alike.
fn cannot_be_told_apart(case: &Case<'_>, seqs: &[i64], news: &[&Attempt]) -> bool {
    let salted = |seq: &i64| case.record(*seq).is_none_or(|record| record.texts_hash.is_some());
    let apart = |one: &Attempt, other: &Attempt| {
        one.server == other.server || one.span.end < other.span.start || other.span.end < one.span.start
    };
    let pairs =
        news.iter().enumerate().flat_map(|(at, one)| news[..at].iter().map(move |other| (one, other)));
    !seqs.iter().any(salted) && pairs.into_iter().all(|(one, other)| !apart(one, other))
}

fn check_answer(case: &Case<'_>, request: &Request, seqs: &[i64], attempt: &Attempt) -> Result<(), String> {
    let id = request.id;
    match &attempt.answer {
        Answer::Recorded(told) => {
            if told.iter().map(|told| told.record.seq).ne(seqs.iter().copied()) {
                return Err(format!("request {id} was told {told:?}, the journal has it as {seqs:?}"));
            }
            told.iter().enumerate().try_for_each(|(index, told)| check_told(case, request, index, told))
        }
        Answer::Conflict { key, seq } => {
            let record = case.record(*seq).filter(|record| record.idempotency_key.as_deref() == Some(key));
            let used = record.and_then(|record| record.fingerprint.as_ref());
            let asked = (0..request.actions.len()).any(|index| request.key_of(index).as_ref() == Some(key));
            let known = *seq <= case.timeline.most(attempt.span.end);
            match used.is_some_and(|used| **used != *request.fingerprint) && asked && known {
                true => Ok(()),
                false => {
                    Err(format!("request {id} was told of a conflict with {seq} over {key}: {record:?}"))
                }
            }
        }
        Answer::Failed(text) => Err(format!("request {id} failed: {text}; {request:?}")),
        _ => Ok(()),
    }
}

/// What a call was told is what the journal holds, and it is what was asked for.
fn check_told(case: &Case<'_>, request: &Request, index: usize, told: &Told) -> Result<(), String> {
    let record = case.record(told.record.seq).ok_or_else(|| format!("{told:?} is not in the journal"))?;
    let told_record = without_texts(&told.record);
    if told_record != *record {
        let what = difference(&told_record, record);
        return Err(format!("request {} was told of {} otherwise than it is:{what}", request.id, record.seq));
    }
    let fingerprint = request.key.as_ref().map(|_| &request.fingerprint);
    if record.idempotency_key.as_deref() != request.key_of(index).as_deref()
        || record.fingerprint.as_deref() != fingerprint.map(String::as_str)
    {
        return Err(format!("request {} was recorded under another key: {record:?}", request.id));
    }
    match told.replayed && request.key.is_none() {
        true => Err(format!("request {} has no key and was told of a replay", request.id)),
        false => Ok(()),
    }
}
