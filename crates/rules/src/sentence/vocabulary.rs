//! The words that sentences are made of: what happens, who is who, what members are.

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happening {
    /// The type of its events.
    pub(super) event: &'static str,
    /// What it is called, with its article.
    pub(super) called: &'static str,
    /// The ways to say it, in stems.
    phrases: &'static [&'static str],
    /// Where its events say how much money it is about, in minor units.
    pub(super) total: Option<&'static str>,
}

/// What referrals are.
pub(super) const REFERRAL: &str = "referral.converted";
/// What orders are.
pub(super) const ORDER: &str = "order.completed";

macro_rules! happenings {
    ($($event:literal, $called:literal, $total:expr, [$($phrase:literal),+ $(,)?];)+) => {
        &[$(Happening { event: $event, called: $called, phrases: &[$($phrase),+], total: $total }),+]
    };
}

/// Longer phrases stand before shorter ones that they begin with.
const HAPPENINGS: &[Happening] = happenings! {
    "referral.converted", "a referral", None,
        ["successful referral", "converted referral", "referral conversion", "friend they refer",
         "friend you refer", "friend referred", "people they refer", "member they refer", "referring a friend",
         "referring friend", "referring someone", "referring a new member", "referring a new customer",
         "refer a friend", "refer friend", "refer someone", "refer a new member", "refer a new customer",
         "invite a friend", "inviting a friend", "referral", "referring", "refer"];
    "order.refunded", "a refund", Some("total"),
        ["order is returned", "order is refunded", "order is cancelled", "order was refunded", "refund",
         "returned order", "refunded order", "return an order", "cancelled order"];
    "order.completed", "an order", Some("total"),
        ["make a purchase", "make an order", "place an order", "completed order", "order", "purchase", "purchasing",
         "checkout", "transaction", "buy", "buying", "bought"];
    "member.joined", "signing up", None,
        ["signing up", "sign up", "signup", "registering", "registration", "register", "joining", "join",
         "create an account", "creating an account", "open an account", "opening an account"];
    "user.logged_in", "a login", None, ["logging in", "log in", "login", "logged in", "sign in", "signing in", "visit"];
    "member.birthday", "a birthday", None, ["birthday"];
    "member.anniversary", "an anniversary", None, ["work anniversary", "anniversary"];
    "review.posted", "a review", None,
        ["write a review", "writing a review", "post a review", "posting a review", "leave a review",
         "leaving a review", "product review", "review"];
    "survey.completed", "a survey", None,
        ["complete a survey", "completing a survey", "fill in a survey", "filling in a survey", "completed survey",
         "answer a survey", "survey"];
    "profile.completed", "completing a profile", None,
        ["complete a profile", "completing a profile", "complete their profile", "completing their profile",
         "complete the profile", "completing the profile", "completed profile", "profile completion"];
    "course.completed", "a course", None,
        ["complete a course", "completing a course", "finish a course", "finishing a course", "completed course",
         "complete a training", "completing a training", "training completed", "course", "training"];
    "quiz.passed", "a quiz", None, ["pass a quiz", "passing a quiz", "passed quiz", "quiz"];
    "subscription.renewed", "a renewal", Some("total"),
        ["renew a subscription", "renewing a subscription", "renew their subscription", "subscription renewal",
         "renewing", "renewal", "renew"];
    "subscription.started", "a subscription", Some("total"),
        ["start a subscription", "starting a subscription", "subscription", "subscribing", "subscribe"];
    "plan.upgraded", "an upgrade", None, ["upgrade their plan", "upgrading their plan", "upgrading", "upgrade"];
    "checkin.recorded", "a check-in", None, ["check in", "checking in", "checkin"];
    "post.shared", "a share", None,
        ["share a post", "sharing a post", "share on social media", "sharing on social media", "social share",
         "sharing", "share"];
    "app.installed", "installing the app", None,
        ["install the app", "installing the app", "download the app", "downloading the app", "app download",
         "app install"];
    "donation.made", "a donation", Some("total"), ["make a donation", "donation", "donating", "donate"];
    "deposit.completed", "a deposit", Some("total"), ["make a deposit", "deposit"];
    "booking.completed", "a booking", Some("total"), ["make a booking", "booking", "reservation"];
    "sale.closed", "a sale", Some("total"), ["close a deal", "closing a deal", "closed deal", "deal", "sale"];
    "ticket.resolved", "a ticket", None,
        ["resolve a ticket", "resolving a ticket", "resolved ticket", "close a ticket", "ticket"];
    "task.completed", "a task", None, ["complete a task", "completing a task", "completed task", "task"];
    "event.attended", "attending an event", None,
        ["attend an event", "attending an event", "event attended", "attend a webinar", "attending a webinar"];
    "feedback.given", "feedback", None, ["give feedback", "giving feedback", "leave feedback", "feedback"];
};

/// Every way to say what happens, the longest first.
pub(super) fn happenings() -> impl Iterator<Item = (&'static str, &'static Happening)> {
    HAPPENINGS.iter().flat_map(|happening| happening.phrases.iter().map(move |phrase| (*phrase, happening)))
}

/// The happening of an event type.
pub(super) fn happening(event: &str) -> Option<&'static Happening> {
    HAPPENINGS.iter().find(|happening| happening.event == event)
}

/// Who is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    /// Whoever did it.
    Doer,
    /// Whoever referred.
    Referrer,
    /// Whoever was referred.
    Friend,
    /// Both of these.
    Both,
}

/// The ways to say who, in stems; longer ones first.
pub(super) const PARTIES: &[(&str, Party)] = &[
    ("both side", Party::Both),
    ("both party", Party::Both),
    ("both of them", Party::Both),
    ("both", Party::Both),
    ("person who referred", Party::Referrer),
    ("member who referred", Party::Referrer),
    ("customer who referred", Party::Referrer),
    ("referring member", Party::Referrer),
    ("referring customer", Party::Referrer),
    ("referrer", Party::Referrer),
    ("inviter", Party::Referrer),
    ("advocate", Party::Referrer),
    ("referred friend", Party::Friend),
    ("referred member", Party::Friend),
    ("referred customer", Party::Friend),
    ("referred person", Party::Friend),
    ("referred user", Party::Friend),
    ("new member", Party::Friend),
    ("friend", Party::Friend),
    ("referee", Party::Friend),
    ("invitee", Party::Friend),
    ("member", Party::Doer),
    ("customer", Party::Doer),
    ("user", Party::Doer),
    ("buyer", Party::Doer),
    ("shopper", Party::Doer),
    ("employee", Party::Doer),
    ("person", Party::Doer),
    ("people", Party::Doer),
    ("everyone", Party::Doer),
    ("anyone", Party::Doer),
    ("somebody", Party::Doer),
    ("someone", Party::Doer),
];

/// What members are called by their tier.
pub(super) const TIERS: &[&str] = &["bronze", "silver", "gold", "platinum", "diamond", "vip", "premium"];

/// What members are called by their role, in stems.
pub(super) const ROLES: &[(&str, &str)] = &[("manager", "manager"), ("lead", "lead"), ("team lead", "lead")];

/// Words that say nothing of the rule by themselves.
pub(super) const FILLERS: &[&str] = &[
    "a",
    "an",
    "the",
    "to",
    "for",
    "when",
    "whenever",
    "if",
    "of",
    "on",
    "in",
    "with",
    "who",
    "that",
    "is",
    "are",
    "get",
    "give",
    "giving",
    "award",
    "reward",
    "grant",
    "credit",
    "pay",
    "bonus",
    "their",
    "his",
    "her",
    "your",
    "they",
    "he",
    "she",
    "them",
    "him",
    "it",
    "be",
    "been",
    "will",
    "should",
    "must",
    "please",
    "we",
    "want",
    "our",
    "us",
    "has",
    "have",
    "had",
    "after",
    "once",
    "by",
    "as",
    "and",
    "then",
    "make",
    "made",
    "making",
    "place",
    "placed",
    "complete",
    "completed",
    "completing",
    "do",
    "does",
    "i",
    "you",
    "let",
    "add",
    "offer",
    "rule",
    "create",
    "issue",
    "receive",
    "earn",
    "earned",
    "own",
    "into",
    "account",
    "wallet",
    "balance",
    "cash",
    "worth",
    "extra",
    "also",
    "so",
    "was",
    "were",
    "there",
    "each",
    "every",
    "per",
    "any",
    "all",
    "succeed",
    "successful",
    "successfully",
    "this",
    "these",
    "those",
    "out",
    "just",
    "send",
    "reach",
    "reached",
    "hit",
    "bring",
    "thank",
    "company",
    "would",
    "like",
    "can",
    "could",
    "worth",
];

/// Words that turn what follows into its contrary: what cannot be read behind them must not be passed over.
pub(super) const NEGATIONS: &[&str] = &[
    "not",
    "no",
    "never",
    "except",
    "unless",
    "without",
    "excluding",
    "exclude",
    "neither",
    "nor",
    "none",
    "nobody",
];
