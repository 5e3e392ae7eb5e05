//! Rust, read as far as needed to tell code from comments and strings.

/// A file's text, parted. Each part has the lines of the whole, so places can be told.
#[derive(Debug)]
pub struct Parted {
    /// Code alone: blanks stand for comments and for what is in strings.
    pub code: String,
    /// Strings, each with its line.
    pub strings: Vec<(usize, String)>,
}

/// Parts code from the rest.
pub fn part(text: &str) -> Parted {
    let mut reader = Reader { rest: text, before: ' ', line: 1, code: String::new(), strings: Vec::new() };
    while let Some(next) = reader.rest.chars().next() {
        reader.step(next);
    }
    Parted { code: reader.code, strings: reader.strings }
}

struct Reader<'a> {
    rest: &'a str,
    /// The character before the rest.
    before: char,
    line: usize,
    code: String,
    strings: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn step(&mut self, next: char) {
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            return self.blank(end);
        }
        if self.rest.starts_with("/*") {
            return self.blank(block_comment(self.rest));
        }
        if !is_name(self.before)
            && let Some((begin, end, whole)) = string(self.rest)
        {
            self.strings.push((self.line, self.rest[begin..end].to_owned()));
            return self.blank(whole);
        }
        if next == '\''
            && let Some(length) = character(self.rest)
        {
            return self.blank(length);
        }
        self.code.push(next);
        self.advance(next.len_utf8());
    }

    /// Takes some bytes that are no code.
    fn blank(&mut self, length: usize) {
        let length = length.max(1);
        let blank = self.rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' });
        self.code.extend(blank);
        self.advance(length);
    }

    fn advance(&mut self, length: usize) {
        let taken = &self.rest[..length];
        self.line += taken.matches('\n').count();
        self.before = taken.chars().last().unwrap_or(' ');
        self.rest = &self.rest[length..];
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// A string at the beginning: where what is in it begins and ends, and the length of the whole.
fn string(text: &str) -> Option<(usize, usize, usize)> {
    let mark = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - mark.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = mark.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let begin = prefix + 1 + hashes + 1;
        raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = begin + text[begin..].find(&close)?;
        return Some((begin, end, end + close.len()));
    }
    mark.strip_prefix('"')?;
    let begin = prefix + 1;
    let mut escaped = false;
    for (at, c) in text[begin..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((begin, begin + at, begin + at + 1)),
            _ => {}
        }
    }
    None
}

/// The length of a character in quotes; `None` where the quote begins a lifetime.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        let close = inner.get(2..)?.find('\'')?;
        return Some(1 + 2 + close + 1);
    }
    inner[first.len_utf8()..].starts_with('\'').then_some(1 + first.len_utf8() + 1)
}

/// Whether a character may be part of a name.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a line has a word, whole.
pub fn has_word(line: &str, word: &str) -> bool {
    places(line, word).next().is_some()
}

/// Where a line has a word, whole.
pub fn places<'a>(line: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    line.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = line[..*at].chars().next_back().is_none_or(|c| !is_name(c));
        let after = line[at + word.len()..].chars().next().is_none_or(|c| !is_name(c));
        before && after
    })
}
