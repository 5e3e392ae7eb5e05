//! Phrases: each reads on from a place in the sentence and adds to the frame what it understood, or reads nothing.

mod fields;
mod figures;
mod gifts;
mod happenings;
mod limits;
mod periods;
mod schedule;
mod who;

use super::cursor::Cursor;
use super::frame::Frame;

/// What reads a phrase: where it ends, and what it was read as.
type Phrase = for<'t> fn(Cursor<'t>, &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)>;

/// The first that reads anything is taken, so what is more special stands before what is more general.
const PHRASES: &[Phrase] = &[
    schedule::schedule,
    limits::limit,
    limits::first_so_many,
    limits::cooldown,
    gifts::cap,
    gifts::lasts,
    gifts::confirmed,
    gifts::paid_from,
    gifts::named,
    figures::streak,
    figures::spending,
    figures::different,
    gifts::per_spent,
    gifts::share,
    gifts::multiple,
    happenings::total,
    figures::figure,
    happenings::happening,
    gifts::fixed,
    gifts::bare,
    who::except,
    who::kind_of_member,
    who::party,
    fields::field,
    fields::message,
    periods::window,
    happenings::or,
    gifts::taking,
];

/// Reads the phrase that stands at a place.
pub(super) fn read<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    PHRASES.iter().find_map(|phrase| phrase(cursor, frame))
}
