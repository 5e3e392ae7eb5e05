//! Answers from bytes: status and framing are understood, everything else is passed over.

use memchr::memchr;

/// The most of a failing answer's body that is kept as an example.
const EXAMPLE_BYTES: usize = 1024;
/// No answer's head is larger than this.
const HEAD_BYTES: usize = 64 * 1024;

/// Why an answer could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("no HTTP/1.1 status line")]
    StatusLine,
    #[error("a header that cannot be read")]
    Header,
    #[error("neither a length nor chunks")]
    NoLength,
    #[error("a bad chunk")]
    Chunk,
    #[error("bytes after the end of the answer")]
    Surplus,
}

/// A whole answer has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The server will not read another request from this connection.
    pub(crate) close: bool,
}

impl Answer {
    /// Whether the request did what it was sent for.
    pub(crate) fn is_success(self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Head,
    Body { left: u64 },
    ChunkSize { size: u64, digits: u8, in_extension: bool },
    ChunkData { left: u64 },
    ChunkEnd,
    Trailer { line_bytes: u32 },
    Done,
}

/// Reads one answer at a time from whatever pieces the socket gives.
#[derive(Debug)]
pub(crate) struct Reader {
    state: State,
    answer: Answer,
    split_head: Vec<u8>,
    keep_all: bool,
    kept: Vec<u8>,
}

impl Reader {
    /// Drops bodies, except for the start of a failing answer's.
    pub(crate) fn dropping() -> Self {
        let answer = Answer { status: 0, close: false };
        Self { state: State::Head, answer, split_head: Vec::new(), keep_all: false, kept: Vec::new() }
    }

    /// Keeps whole bodies.
    pub(crate) fn keeping() -> Self {
        Self { keep_all: true, ..Self::dropping() }
    }

    /// What was kept of the body last read.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Takes the next piece; `Some` when it ends the answer, after which the next one may begin.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<Option<Answer>, Malformed> {
        let rest = match self.state {
            State::Head => match self.read_head(piece)? {
                Some(used) => &piece[used..],
                None => return Ok(None),
            },
            _ => piece,
        };
        let rest = self.read_body(rest)?;
        if !matches!(self.state, State::Done) {
            return Ok(None);
        }
        if !rest.is_empty() {
            return Err(Malformed::Surplus);
        }
        self.state = State::Head;
        Ok(Some(self.answer))
    }

    /// How much of the piece belonged to the head; `None` while the head is not all here.
    fn read_head(&mut self, piece: &[u8]) -> Result<Option<usize>, Malformed> {
        let before = self.split_head.len();
        let parsed = if before == 0 {
            Head::parse(piece)?
        } else {
            self.split_head.extend_from_slice(piece);
            Head::parse(&self.split_head)?
        };
        let Some(head) = parsed else {
            if before == 0 {
                self.split_head.extend_from_slice(piece);
            }
            return if self.split_head.len() > HEAD_BYTES { Err(Malformed::Header) } else { Ok(None) };
        };
        self.split_head.clear();
        self.kept.clear();
        self.answer = Answer { status: head.status, close: head.close };
        self.state = head.body_state()?;
        Ok(Some(head.bytes - before))
    }

    fn read_body<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], Malformed> {
        loop {
            self.state = match self.state {
                State::Body { left: 0 } | State::Done => State::Done,
                _ if rest.is_empty() => return Ok(rest),
                State::Body { left } => State::Body { left: self.pass(&mut rest, left) },
                State::ChunkData { left } => match self.pass(&mut rest, left) {
                    0 => State::ChunkEnd,
                    left => State::ChunkData { left },
                },
                framing => {
                    let byte = rest[0];
                    rest = &rest[1..];
                    framing.after(byte)?
                }
            };
            if matches!(self.state, State::Done) {
                return Ok(rest);
            }
        }
    }

    /// Passes over up to `left` bytes of body and says how many are still to come.
    fn pass(&mut self, rest: &mut &[u8], left: u64) -> u64 {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let (body, after) = rest.split_at(here);
        if self.keep_all {
            self.kept.extend_from_slice(body);
        } else if !self.answer.is_success() {
            let room = EXAMPLE_BYTES.saturating_sub(self.kept.len()).min(here);
            self.kept.extend_from_slice(&body[..room]);
        }
        *rest = after;
        left - here as u64
    }
}

impl State {
    /// One byte of chunk framing.
    fn after(self, byte: u8) -> Result<Self, Malformed> {
        Ok(match (self, byte) {
            (Self::ChunkSize { digits: 0, .. }, b'\n') => return Err(Malformed::Chunk),
            (Self::ChunkSize { size: 0, .. }, b'\n') => Self::Trailer { line_bytes: 0 },
            (Self::ChunkSize { size, .. }, b'\n') => Self::ChunkData { left: size },
            (Self::ChunkSize { size, digits, in_extension: false }, digit) if digit.is_ascii_hexdigit() => {
                if digits == 15 {
                    return Err(Malformed::Chunk);
                }
                let value = (digit as char).to_digit(16).unwrap_or(0);
                Self::ChunkSize {
                    size: size * 16 + u64::from(value),
                    digits: digits + 1,
                    in_extension: false,
                }
            }
            (Self::ChunkSize { size, digits, .. }, _) => Self::ChunkSize { size, digits, in_extension: true },
            (Self::ChunkEnd, b'\r') => Self::ChunkEnd,
            (Self::ChunkEnd, b'\n') => Self::ChunkSize { size: 0, digits: 0, in_extension: false },
            (Self::Trailer { line_bytes: 0 }, b'\n') => Self::Done,
            (Self::Trailer { .. }, b'\n') => Self::Trailer { line_bytes: 0 },
            (Self::Trailer { line_bytes }, b'\r') => Self::Trailer { line_bytes },
            (Self::Trailer { line_bytes }, _) => Self::Trailer { line_bytes: line_bytes.saturating_add(1) },
            _ => return Err(Malformed::Chunk),
        })
    }
}

/// What an answer's head says about how to read the rest.
struct Head {
    bytes: usize,
    status: u16,
    length: Option<u64>,
    chunked: bool,
    close: bool,
}

impl Head {
    /// `None` while the empty line that ends a head is missing.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(end) = memchr(b'\n', bytes) else {
            return Ok(None);
        };
        let status = parse_status(&bytes[..end])?;
        let mut head = Self { bytes: end + 1, status, length: None, chunked: false, close: false };
        while let Some(length) = memchr(b'\n', &bytes[head.bytes..]) {
            let line = &bytes[head.bytes..head.bytes + length];
            head.bytes += length + 1;
            match line {
                [] | [b'\r'] => return Ok(Some(head)),
                _ => head.read_line(line)?,
            }
        }
        Ok(None)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let value_of = |name: &[u8]| {
            let (start, value) = line.split_at_checked(name.len())?;
            start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
        };
        match line[0] | 0x20 {
            b'c' => {
                if let Some(value) = value_of(b"content-length:") {
                    self.length = Some(parse_decimal(value).ok_or(Malformed::Header)?);
                } else if let Some(value) = value_of(b"connection:") {
                    self.close = value.eq_ignore_ascii_case(b"close");
                }
            }
            b't' => {
                if let Some(value) = value_of(b"transfer-encoding:") {
                    self.chunked = value.eq_ignore_ascii_case(b"chunked");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn body_state(&self) -> Result<State, Malformed> {
        match (self.status, self.chunked, self.length) {
            (204 | 304, _, _) => Ok(State::Body { left: 0 }),
            (_, true, _) => Ok(State::ChunkSize { size: 0, digits: 0, in_extension: false }),
            (_, false, Some(left)) => Ok(State::Body { left }),
            (_, false, None) => Err(Malformed::NoLength),
        }
    }
}

fn parse_status(line: &[u8]) -> Result<u16, Malformed> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").ok_or(Malformed::StatusLine)?;
    let digits = rest.get(..3).ok_or(Malformed::StatusLine)?;
    let status = parse_decimal(digits).and_then(|status| u16::try_from(status).ok());
    status.filter(|status| *status >= 200).ok_or(Malformed::StatusLine)
}

fn parse_decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
