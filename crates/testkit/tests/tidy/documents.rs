//! Documents: their links, and the paths that they name.

use crate::files::{File, Finding, all, root};

/// Documents that tell of the past, which may name what is no longer there.
const OF_THE_PAST: &[&str] = &["CHANGELOG.md", "docs/adr/"];
/// Endings of files that a document means when it writes a path with them.
const ENDINGS: &[&str] = &[".rs", ".md", ".sql", ".sh", ".toml", ".book", ".json"];

/// Lines outside of code blocks, from 1.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut in_block = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        !in_block && !fence
    })
}

/// The parts of a line between single backquotes, and the rest of it.
fn spans(line: &str) -> (Vec<&str>, String) {
    let parts: Vec<&str> = line.split('`').collect();
    let spans = parts.iter().skip(1).step_by(2).copied().collect();
    (spans, parts.iter().step_by(2).copied().collect::<Vec<_>>().join(" "))
}

/// Every link that is not to another site leads to a file, and to a heading where it names one.
pub fn links(file: &File, findings: &mut Vec<Finding>) {
    if !file.is_markdown() {
        return;
    }
    for (number, line) in prose(file) {
        let (_, text) = spans(line);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            if ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
                continue;
            }
            let (target, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = if target.is_empty() { file.path.clone() } else { joined(file.folder(), target) };
            if !root().join(&path).exists() {
                let what = format!("the link to {link} leads nowhere: correct it, or write {path}");
                findings.push(file.finding(number, what));
            } else if !heading.is_empty() && !has_heading(&path, heading) {
                let what = format!("{path} has no heading #{heading}: name one that it has");
                findings.push(file.finding(number, what));
            }
        }
    }
}

fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn has_heading(path: &str, wanted: &str) -> bool {
    let Some(file) = all().iter().find(|file| file.path == path) else { return true };
    prose(file).filter(|(_, line)| line.starts_with('#')).any(|(_, line)| anchor(line) == wanted)
}

/// The anchor of a heading: in small letters, blanks as hyphens, without marks.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Every path that a document names between backquotes is there.
pub fn paths(file: &File, findings: &mut Vec<Finding>) {
    if !file.is_markdown() || OF_THE_PAST.iter().any(|past| file.path.starts_with(past)) {
        return;
    }
    for (number, line) in prose(file) {
        for word in spans(line).0.into_iter().flat_map(str::split_whitespace) {
            let path = word.trim_end_matches([',', ';', ':', ')', '.', '/']).trim_start_matches("./");
            if is_path(path) && !root().join(path).exists() {
                let what = format!("there is no {path}: write the whole path from the root, as it is now");
                findings.push(file.finding(number, what));
            }
        }
    }
}

/// Whether a word means a file or folder of this repository.
fn is_path(word: &str) -> bool {
    let Some((first, _)) = word.split_once('/') else { return false };
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let ours = || root().join(first).is_dir() && !["target", "guerdon-data"].contains(&first);
    plain && !first.is_empty() && (ours() || ENDINGS.iter().any(|ending| word.ends_with(ending)))
}

/// Every document that a comment names is there.
pub fn named_in_code(file: &File, findings: &mut Vec<Finding>) {
    if !file.is_rust() {
        return;
    }
    for (number, line) in file.lines().filter(|(_, line)| line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("docs/") {
            let is_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
            let path: String = line[at..].chars().take_while(|c| is_path(*c)).collect();
            if path.ends_with(".md") && !root().join(&path).exists() {
                findings.push(
                    file.finding(number, format!("there is no {path}: name the document that there is")),
                );
            }
        }
    }
}

#[test]
fn links_are_followed_from_where_they_stand() {
    for (folder, target, path) in [
        ("", "docs/api.md", "docs/api.md"),
        ("docs/adr", "../../README.md", "README.md"),
        ("docs", "./adr/", "docs/adr"),
    ] {
        assert_eq!(joined(folder, target), path);
    }
    assert_eq!(anchor("## What `guerdon verify` proves, and how"), "what-guerdon-verify-proves-and-how");
    assert_eq!(spans("see `a/b.rs` and [`c`](d)"), (vec!["a/b.rs", "c"], "see   and [ ](d)".to_owned()));
}

#[test]
fn a_path_is_told_from_other_words_with_a_stroke() {
    for (word, path) in [
        ("crates/ledger", true),
        ("crates/nowhere.rs", true),
        ("nowhere/at/all.rs", true),
        ("/api/v1/tenants", false),
        ("crates/<name>/src", false),
        ("and/or", false),
        ("application/json", false),
        ("README.md", false),
    ] {
        assert_eq!(is_path(word), path, "{word}");
    }
}
