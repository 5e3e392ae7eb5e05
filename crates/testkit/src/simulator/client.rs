//! Clients: many at once, each of which asks, asks again, and looks.

use super::generate::wish;
use super::history::{Answer, Attempt, History, Request};
use super::plan::{Plan, chance};
use super::read;
use super::stage::Stage;
use futures::future::join_all;
use guerdon_store::driver::DbError;
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A client, and what it knows.
pub(super) struct Client {
    pub(super) plan: Plan,
    pub(super) stage: Arc<Stage>,
    pub(super) history: Arc<History>,
    /// Requests that all clients together still have to make.
    pub(super) left: Arc<AtomicUsize>,
    pub(super) random: StdRng,
}

impl Client {
    /// Goes on until all clients together have made all requests.
    pub(super) async fn run(mut self) -> Result<(), DbError> {
        while self.takes_one() {
            self.act().await?;
        }
        Ok(())
    }

    fn takes_one(&self) -> bool {
        let take = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok()
    }

    async fn act(&mut self) -> Result<(), DbError> {
        let chances = self.plan.chances;
        if chance(&mut self.random, chances.clock) {
            self.stage.move_clock(&self.history, &mut self.random);
        }
        if chance(&mut self.random, chances.read) {
            let place = self.random.random_range(0..self.stage.places());
            read::observe(&self.stage, &self.history, place, &mut self.random).await;
        }
        if chance(&mut self.random, chances.restart) {
            let place = self.random.random_range(0..self.stage.places());
            self.stage.restart(place).await?;
        }
        let now = self.stage.clock.now();
        let request = wish(&self.plan, &self.history, &mut self.random, now);
        let copies = match chance(&mut self.random, chances.duplicate) {
            true => self.random.random_range(2..=3),
            false => 1,
        };
        // What has no key is asked once: a second time would be a second thing.
        let copies = if request.key.is_some() { copies } else { 1 };
        let seeds: Vec<u64> = (0..copies).map(|_| self.random.random()).collect();
        let asked = join_all(seeds.into_iter().map(|seed| self.ask(&request, seed))).await;
        asked.into_iter().collect()
    }

    /// Asks until there is an answer, or patience is at its end.
    async fn ask(&self, request: &Request, seed: u64) -> Result<(), DbError> {
        let mut random = self.plan.random(seed);
        for _ in 0..=self.plan.patience {
            let place = random.random_range(0..self.stage.places());
            let server = self.stage.server(place);
            if chance(&mut random, self.plan.chances.abandon) {
                self.abandon(request, place).await;
            }
            let answer = self.stage.call(&self.history, &server, request).await;
            if server.faults.has_crashed() {
                self.stage.revive(place).await?;
            }
            if !matches!(answer, Answer::Unavailable) || request.key.is_none() {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Asks, and goes away before the answer comes. What has no key cannot be asked again after that, so it is not.
    async fn abandon(&self, request: &Request, place: usize) {
        if request.key.is_none() {
            return;
        }
        let server = self.stage.server(place);
        let span = self.stage.begin(&self.history);
        {
            let mut call = std::pin::pin!(self.stage.call(&self.history, &server, request));
            if futures::poll!(&mut call).is_ready() {
                return;
            }
        }
        let span = self.stage.end(&self.history, span);
        let answer = Answer::Abandoned;
        self.history
            .note(request.tenant, Attempt { request: request.id, server: server.number, span, answer });
        tokio::task::yield_now().await;
    }
}
