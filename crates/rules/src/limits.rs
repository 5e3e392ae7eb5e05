//! How large a rule may be. What is over a limit is refused with a flaw when the rule is parsed, so that deciding an
//! event always takes bounded time and memory.

/// Bytes of a rule's name.
pub const NAME_BYTES: usize = 200;
/// Bytes of a rule's description, and of a message.
pub const TEXT_BYTES: usize = 2_000;
/// Event types that a rule names.
pub const EVENT_TYPES: usize = 20;
/// Bytes of an event type.
pub const EVENT_TYPE_BYTES: usize = 128;
/// Conditions of a rule, `all`, `any`, `not` and those in a `where` counted too.
pub const CONDITIONS: usize = 100;
/// How deep `all`, `any` and `not` nest.
pub const CONDITION_DEPTH: usize = 8;
/// Facts over history of a rule.
pub const FACTS: usize = 10;
/// Conditions in a `where`.
pub const WHERE_CONDITIONS: usize = 5;
/// Values of an `in` or `not_in`.
pub const LISTED_VALUES: usize = 1_000;
/// Bytes of a string in a condition.
pub const VALUE_BYTES: usize = 1_000;
/// Segments of a path.
pub const PATH_SEGMENTS: usize = 16;
/// Bytes of a path.
pub const PATH_BYTES: usize = 256;
/// Bytes of the source of a regular expression.
pub const REGEX_BYTES: usize = 512;
/// Bytes of a regular expression once compiled.
pub const REGEX_COMPILED_BYTES: usize = 1 << 18;
/// Regular expressions of a rule. The costliest that there are take some tens of milliseconds for a text.
pub const REGEXES: usize = 5;
/// Bytes of a text that a regular expression looks at; a longer one does not match.
pub const MATCHED_BYTES: usize = 1_024;
/// Actions of a rule.
pub const ACTIONS: usize = 10;
/// Different values that a counter tells apart in a bucket.
pub const DISTINCT_VALUES: usize = 256;
/// Bytes of a subject: of the value by which a counter counts.
pub const SUBJECT_BYTES: usize = 256;
/// Days of a window.
pub const WINDOW_DAYS: i64 = 400;
/// Days, weeks or months of a streak.
pub const STREAK_UNITS: i64 = 400;
/// Bytes of the source of an expression.
pub const EXPRESSION_BYTES: usize = 4_096;
/// Words and marks of an expression, those in strings too.
pub const EXPRESSION_WORDS: usize = 500;
/// How deep the parts of an expression nest, a chain of operators counted by its length.
pub const EXPRESSION_DEPTH: u16 = 48;
/// Steps of a run of an expression: one for each part that is looked at, and for each element of a list.
pub const EXPRESSION_STEPS: usize = 100_000;
/// Characters of a string in a trace; the rest is cut off.
pub const SEEN_CHARS: usize = 100;
