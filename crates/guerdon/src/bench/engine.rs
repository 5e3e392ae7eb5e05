//! The loop: one thread, one poll, a read and a write per request.

use super::BenchError;
use super::alarm::Alarm;
use super::arrivals::{Arrivals, Due, Stop};
use super::lane::Lane;
use super::tally::Tally;
use super::target::Target;
use mio::event::Event;
use mio::{Events, Poll, Token};
use std::time::{Duration, Instant};

/// With no answer at all for so long, the run is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const SCRATCH_BYTES: usize = 256 * 1024;

/// How to put load on a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    pub(crate) stop: Stop,
    /// Requests per second of an open loop; without it, each connection sends as soon as it is free.
    pub(crate) rate: Option<f64>,
}

/// Opens the connections, then sends what `render` writes until the plan ends and every request has
/// its answer.
pub(crate) fn drive(
    target: &Target,
    plan: Plan,
    render: &mut dyn FnMut(&mut Vec<u8>),
) -> Result<Tally, BenchError> {
    let mut engine = Engine::open(target, plan)?;
    let mut arrivals = Arrivals::new(Instant::now(), plan.stop, plan.rate);
    engine.run(&mut arrivals, render)?;
    engine.tally.finish(arrivals.start().elapsed(), arrivals.unsent());
    Ok(engine.tally)
}

struct Engine<'a> {
    target: &'a Target,
    poll: Poll,
    alarm: Alarm,
    lanes: Vec<Lane>,
    idle: Vec<usize>,
    scratch: Vec<u8>,
    tally: Tally,
}

impl<'a> Engine<'a> {
    fn open(target: &'a Target, plan: Plan) -> Result<Self, BenchError> {
        let poll = Poll::new()?;
        let lanes = (0..plan.connections)
            .map(|at| Lane::open(target, poll.registry(), Token(at)))
            .collect::<Result<Vec<_>, _>>()?;
        let alarm = Alarm::new(poll.registry(), Token(lanes.len()))?;
        let idle = (0..lanes.len()).rev().collect();
        let tally = Tally::new()?;
        Ok(Self { target, poll, alarm, lanes, idle, scratch: vec![0; SCRATCH_BYTES], tally })
    }

    fn run(
        &mut self,
        arrivals: &mut Arrivals,
        render: &mut dyn FnMut(&mut Vec<u8>),
    ) -> Result<(), BenchError> {
        let mut events = Events::with_capacity(1024);
        let mut last_answer = Instant::now();
        let mut answered = 0;
        loop {
            let now = Instant::now();
            let over = self.send_due(now, arrivals, render)?;
            if over && self.in_flight() == 0 {
                return Ok(());
            }
            if answered < self.tally.requests() || self.in_flight() == 0 {
                answered = self.tally.requests();
                last_answer = now;
            } else if now.duration_since(last_answer) > PATIENCE {
                return Err(self.stalled());
            }
            self.wait(&mut events)?;
            for event in &events {
                self.serve(event, arrivals, render)?;
            }
        }
    }

    /// Gives free connections the requests that are due; true when no more will come.
    fn send_due(
        &mut self,
        now: Instant,
        arrivals: &mut Arrivals,
        render: &mut dyn FnMut(&mut Vec<u8>),
    ) -> Result<bool, BenchError> {
        while let Some(at) = self.idle.last().copied() {
            match arrivals.next(now) {
                Due::Send(due) => {
                    self.idle.pop();
                    self.lanes[at].send(due, render)?;
                }
                Due::At(later) => {
                    self.alarm.set(later, now)?;
                    return Ok(false);
                }
                Due::Over => return Ok(true),
            }
        }
        Ok(false)
    }

    fn wait(&mut self, events: &mut Events) -> Result<(), BenchError> {
        match self.poll.poll(events, Some(self.alarm.longest_sleep())) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(()),
            other => Ok(other?),
        }
    }

    fn serve(
        &mut self,
        event: &Event,
        arrivals: &mut Arrivals,
        render: &mut dyn FnMut(&mut Vec<u8>),
    ) -> Result<(), BenchError> {
        let at = event.token().0;
        let Some(lane) = self.lanes.get_mut(at) else {
            self.send_due(Instant::now(), arrivals, render)?;
            return Ok(());
        };
        if event.is_writable() {
            lane.flush()?;
        }
        if !event.is_readable() {
            return Ok(());
        }
        if let Some((answer, due)) = lane.receive(&mut self.scratch)? {
            let now = Instant::now();
            self.tally.record(answer, now.saturating_duration_since(due), lane.example());
            lane.renew_after(answer, self.target, self.poll.registry())?;
            self.idle.push(at);
            self.send_due(now, arrivals, render)?;
        }
        Ok(())
    }

    fn in_flight(&self) -> usize {
        self.lanes.len() - self.idle.len()
    }

    fn stalled(&self) -> BenchError {
        BenchError::Stalled { in_flight: self.in_flight(), seconds: PATIENCE.as_secs() }
    }
}
