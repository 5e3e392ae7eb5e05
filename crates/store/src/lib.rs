//! All SQL of Guerdon: the [journal](journal) and its commit protocol, [migrations](migrate), the [driver layer](driver)
//! that SQLite and PostgreSQL have in common, and the proof that the books are right: [verify], [rebuild].

pub mod budgets;
mod clock;
mod derived;
pub mod directory;
pub mod driver;
pub mod jobs;
pub mod journal;
pub mod migrate;
pub mod projection;
pub mod read;
pub mod rebuild;
mod records;
mod statements;
pub mod verify;

pub use clock::Clock;
pub use records::{
    ApiKey, Body, Change, Code, Counter, CounterKey, Document, DocumentKey, Flag, FlagReason, MarkKey,
    MarkKind, Member, MemberStatus, PersonalText, Referral, ReferralCode, ReferralMark, ReferralReward,
    ReferralSettings, ReferralStatus, Review, Reviewed, Role, Scheduled, Settings, Slug, Tenant, TenantId,
    TenantStatus, WaitingReward, ZoneName,
};
pub use statements::{Sql, statements};
