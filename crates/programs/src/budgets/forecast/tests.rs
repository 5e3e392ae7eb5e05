use super::*;

const TODAY: &str = "2026-11-21";

fn day(text: &str) -> Date {
    text.parse().expect(text)
}

fn usage(funded: i64, committed: i64, hard_cap: i64) -> Usage {
    Usage { funded, reserved: committed, charged: 0, hard_cap, soft_cap: None }
}

/// Days that end with yesterday, each with what it took.
fn days(taken: &[i64]) -> (BTreeMap<Date, i64>, Option<Date>) {
    let mut used = BTreeMap::new();
    let mut at = day(TODAY);
    for taken in taken.iter().rev() {
        at = at.yesterday().expect("a day before");
        used.insert(at, *taken);
    }
    (used, (!taken.is_empty()).then_some(at))
}

fn of(usage: Usage, taken: &[i64], last_day: Option<&str>) -> Forecast {
    let (used, first) = days(taken);
    forecast(&usage, &used, first, day(TODAY), last_day.map(day))
}

fn estimate(expected: i64, low: i64, high: i64) -> Estimate {
    Estimate { expected, interval: Some((low, high)) }
}

#[test]
fn a_day_takes_the_mean_within_its_interval() {
    let rising: Vec<i64> = (0..28).map(|n| n * 10).collect();
    for (taken, wanted, told) in [
        (&[100; 28][..], estimate(100, 100, 100), "what is always the same has no spread"),
        (&[0; 28], estimate(0, 0, 0), "nothing"),
        // s = 7.0711, t = 3.078, √1.5: 26.66 on either side of 5.
        (&[0, 10], estimate(5, -22, 32), "two days say little"),
        // s = 1, t = 1.886, √(4/3): 2.18 on either side of 2.
        (&[1, 2, 3], estimate(2, -1, 5), "three"),
        // s = 82.260, t = 1.314, √(29/28): 110.003 on either side of 135.
        (&rising, estimate(135, 24, 246), "four weeks"),
        (&[-10, -10], estimate(-10, -10, -10), "more comes back than goes"),
        // A mean of −0.5, and of 2.5: half away from zero; s = 0.7071, t = 3.078, √1.5: 2.67.
        (&[-1, 0], estimate(-1, -4, 3), "below zero"),
        (&[2, 3], estimate(3, -1, 6), "above zero"),
    ] {
        let forecast = of(usage(10_000, 0, 10_000), taken, None);
        assert_eq!(forecast.per_day, Some(wanted), "{told}: {taken:?}");
        assert_eq!(forecast.days_used, taken.len());
    }
}

#[test]
fn at_most_four_weeks_are_looked_back_on() {
    let mut taken = vec![1_000_000; 10];
    taken.extend([100; 28]);
    let forecast = of(usage(10_000, 0, 10_000), &taken, None);
    assert_eq!((forecast.days_used, forecast.per_day), (28, Some(estimate(100, 100, 100))));
}

#[test]
fn it_runs_out_where_the_mean_comes_to_what_is_available() {
    for (usage, taken, last_day, run_out) in [
        (usage(10_000, 3_000, 10_000), &[100; 28][..], None, Some("2027-01-30")),
        // The cap leaves less than the funds do, and the other way round.
        (usage(10_000, 3_000, 3_100), &[100; 28], None, Some("2026-11-22")),
        (usage(3_101, 3_000, 10_000), &[100; 28], None, Some("2026-11-23")),
        // 70 days are more than the period has left; 9 are not, nor is the last day itself.
        (usage(10_000, 3_000, 10_000), &[100; 28], Some("2026-11-30"), None),
        (usage(3_900, 3_000, 10_000), &[100; 28], Some("2026-11-30"), Some("2026-11-30")),
        (usage(3_901, 3_000, 10_000), &[100; 28], Some("2026-11-30"), None),
        // Thirds of a day count: 100 of a mean of 10/3 last 30 days, 101 last 31.
        (usage(100, 0, 1_000), &[3, 3, 4], None, Some("2026-12-21")),
        (usage(101, 0, 1_000), &[3, 3, 4], None, Some("2026-12-22")),
        // Already gone; never; nothing to say it by.
        (usage(500, 500, 10_000), &[0, 1], None, Some(TODAY)),
        (usage(500, 0, 10_000), &[0; 5], None, None),
        (usage(500, 0, 10_000), &[5, -6], None, None),
        (usage(500, 500, 10_000), &[], None, None),
        // Beyond the calendar.
        (usage(MAX_MINOR_UNITS, 0, MAX_MINOR_UNITS), &[0, 1], None, None),
    ] {
        let forecast = of(usage, taken, last_day);
        assert_eq!(forecast.run_out, run_out.map(day), "{usage:?} {taken:?} until {last_day:?}");
    }
}

#[test]
fn the_end_of_the_period_adds_the_days_to_come_to_what_is_committed() {
    let rising: Vec<i64> = (0..28).map(|n| n * 10).collect();
    for (committed, taken, last_day, wanted) in [
        (3_000, &[100; 28][..], "2026-11-30", estimate(3_900, 3_900, 3_900)),
        (3_000, &[100; 28], TODAY, estimate(3_000, 3_000, 3_000)),
        // The period is over and was not reset yet.
        (3_000, &[100; 28], "2026-11-10", estimate(3_000, 3_000, 3_000)),
        // Nine days of 135; t s √(9 (1 + 9/28)) = 1.314 · 82.260 · 3.4485 = 372.75.
        (1_000, &rising, "2026-11-30", estimate(2_215, 1_842, 2_588)),
        // More than the cap is what would be used if it were not there; less than nothing is nothing.
        (9_990, &[100; 28], "2026-11-30", estimate(10_890, 10_890, 10_890)),
        (50, &[-100; 28], "2026-11-30", estimate(0, 0, 0)),
    ] {
        let end = of(usage(10_000, committed, 10_000), taken, Some(last_day));
        assert_eq!(
            (end.last_day, end.at_period_end),
            (Some(day(last_day)), Some(wanted)),
            "{committed} {taken:?} {last_day}"
        );
    }
    assert_eq!(of(usage(10_000, 3_000, 10_000), &[100; 28], None).at_period_end, None);
}

#[test]
fn the_trend_compares_two_weeks_by_a_tenth() {
    let weeks = |before: i64, last: i64| {
        let mut taken = vec![7; 14];
        taken.extend([before; 7]);
        taken.extend([last; 7]);
        taken
    };
    for (taken, trend) in [
        (weeks(100, 110), Some(Trend::Steady)),
        (weeks(100, 111), Some(Trend::Rising)),
        (weeks(100, 90), Some(Trend::Steady)),
        (weeks(100, 89), Some(Trend::Falling)),
        (weeks(0, 0), Some(Trend::Steady)),
        (weeks(0, 1), Some(Trend::Rising)),
        (weeks(-100, -80), Some(Trend::Rising)),
        (vec![1; 14], Some(Trend::Steady)),
        (vec![1; 13], None),
        (vec![], None),
    ] {
        assert_eq!(of(usage(1, 0, 1), &taken, None).trend, trend, "{taken:?}");
    }
}

#[test]
fn the_slope_is_that_of_least_squares() {
    for (taken, slope) in [
        (&[5, 5, 5][..], Some(0)),
        (&[10, 20, 30, 40], Some(10)),
        (&[40, 30, 20, 10], Some(-10)),
        // (3 · 4 − 3 · 3) ÷ (3 · 5 − 9) = 1/2, rounded away from zero.
        (&[1, 0, 2], Some(1)),
        (&[2, 0, 1], Some(-1)),
        (&[7], None),
        (&[], None),
    ] {
        assert_eq!(of(usage(1, 0, 1), taken, None).slope_per_day, slope, "{taken:?}");
    }
}

#[test]
fn a_budget_that_was_first_used_today_has_today_to_go_by() {
    let today = day(TODAY);
    let used = BTreeMap::from([(today, 300)]);
    let first = forecast(&usage(1_000, 300, 1_000), &used, Some(today), today, Some(day("2026-11-30")));
    assert_eq!((first.days_used, first.per_day), (1, Some(Estimate { expected: 300, interval: None })));
    assert_eq!(first.run_out, Some(day("2026-11-24")));
    let end = Estimate { expected: 3_000, interval: None };
    assert_eq!(first.at_period_end, Some(end));
    // From tomorrow on today is a whole day, and what tomorrow has taken by then does not count.
    let tomorrow = day("2026-11-22");
    let used = BTreeMap::from([(today, 300), (tomorrow, 50)]);
    let second = forecast(&usage(1_000, 350, 1_000), &used, Some(today), tomorrow, None);
    assert_eq!((second.days_used, second.per_day.map(|day| day.expected)), (1, Some(300)));
}

#[test]
fn days_without_use_count_from_the_first_on() {
    let today = day(TODAY);
    let used = BTreeMap::from([(day("2026-11-11"), 100)]);
    let forecast = forecast(&usage(1_000, 100, 1_000), &used, Some(day("2026-11-11")), today, None);
    assert_eq!((forecast.days_used, forecast.per_day.map(|day| day.expected)), (10, Some(10)));
}

#[test]
fn nothing_and_the_largest_numbers_are_borne() {
    let nothing = of(usage(0, 0, 1), &[], Some("2026-11-30"));
    let untold = Forecast {
        today: day(TODAY),
        days_used: 0,
        per_day: None,
        run_out: None,
        last_day: Some(day("2026-11-30")),
        at_period_end: None,
        trend: None,
        slope_per_day: None,
    };
    assert_eq!(nothing, untold);
    let most = usage(MAX_MINOR_UNITS, 0, MAX_MINOR_UNITS);
    for taken in [i64::MAX, i64::MIN, MAX_MINOR_UNITS, -MAX_MINOR_UNITS] {
        let forecast = of(most, &[taken; 28], Some("9999-12-30"));
        assert_eq!(forecast.per_day.map(|day| day.expected.signum()), Some(taken.signum()));
        let alternating: Vec<i64> = (0..28).map(|n| if n % 2 == 0 { taken } else { 0 }).collect();
        assert!(of(most, &alternating, None).slope_per_day.is_some());
    }
    let first = Date::MIN;
    let at_the_beginning = forecast(&most, &BTreeMap::new(), Some(first), first, None);
    assert_eq!(at_the_beginning.days_used, 1);
}
