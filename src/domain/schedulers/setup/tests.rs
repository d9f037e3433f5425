#![allow(clippy::unwrap_used)]
use std::collections::HashMap;

use super::carried::{template_typed, timing_typed};
use super::timing::Timing;
use super::{scheduler_id, template_options};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::{Schedule, Scheduler, SchedulerId, SchedulerKind};

/// 2027-01-01 00:00 UTC.
const NOW: u64 = 1_798_761_600_000;

fn typed(fields: &[(&str, &str)]) -> HashMap<String, String> {
    let fields = fields.iter();
    fields
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn faults(fields: &[(&str, &str)]) -> Vec<&'static str> {
    let faults = Timing::parse(&typed(fields), Dialect::Five, NOW).unwrap_err();
    faults.iter().map(|fault| fault.name).collect()
}

#[test]
fn what_bullmq_would_ignore_or_refuse_is_refused_at_its_field() {
    let nightly = ("pattern", "15 3 * * *");
    assert_eq!(faults(&[]), ["pattern"]);
    assert_eq!(faults(&[("pattern", "99 3 * * *")]), ["pattern"]);
    assert_eq!(faults(&[("pattern", "0 0 30 2 *")]), ["pattern"]);
    assert_eq!(faults(&[nightly, ("zone", "Europe/Nowhere")]), ["zone"]);
    assert_eq!(faults(&[nightly, ("every", "1 h")]), ["every"]);
    assert_eq!(faults(&[nightly, ("limit", "0")]), ["limit"]);
    assert_eq!(faults(&[nightly, ("end", "2026-01-01 00:00")]), ["end"]);
    assert_eq!(faults(&[nightly, ("start", "tomorrow")]), ["start"]);
    assert_eq!(faults(&[nightly, ("start", "2040-01-01 00:00")]), ["start"]);
    assert_eq!(
        faults(&[
            nightly,
            ("start", "2028-01-01 00:00"),
            ("end", "2027-06-01 00:00")
        ]),
        ["end"]
    );
    assert_eq!(faults(&[nightly, ("end", "2027-01-01 03:00")]), ["pattern"]);
    assert_eq!(
        faults(&[nightly, ("start", "2028-01-01 00:00"), ("immediately", "1")]),
        ["immediately"]
    );
    let interval = ("repeat", "every");
    assert_eq!(faults(&[interval]), ["every"]);
    assert_eq!(faults(&[interval, ("every", "5")]), ["every"]);
    assert_eq!(faults(&[interval, ("every", "0 s")]), ["every"]);
    assert_eq!(
        faults(&[interval, ("every", "1 h"), nightly, ("zone", "UTC")]),
        ["pattern", "zone"]
    );
    assert_eq!(
        faults(&[interval, ("every", "1 h"), ("immediately", "1")]),
        ["immediately"]
    );
}

#[test]
fn a_stored_scheduler_comes_back_from_the_form_as_it_was() {
    for schedule in [
        Schedule::Every(5_400_001),
        Schedule::Pattern {
            pattern: "15 3 * * *".to_owned(),
            zone: Some("Europe/Berlin".to_owned()),
        },
    ] {
        let stored = Scheduler {
            queue: QueueId::new("bull", "q").unwrap(),
            id: SchedulerId::new("x").unwrap(),
            kind: SchedulerKind::Scheduler,
            dialect: Dialect::Five,
            name: "report".to_owned(),
            schedule,
            offset: 0,
            next: NOW,
            start: Some(NOW - 1),
            end: Some(NOW + 900_000_000_001),
            limit: Some(3),
            made: Some(1),
            counted: None,
            template_sizes: [0, 0],
            pending: None,
        };
        let timing = Timing::parse(&timing_typed(&stored), Dialect::Five, NOW).unwrap();
        assert!(timing.is_timing_of(&stored), "{timing:?}");
        assert_eq!((timing.end, timing.limit), (stored.end, stored.limit));
    }
}

#[test]
fn options_that_no_field_has_stay_as_they_are() {
    let queue = QueueId::new("bull", "q").unwrap();
    let stored = br#"{"attempts":3,"backoff":{"type":"custom","delay":5},"kl":7,"removeOnFail":true,"big":12345678901234567890123}"#;
    let (typed, kept) = template_typed(Some(stored), &queue).unwrap();
    let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["backoff", "kl", "big"]);
    let options = template_options(&typed, &kept, &queue, NOW).unwrap();
    let text = serde_json::to_string(&options).unwrap();
    assert_eq!(
        text,
        r#"[["attempts",3],["removeOnFail",true],["backoff",{"type":"custom","delay":5}],["kl",7],["big",12345678901234567890123]]"#
    );
    assert!(template_typed(Some(b"{oops"), &queue).is_err());
}

#[test]
fn an_id_that_bullmq_would_mistake_is_refused() {
    for id in ["", "a\nb", "a:b:c:d:e", "nightly:17", &"x".repeat(501)] {
        assert!(scheduler_id(id).is_err(), "{id}");
    }
    for id in ["nightly", "a:b:c:d", "17", "a/b % ü <i>", "a:"] {
        assert!(scheduler_id(id).is_ok(), "{id}");
    }
}
