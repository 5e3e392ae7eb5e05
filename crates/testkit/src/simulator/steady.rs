//! One client that replays exactly: what it sends together the journal takes as one batch, every time.

use super::generate::wish;
use super::history::{Answer, History, Request};
use super::plan::{Plan, chance};
use super::read;
use super::stage::{Server, Stage};
use crate::gate::Gate;
use futures::future::join_all;
use guerdon_store::driver::DbError;
use guerdon_store::journal::Envelope;
use rand::RngExt;
use rand::rngs::StdRng;
use std::pin::pin;
use std::sync::Arc;

/// The client, and what was answered so far, line by line.
pub(super) struct Steady<'a> {
    pub(super) plan: &'a Plan,
    pub(super) stage: &'a Stage,
    pub(super) history: &'a History,
    pub(super) random: StdRng,
    pub(super) transcript: Vec<String>,
}

impl Steady<'_> {
    /// Makes all requests, volley by volley.
    pub(super) async fn run(mut self) -> Result<Vec<String>, DbError> {
        let mut made = 0;
        while made < self.plan.requests {
            made += self.volley().await?;
        }
        Ok(self.transcript)
    }

    /// Some requests together, and again those that the database could not take.
    async fn volley(&mut self) -> Result<usize, DbError> {
        let chances = self.plan.chances;
        if chance(&mut self.random, chances.clock) {
            self.stage.move_clock(self.history, &mut self.random);
        }
        if chance(&mut self.random, chances.restart) {
            self.stage.restart(0).await?;
        }
        let size = self.random.random_range(1..=12);
        let mut calls: Vec<Arc<Request>> = Vec::new();
        for _ in 0..size {
            let now = self.stage.clock.now();
            let request = wish(self.plan, self.history, &mut self.random, now);
            let twice = request.key.is_some() && chance(&mut self.random, chances.duplicate);
            calls.extend(std::iter::repeat_n(request, 1 + usize::from(twice)));
        }
        let made = calls.len();
        for _ in 0..=self.plan.patience {
            let server = self.stage.server(0);
            let answers = self.send(&server, &calls).await;
            self.transcript.extend(calls.iter().zip(&answers).map(|(call, answer)| line(call, answer)));
            if chance(&mut self.random, chances.read) {
                read::observe(self.stage, self.history, 0, &mut self.random).await;
            }
            self.stage.revive(0).await?;
            let unknown = calls
                .into_iter()
                .zip(answers)
                .filter(|(call, answer)| matches!(answer, Answer::Unavailable) && call.key.is_some());
            calls = unknown.map(|(call, _)| call).collect();
            if calls.is_empty() {
                break;
            }
        }
        Ok(made)
    }

    /// Sends calls while the lane stands at a gate, so that they become one batch. Where the lane does not come to
    /// the gate, because the database is away, they are sent one by one.
    async fn send(&self, server: &Server, calls: &[Arc<Request>]) -> Vec<Answer> {
        let (gate, mut keeper) = Gate::closed();
        let tenant = self.history.tenants[0];
        let envelope = Envelope { tenant, actor: "gate".into(), idempotency: None };
        let mut passing = pin!(server.journal.execute(envelope, gate));
        tokio::select! {
            biased;
            true = keeper.lane_stands() => {}
            _ = &mut passing => return self.send_singly(server, calls).await,
        }
        let mut all = pin!(join_all(calls.iter().map(|call| self.stage.call(self.history, server, call))));
        // The first look at a call sends it.
        let _ = futures::poll!(&mut all);
        keeper.open();
        let answers = all.await;
        let _ = passing.await;
        answers
    }

    async fn send_singly(&self, server: &Server, calls: &[Arc<Request>]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(calls.len());
        for call in calls {
            answers.push(self.stage.call(self.history, server, call).await);
        }
        answers
    }
}

fn line(request: &Request, answer: &Answer) -> String {
    let told = match answer {
        Answer::Recorded(told) => {
            let told = told.iter().map(|told| (told.record.seq, told.replayed));
            format!("recorded {:?}", told.collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    };
    format!("{} {} {told}", request.id, request.tenant)
}
