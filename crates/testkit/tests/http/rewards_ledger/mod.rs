//! The life of rewards: pending, confirmed, paid, taken back.

mod life;
mod lists;
mod reversed;

use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId, Movement, Posting};
use guerdon_programs::referrals::{may_qualify, qualified, waits_for_review};
use guerdon_programs::rewards_ledger::{Confirm, RewardCredit, pending};
use guerdon_programs::{Refusal, members};
use guerdon_store::journal::{Command, Decision, Envelope, Needs, Seen};
use guerdon_store::{Change, TenantId};
use guerdon_testkit::{Answer, Company, Server};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const LEDGER: &str = "/api/v1/rewards-ledger";

/// How a reward confirms.
#[derive(Debug, Clone, Copy)]
pub enum Confirms {
    AtOnce,
    AfterDays(i64),
    Manual,
}

/// Money for a member: whose, how many cents, and how it confirms.
#[derive(Debug, Clone, Copy)]
pub struct Reward(pub &'static str, pub i64, pub Confirms);

/// A transaction that rewards, as a rule would: what is not at once is pending, and a referral qualifies by it.
struct Rewarding {
    referred: Option<MemberId>,
    rewards: Vec<Reward>,
}

impl Rewarding {
    fn members(&self) -> Vec<MemberId> {
        self.rewards.iter().map(|reward| reward.0.parse().expect("an id")).collect()
    }
}

impl Command for Rewarding {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs {
            members: self.members(),
            referrals: self.referred.clone().into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let referral = self.referred.as_ref().and_then(|id| seen.referral_of(id));
        assert!(referral.is_none_or(may_qualify));
        let posting = |reward: &Reward| {
            let to = AccountPath::reward(&reward.0.parse().expect("an id"));
            let amount = Amount::new(reward.1).expect("an amount");
            Posting::new(AccountPath::funding_ledger(), to, AssetCode::usd(), amount).expect("a posting")
        };
        let postings: Vec<Posting> = self.rewards.iter().map(posting).collect();
        let credits: Vec<_> = self
            .rewards
            .iter()
            .zip(&postings)
            .map(|(reward, posting)| RewardCredit {
                posting,
                confirm: match reward.2 {
                    Confirms::AtOnce => Confirm::AtOnce,
                    Confirms::AfterDays(days) => Confirm::At(at + SignedDuration::from_hours(24 * days)),
                    Confirms::Manual => Confirm::Manual,
                },
                under_review: referral.is_some_and(waits_for_review),
            })
            .collect();
        let made = pending(seen.next_seq(), &credits, at);
        let unseen = self.members().into_iter().filter(|id| seen.member(id).is_none());
        let mut changes: Vec<_> = unseen.map(|id| Change::Member(members::new_member(&id, at))).collect();
        changes.dedup();
        changes.extend(
            referral.map(|referral| Change::Referral(qualified(referral, seen.next_seq(), at, made.waiting))),
        );
        Ok(Decision {
            kind: "event".to_owned(),
            movement: Movement { postings, holds: made.holds, ..Movement::default() },
            changes,
            ..Decision::default()
        })
    }
}

/// Rewards members in one transaction, whose id it answers; of a referral of `referred`, where one is named.
pub async fn rewarded(server: &Server, acme: &Company, referred: Option<&str>, rewards: &[Reward]) -> String {
    let tenant: TenantId = acme.id.parse().expect("an id");
    let envelope = Envelope { tenant, actor: "rules".into(), idempotency: None };
    let referred = referred.map(|id| id.parse().expect("an id"));
    let command = Rewarding { referred, rewards: rewards.to_vec() };
    server.journal.execute(envelope, command).await.expect("recorded").record.id()
}

/// Takes a step with a reward.
async fn step(acme: &Company, id: &str, step: &str, body: Value) -> Answer {
    acme.manager.post(&format!("{LEDGER}/{id}/{step}"), body).await
}

/// How the rewards of a transaction stand: `<user> <status>`.
async fn standing(acme: &Company, id: &str) -> Vec<String> {
    let found = acme.manager.get(&format!("{LEDGER}/{id}")).await.ok();
    let all = found["rewards"].as_array().cloned().unwrap_or_else(|| vec![found["reward"].clone()]);
    let told = |reward: &Value| format!("{} {}", reward["user_id"], reward["status"]).replace('"', "");
    all.iter().map(told).collect()
}

/// What a member has, as posted and held.
async fn has(acme: &Company, user: &str) -> (i64, i64) {
    let balance = acme.manager.get(&format!("/api/v1/ledger/balance/{user}")).await.ok();
    (balance["posted"].as_i64().expect("posted"), balance["held"].as_i64().expect("held"))
}

/// A credit of dollars, which is a reward that is confirmed at once.
async fn credited(acme: &Company, user: &str, amount: i64) -> String {
    let body = json!({"user_id": user, "amount": amount});
    let posted = acme.manager.post("/api/v1/ledger/credit", body).await.created();
    posted["entry_id"].as_str().expect("an id").to_owned()
}
