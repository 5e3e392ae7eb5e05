//! One connection with one request in flight.

use super::BenchError;
use super::response::{Answer, Reader};
use super::target::Target;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

/// A keep-alive connection, the request it is sending and the answer it is reading.
#[derive(Debug)]
pub(crate) struct Lane {
    stream: TcpStream,
    token: Token,
    request: Vec<u8>,
    written: usize,
    reader: Reader,
    due: Option<Instant>,
}

impl Lane {
    /// Connects, and asks to be told of both directions once and for all.
    pub(crate) fn open(target: &Target, registry: &Registry, token: Token) -> Result<Self, BenchError> {
        let stream = open_stream(target, registry, token)?;
        let reader = Reader::dropping();
        Ok(Self { stream, token, request: Vec::new(), written: 0, reader, due: None })
    }

    /// Sends what `render` writes; its latency counts from `due`.
    pub(crate) fn send(
        &mut self,
        due: Instant,
        render: &mut dyn FnMut(&mut Vec<u8>),
    ) -> Result<(), BenchError> {
        render(&mut self.request);
        self.written = 0;
        self.due = Some(due);
        self.flush()
    }

    /// Writes what the socket takes of the request.
    pub(crate) fn flush(&mut self) -> Result<(), BenchError> {
        while self.due.is_some() && self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(0) => return Err(BenchError::Closed),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads what the socket has; an answer, and when its request was due, once it is whole.
    pub(crate) fn receive(&mut self, scratch: &mut [u8]) -> Result<Option<(Answer, Instant)>, BenchError> {
        let Some(due) = self.due else {
            return Ok(None);
        };
        loop {
            let count = match self.stream.read(scratch) {
                Ok(0) => return Err(BenchError::Closed),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if let Some(answer) = self.reader.feed(&scratch[..count])? {
                self.due = None;
                return Ok(Some((answer, due)));
            }
        }
    }

    /// The start of the body, if the last answer was a failure.
    pub(crate) fn example(&self) -> &[u8] {
        self.reader.kept()
    }

    /// Connects anew where the connection cannot carry another request.
    pub(crate) fn renew_after(
        &mut self,
        answer: Answer,
        target: &Target,
        registry: &Registry,
    ) -> Result<(), BenchError> {
        if answer.close || self.written < self.request.len() {
            self.stream = open_stream(target, registry, self.token)?;
        }
        Ok(())
    }
}

fn open_stream(target: &Target, registry: &Registry, token: Token) -> Result<TcpStream, BenchError> {
    let stream = target.connect()?;
    stream.set_nonblocking(true)?;
    let mut stream = TcpStream::from_std(stream);
    registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(stream)
}
