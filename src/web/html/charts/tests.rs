//! What the charts show, and their size.

use scraper::{Html, Selector};

use super::*;
use crate::domain::stats::series::{Metrics, Series};

/// 2026-11-22 02:00 UTC.
const START: u64 = 1_795_312_800_000;

/// A series that began `before` minutes ago and saw a busy queue since, and the current time.
fn busy(before: u64) -> (Series, u64) {
    let mut series = Series::new(START);
    let now = START + before * MINUTE_MS + 30_000;
    for minute in 0..=before {
        let at = START + minute * MINUTE_MS;
        let jobs = 40 + minute * 7 % 23 + minute * minute % 31;
        for job in 0..jobs {
            series.added(at + job);
            series.finished(at + job);
            series.waited(at + job, 20 + job * 13 + minute * 5);
            series.worked(at + job, 300 + job * 90);
        }
        if minute % 9 == 4 {
            series.failed(at);
        }
        series.outstanding(at, 100 + minute * 37 % 211);
    }
    (series, now)
}

fn drawn(series: &Series, now: u64) -> Html {
    let page = charts(&series.minutes(now), series.since_ms());
    Html::parse_fragment(&page.render().unwrap())
}

fn texts(page: &Html, select: &str) -> Vec<String> {
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    page.select(&Selector::parse(select).unwrap())
        .map(|found| words(found.text().collect()))
        .collect()
}

#[test]
fn a_busy_hours_sparkline_stays_small() {
    let (series, now) = busy(90);
    let svg = sparkline(&series.minutes(now)).render().unwrap();
    assert!(svg.len() < 450, "{} bytes: {svg}", svg.len());
    assert_eq!(svg.matches("<path").count(), 2, "{svg}");
}

#[test]
fn a_queue_in_which_nothing_happened_has_no_sparkline() {
    let series = Series::new(START);
    for now in [START, START + 90 * MINUTE_MS] {
        assert_eq!(sparkline(&series.minutes(now)).render().unwrap(), "");
    }
}

#[test]
fn a_sparkline_is_drawn_in_whole_numbers_with_a_stroke_for_every_run_of_failures() {
    let mut series = Series::new(START);
    for (minute, jobs) in [(10, 2), (11, 4), (12, 4), (13, 1)] {
        (0..jobs).for_each(|_| series.finished(START + minute * MINUTE_MS));
    }
    series.failed(START + 11 * MINUTE_MS);
    series.failed(START + 12 * MINUTE_MS);
    assert_eq!(
        sparkline(&series.minutes(START + 59 * MINUTE_MS))
            .render()
            .unwrap(),
        r#"<svg class="spark" aria-hidden="true"><path d="M0 20V20h9l1-10 1-10h1l1 15 1 5h44V20"/><path d="M11 18h2"/></svg>"#
    );
}

#[test]
fn every_chart_says_its_latest_whole_minute_in_words() {
    let (series, now) = busy(90);
    let page = drawn(&series, now);
    assert_eq!(
        texts(&page, "h3"),
        [
            "Throughput jobs a minute at 03:29",
            "Failures jobs a minute at 03:29",
            "Backlog jobs at 03:29",
            "Waiting time of jobs taken at 03:29",
            "Processing time of attempts ended at 03:29"
        ]
    );
    let keys = texts(&page, ".keys");
    assert_eq!(keys[0], "finished 58 added 58");
    assert_eq!(keys[1], "failed 0");
    assert_eq!(keys[2], "outstanding 228");
    assert!(
        keys[3].starts_with("p50 ") && keys[3].ends_with("p99 1.2 s"),
        "{}",
        keys[3]
    );
}

#[test]
fn a_queue_of_which_nothing_is_known_yet_says_when_its_first_point_comes() {
    let series = Series::new(START + 15_000);
    let page = drawn(&series, START + 20_000);
    assert_eq!(
        texts(&page, "p"),
        ["Last hour: collecting, first point at 02:01 UTC."]
    );
    assert_eq!(texts(&page, ".plot, table, summary"), [""; 0]);
    let page = drawn(&series, START + 65_000);
    assert_eq!(texts(&page, ".plot").len(), 5);
}

#[test]
fn the_charts_fold_into_one_strip_with_the_latest_of_each() {
    let (series, now) = busy(90);
    let page = drawn(&series, now);
    let strip = texts(&page, "details.hour > summary > span:not(.sr)");
    assert_eq!(strip[0], "Throughput 58 finished a minute");
    assert_eq!(strip[2], "Backlog 228 outstanding");
    assert_eq!(texts(&page, "summary svg").len(), 5);
}

#[test]
fn what_bullmq_counted_is_drawn_apart_and_said_in_words() {
    let (mut series, now) = busy(20);
    let metrics = Metrics {
        prev_ts_ms: START - 5 * MINUTE_MS,
        count: 12,
        prev_count: 8,
        points: vec![3, 5],
    };
    series.fill(Some(&metrics), None, START);
    let page = drawn(&series, now);
    let before = Selector::parse("#chart-throughput .before").unwrap();
    assert_eq!(page.select(&before).count(), 1);
    let words = &texts(&page, ".charts > p")[0];
    assert!(
        words.contains("until 01:59 are from BullMQ’s own metrics"),
        "{words}"
    );
    assert!(words.contains("since 2026-11-22 02:00:00 UTC"), "{words}");
    let rows = texts(&page, "tbody tr");
    assert_eq!(rows.len(), 20 + 7);
    assert_eq!(rows[26], "01:53–50–––BullMQ’s metrics");
    assert!(rows[0].ends_with("seen"), "{}", rows[0]);
}

#[test]
fn a_minute_with_a_hole_is_a_lower_bound_and_the_page_says_so() {
    let (mut series, now) = busy(20);
    series.hole(START + 7 * MINUTE_MS);
    let page = drawn(&series, now);
    assert!(texts(&page, ".charts > p")[0].contains("Counts for 1 minute may be low"));
    assert!(texts(&page, "tbody tr")[12].ends_with("seen in part"));
}

#[test]
fn a_gap_is_left_where_nothing_is_known_and_a_value_alone_is_as_wide_as_its_minute() {
    let values = [Some(0.5), None, Some(0.0), Some(1.0), Some(1.0)];
    assert_eq!(svg_path::line(&values), "M0 50m-.5 0h1M2 100l1-100h1");
    assert_eq!(
        svg_path::ground(&values, 20),
        "M0 20V10V20M2 20V20l1-20h1V20"
    );
    assert_eq!(
        svg_path::bars(&values),
        "M0 100m-.4 0v-50h.8v50M3 100m-.4 0v-100h.8v100M4 100m-.4 0v-100h.8v100"
    );
}

#[test]
fn the_charts_need_no_inline_style_or_script() {
    let (series, now) = busy(90);
    let html = charts(&series.minutes(now), START).render().unwrap();
    for word in ["style=", "<script", "onclick", "fill=", "stroke="] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.len() < 32_000, "{} bytes", html.len());
}

#[test]
fn backlogs_of_versions_share_one_scale_and_who_had_nothing_to_do_has_none() {
    let (large, now) = busy(20);
    let (mut small, idle) = (Series::new(START), Series::new(START));
    small.outstanding(START, 3);
    small.outstanding(START + 15 * MINUTE_MS, 0);
    let versions = [("v3", &idle), ("v2", &small), ("v1", &large)];
    let versions = versions.map(|(word, series)| (word.to_owned(), series.minutes(now)));
    let page = Html::parse_fragment(&backlogs(&versions).render().unwrap());
    assert_eq!(texts(&page, "h3 b"), ["v2", "v1"]);
    assert_eq!(texts(&page, ".plot span:first-child"), ["400", "400"]);
    let words = &texts(&page, ".charts > p")[0];
    assert!(
        words.contains("v2: 3 at 02:00, 0 at 02:19; v1: 100 at"),
        "{words}"
    );
    assert_eq!(backlogs(&versions[..1]).render().unwrap().trim(), "");
}
