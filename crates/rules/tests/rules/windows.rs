//! Windows over days that are longer, months that are shorter, and years that leap.

use crate::support::instant;
use guerdon_rules::{Duration, Grain, Window};
use jiff::tz::TimeZone;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect(name)
}

fn day(text: &str) -> i64 {
    Grain::Day.bucket(instant(&format!("{text}T00:00:00Z")), &TimeZone::UTC)
}

#[test]
fn windows_of_days_are_days_of_the_zone() {
    for (window, at, in_zone, first, last) in [
        ("P30D", "2026-03-30T12:00:00Z", "UTC", "2026-03-01", "2026-03-30"),
        ("P4D", "2026-03-02T00:00:00Z", "UTC", "2026-02-27", "2026-03-02"),
        ("P1W", "2026-06-15T12:00:00Z", "UTC", "2026-06-09", "2026-06-15"),
        ("P400D", "2026-06-15T12:00:00Z", "UTC", "2025-05-12", "2026-06-15"),
        // Four and a half days are five.
        ("P4DT12H", "2026-06-15T12:00:00Z", "UTC", "2026-06-11", "2026-06-15"),
        ("P4DT24H", "2026-06-15T12:00:00Z", "UTC", "2026-06-11", "2026-06-15"),
        // The day after the same day of the month before, or after its last.
        ("P1M", "2026-06-15T12:00:00Z", "UTC", "2026-05-16", "2026-06-15"),
        ("P1M", "2026-03-31T12:00:00Z", "UTC", "2026-03-01", "2026-03-31"),
        ("P1M", "2026-03-30T12:00:00Z", "UTC", "2026-03-01", "2026-03-30"),
        ("P1M", "2028-03-30T12:00:00Z", "UTC", "2028-03-01", "2028-03-30"),
        ("P1Y", "2028-02-29T12:00:00Z", "UTC", "2027-03-01", "2028-02-29"),
        ("P1Y", "2027-02-28T12:00:00Z", "UTC", "2026-03-01", "2027-02-28"),
        // Midnight is that of the zone.
        ("day", "2026-06-15T22:30:00Z", "Africa/Harare", "2026-06-16", "2026-06-16"),
        ("day", "2026-06-15T03:30:00Z", "America/New_York", "2026-06-14", "2026-06-14"),
        ("P4D", "2026-06-15T22:30:00Z", "Africa/Harare", "2026-06-13", "2026-06-16"),
        // The clocks change on 29 March and 25 October 2026 in Berlin.
        ("day", "2026-03-28T22:59:59Z", "Europe/Berlin", "2026-03-28", "2026-03-28"),
        ("day", "2026-03-28T23:00:00Z", "Europe/Berlin", "2026-03-29", "2026-03-29"),
        ("day", "2026-03-29T21:59:59Z", "Europe/Berlin", "2026-03-29", "2026-03-29"),
        ("day", "2026-03-29T22:00:00Z", "Europe/Berlin", "2026-03-30", "2026-03-30"),
        ("day", "2026-10-25T22:59:59Z", "Europe/Berlin", "2026-10-25", "2026-10-25"),
        ("P7D", "2026-03-30T12:00:00Z", "Europe/Berlin", "2026-03-24", "2026-03-30"),
        // Samoa had no 30 December 2011.
        ("P4D", "2011-12-31T12:00:00Z", "Pacific/Apia", "2011-12-29", "2012-01-01"),
        ("week", "2026-06-15T12:00:00Z", "UTC", "2026-06-15", "2026-06-15"),
        ("week", "2026-06-21T12:00:00Z", "UTC", "2026-06-15", "2026-06-21"),
        ("week", "2026-01-01T12:00:00Z", "UTC", "2025-12-29", "2026-01-01"),
        ("month", "2028-02-29T12:00:00Z", "UTC", "2028-02-01", "2028-02-29"),
        ("month", "2026-05-31T23:00:00Z", "Africa/Harare", "2026-06-01", "2026-06-01"),
        ("quarter", "2026-06-30T12:00:00Z", "UTC", "2026-04-01", "2026-06-30"),
        ("quarter", "2026-12-31T12:00:00Z", "UTC", "2026-10-01", "2026-12-31"),
        ("year", "2028-12-31T12:00:00Z", "UTC", "2028-01-01", "2028-12-31"),
        ("P30D", "1969-12-31T12:00:00Z", "UTC", "1969-12-02", "1969-12-31"),
    ] {
        let buckets = Window::parse(window).expect(window).buckets(instant(at), &zone(in_zone));
        assert_eq!(buckets, day(first)..=day(last), "{window} {at} {in_zone}");
    }
}

#[test]
fn short_windows_are_minutes_and_hours() {
    for (window, grain, count) in [
        ("PT1S", Grain::Minute, 1),
        ("PT30M", Grain::Minute, 30),
        ("PT90.5S", Grain::Minute, 2),
        ("PT2H", Grain::Minute, 120),
        ("PT121M", Grain::Hour, 3),
        ("P1D", Grain::Hour, 24),
        ("P1DT30M", Grain::Hour, 25),
        ("P3D", Grain::Hour, 72),
        ("P3DT1S", Grain::Day, 4),
        ("hour", Grain::Hour, 1),
        ("year", Grain::Day, 166),
    ] {
        let window = Window::parse(window).expect(window);
        let at = instant("2026-06-15T12:34:56Z");
        let buckets = window.buckets(at, &TimeZone::UTC);
        assert_eq!((window.grain(), buckets.end() - buckets.start() + 1), (grain, count), "{window}");
        assert_eq!(*buckets.end(), grain.bucket(at, &TimeZone::UTC), "{window}");
    }
}

#[test]
fn hours_begin_when_the_clocks_show_a_full_one() {
    let hour = |at: &str, name: &str| Grain::Hour.bucket(instant(at), &zone(name));
    for (name, first, same, next) in [
        ("UTC", "2026-06-15T12:00:00Z", "2026-06-15T12:59:59Z", "2026-06-15T13:00:00Z"),
        ("Asia/Kolkata", "2026-06-15T12:30:00Z", "2026-06-15T13:29:59Z", "2026-06-15T13:30:00Z"),
        ("Asia/Kathmandu", "2026-06-15T12:15:00Z", "2026-06-15T13:14:59Z", "2026-06-15T13:15:00Z"),
        ("America/St_Johns", "2026-06-15T12:30:00Z", "2026-06-15T13:29:59Z", "2026-06-15T13:30:00Z"),
        // The hour that is there twice counts as two.
        ("Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z"),
    ] {
        assert_eq!(hour(first, name), hour(same, name), "{name}");
        assert_eq!(hour(first, name) + 1, hour(next, name), "{name}");
    }
}

#[test]
fn weeks_and_months_follow_each_other() {
    let bucket = |grain: Grain, at: &str| grain.bucket(instant(at), &TimeZone::UTC);
    for (grain, before, first, last) in [
        (Grain::Week, "2026-06-14T23:59:59Z", "2026-06-15T00:00:00Z", "2026-06-21T23:59:59Z"),
        (Grain::Week, "2025-12-28T00:00:00Z", "2025-12-29T00:00:00Z", "2026-01-04T00:00:00Z"),
        (Grain::Month, "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z"),
        (Grain::Month, "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-31T00:00:00Z"),
    ] {
        assert_eq!(bucket(grain, before) + 1, bucket(grain, first), "{first}");
        assert_eq!(bucket(grain, first), bucket(grain, last), "{last}");
    }
    assert_eq!(bucket(Grain::Always, "2026-06-15T00:00:00Z"), 0);
}

#[test]
fn no_window_is_of_more_buckets_than_said() {
    for window in ["P400D", "P12M", "P1Y", "P13M", "PT2H", "P3D", "P57W", "P57WT24H", "year", "P11M30DT48H"] {
        let Ok(window) = Window::parse(window) else { continue };
        for at in [
            "2026-01-01T00:00:00Z",
            "2028-12-31T23:59:59Z",
            "-009999-01-02T02:00:00Z",
            "9999-12-30T00:00:00Z",
        ] {
            let buckets = window.buckets(instant(at), &zone("Pacific/Kiritimati"));
            assert!((1..=402).contains(&(buckets.end() - buckets.start() + 1)), "{window} {at} {buckets:?}");
        }
    }
}

#[test]
fn durations_follow_the_calendar() {
    let berlin = zone("Europe/Berlin");
    for (duration, from, after) in [
        ("P1D", "2026-03-28T12:00:00Z", "2026-03-29T11:00:00Z"),
        ("PT24H", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        ("P1M", "2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z"),
        ("P100Y", "9990-01-01T00:00:00Z", "9999-12-30T22:00:00.999999999Z"),
    ] {
        let told = Duration::parse(duration).expect(duration);
        assert_eq!(told.after(instant(from), &berlin), instant(after), "{duration}");
        assert_eq!(told.to_string(), duration);
    }
    let week = Duration::parse("P1W").expect("a week");
    assert_eq!(week.before(instant("2026-03-30T12:00:00Z"), &berlin), instant("2026-03-23T13:00:00Z"));
    assert_eq!(week.before(instant("-009999-01-02T02:00:00Z"), &berlin), jiff::Timestamp::MIN);
    for odd in ["", "P", "30 days", "p1d", "-P1D", "P0D", "P1.5M", "PT0S", "P101Y", "P99999999999D", "P1D "] {
        assert!(Duration::parse(odd).is_err(), "{odd}");
    }
}
