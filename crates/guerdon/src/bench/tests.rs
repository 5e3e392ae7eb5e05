//! Tests of what can be said without a server.

use super::arrivals::{Arrivals, Due, Stop};
use super::ratio::{median, ratio};
use super::request::{Heading, Template, push_decimal};
use super::response::{Answer, Malformed, Reader};
use super::sqlite::BODY;
use super::tally::Tally;
use super::target::Target;
use super::workload::{Scenario, Shape, Workload};
use std::time::{Duration, Instant};

const CREATED: &[u8] =
    b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nContent-Length: 11\r\n\r\n{\"id\":\"x1\"}";
const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, world. .\r\n0\r\nT: 1\r\n\r\n";
const REFUSED: &[u8] =
    b"HTTP/1.1 422 Unprocessable Content\r\nconnection: close\r\ncontent-length: 7\r\n\r\n{\"a\":1}";
const EMPTY: &[u8] = b"HTTP/1.1 204 No Content\r\nx-request-id: 7\r\n\r\n";

fn target() -> Target {
    Target::parse("http://127.0.0.1:8080/").expect("an address")
}

fn read_in_pieces(bytes: &[u8], piece: usize) -> (Answer, Vec<u8>) {
    let mut reader = Reader::keeping();
    let mut answers = bytes.chunks(piece).map(|piece| reader.feed(piece).expect("well-formed")).peekable();
    let mut last = None;
    while let Some(answer) = answers.next() {
        assert!(answer.is_none() || answers.peek().is_none(), "the answer ended early");
        last = answer;
    }
    drop(answers);
    (last.expect("the answer is whole"), reader.kept().to_vec())
}

#[test]
fn an_answer_is_read_whole_however_it_is_split() {
    let cases: [(&[u8], u16, bool, &[u8]); 4] = [
        (CREATED, 201, false, b"{\"id\":\"x1\"}"),
        (CHUNKED, 200, false, b"hello, world. ."),
        (REFUSED, 422, true, b"{\"a\":1}"),
        (EMPTY, 204, false, b""),
    ];
    for (bytes, status, close, body) in cases {
        for piece in 1..=bytes.len() {
            let (answer, kept) = read_in_pieces(bytes, piece);
            assert_eq!(answer, Answer { status, close }, "in pieces of {piece}");
            assert_eq!(kept, body, "in pieces of {piece}");
        }
    }
}

#[test]
fn a_reader_reads_one_answer_after_another_and_keeps_only_failures() {
    let mut reader = Reader::dropping();
    for (bytes, kept) in [(CREATED, &b""[..]), (REFUSED, b"{\"a\":1}"), (CHUNKED, b""), (EMPTY, b"")] {
        assert!(reader.feed(bytes).expect("well-formed").is_some());
        assert_eq!(reader.kept(), kept);
    }
}

#[test]
fn what_is_not_an_answer_is_refused() {
    let cases: [(&[u8], Malformed); 8] = [
        (b"HTTP/1.0 200 OK\r\n\r\n", Malformed::StatusLine),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", Malformed::StatusLine),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Malformed::StatusLine),
        (b"HTTP/1.1 200 OK\r\n\r\n", Malformed::NoLength),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", Malformed::Header),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", Malformed::Surplus),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n", Malformed::Chunk),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc", Malformed::Chunk),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Reader::dropping().feed(bytes), Err(expected), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_request_is_rendered_with_its_own_key_and_length() {
    let heading = Heading {
        method: "POST",
        path: "/x",
        bearer: "gk_1",
        content_type: "application/json",
        key_prefix: "run",
        tenant: Some("acme"),
    };
    let template = Template::new(&target(), &heading);
    let mut out = b"left over".to_vec();
    template.render(42, b"{\"a\":1}", &mut out);
    let expected = "POST /x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer gk_1\r\n\
        Guerdon-Tenant: acme\r\nContent-Type: application/json\r\nIdempotency-Key: run-42\r\n\
        Content-Length: 7\r\n\r\n{\"a\":1}";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn numbers_are_written_in_decimal() {
    for number in [0, 9, 10, 4096, u64::MAX] {
        let mut out = Vec::new();
        push_decimal(&mut out, number);
        assert_eq!(out, number.to_string().as_bytes());
    }
}

fn requests_of(scenario: Scenario, count: usize) -> Vec<String> {
    let shape = Shape { members: 3, departments: 2, batch: 4 };
    let mut workload = Workload::new(&target(), scenario, shape, "gk_1", "run", "/budgets/b");
    let mut out = Vec::new();
    let mut next = || {
        workload.render_next(&mut out);
        String::from_utf8(out.clone()).expect("text")
    };
    (0..count).map(|_| next()).collect()
}

fn body_of(request: &str) -> &str {
    request.split_once("\r\n\r\n").expect("a head").1
}

#[test]
fn requests_go_round_the_members_and_departments() {
    let awards = requests_of(Scenario::Award, 4);
    let first = r#"{"user_id":"bench-1","amount":1,"reason":"bench"}"#;
    assert_eq!(body_of(&awards[0]), first);
    assert_eq!(body_of(&awards[3]), first);
    let spread = requests_of(Scenario::Spread, 2);
    let second = r#"{"postings":[{"from":"pool:dept-1","to":"wallet:bench-2","asset":"PTS","amount":1}]}"#;
    assert_eq!(body_of(&spread[1]), second);
    let hot = requests_of(Scenario::Hot, 2);
    assert_eq!(body_of(&hot[1]), second.replace(":dept-1", ""));
}

#[test]
fn a_noop_is_as_long_as_an_award() {
    let (noop, award) = (&requests_of(Scenario::Noop, 1)[0], &requests_of(Scenario::Award, 1)[0]);
    assert_eq!(body_of(noop), body_of(award));
    assert!(noop.starts_with("POST /healthz HTTP/1.1\r\n"));
}

#[test]
fn a_bulk_request_is_lines_of_json_that_follow_on() {
    let bulk = requests_of(Scenario::Bulk, 2);
    for (number, request) in bulk.iter().enumerate() {
        assert!(request.contains("Content-Type: application/x-ndjson\r\n"));
        let lines: Vec<serde_json::Value> =
            body_of(request).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 4);
        let member = (number * 4) % 3 + 1;
        assert_eq!(lines[0]["postings"][0]["to"], format!("wallet:bench-{member}"));
    }
}

#[test]
fn a_closed_loop_sends_until_its_count_or_its_time_is_over() {
    let start = Instant::now();
    let mut counted = Arrivals::new(start, Stop::Requests(2), None);
    assert_eq!(counted.next(start), Due::Send(start));
    assert_eq!(counted.next(start), Due::Send(start));
    assert_eq!(counted.next(start), Due::Over);
    let mut timed = Arrivals::new(start, Stop::After(Duration::from_secs(1)), None);
    let late = start + Duration::from_millis(999);
    assert_eq!(timed.next(late), Due::Send(late));
    assert_eq!(timed.next(start + Duration::from_secs(1)), Due::Over);
    assert_eq!(timed.unsent(), 0);
}

#[test]
fn an_open_loop_keeps_its_times_when_the_server_does_not() {
    let start = Instant::now();
    let at = |millis| start + Duration::from_millis(millis);
    let mut arrivals = Arrivals::new(start, Stop::After(Duration::from_secs(1)), Some(100.0));
    assert_eq!(arrivals.next(start), Due::Send(start));
    assert_eq!(arrivals.next(start), Due::At(at(10)));
    assert_eq!(arrivals.next(at(25)), Due::Send(at(10)));
    assert_eq!(arrivals.next(at(25)), Due::Send(at(20)));
    assert_eq!(arrivals.next(at(25)), Due::At(at(30)));
    assert_eq!(arrivals.next(at(1000)), Due::Over);
    assert_eq!(arrivals.unsent(), 97);
}

#[test]
fn the_median_is_the_middle_figure() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[1.0, f64::NAN]), None);
}

#[test]
fn nothing_is_compared_with_zero() {
    assert_eq!(ratio(3.0, 2.0), Some(1.5));
    assert_eq!(ratio(3.0, 0.0), None);
}

#[test]
fn a_refusal_is_no_throughput_and_fails_the_run() {
    let mut tally = Tally::new().expect("bounds");
    let answer = |status| Answer { status, close: false };
    tally.record(answer(201), Duration::from_micros(100), b"");
    tally.record(answer(429), Duration::from_micros(300), b"slow down");
    tally.record(answer(429), Duration::from_micros(300), b"again");
    tally.finish(Duration::from_secs(1), 0);
    assert!(tally.check().is_err());
    let report = tally.report("award", 1, 1);
    assert_eq!((report.requests, report.failed, report.per_second), (3, 2, 1.0));
    assert_eq!(report.statuses[&429], 2);
    assert_eq!(report.failures[&429], "slow down");
    assert_eq!(report.failures.len(), 1);
}

#[test]
fn an_address_is_plain_http_without_a_path() {
    assert_eq!(target().host(), "127.0.0.1:8080");
    for bad in ["https://127.0.0.1", "127.0.0.1:80", "http://", "http://127.0.0.1/x", "http://a b"] {
        assert!(Target::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_bare_row_is_json_of_about_600_bytes() {
    let body = BODY.replace('#', "000000000001");
    assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    assert!((580..=640).contains(&body.len()), "{} bytes", body.len());
}
