#![allow(clippy::unwrap_used)]
use super::*;

const START: u64 = 1_800_000_000_000;

fn rule(text: &str) -> AlertRule {
    text.parse().unwrap()
}

fn queue(name: &str) -> QueueId {
    QueueId::new("bull", name).unwrap()
}

/// One step: seconds since the start, the value, and what is then expected: ok, pending or firing, with `+` for a message that it
/// fires and `-` for one that it is resolved.
type Step = (i64, Option<u64>, &'static str);

fn walk(text: &str, steps: &[Step]) {
    let rule = rule(text);
    let mut book = AlertBook::default();
    for (at, (seconds, value, expected)) in steps.iter().enumerate() {
        let now = START.checked_add_signed(seconds * 1_000).unwrap();
        let measured = Measured {
            rule: &rule,
            queue: Some(queue("email/v1")),
            value: *value,
        };
        let (told, _) = book.step(&[measured], &[], now);
        let state = match book.alerts().next() {
            None => "ok",
            Some(alert) if alert.is_firing() => "firing",
            Some(_) => "pending",
        };
        let signs: String = told
            .iter()
            .map(|told| if told.is_resolved { '-' } else { '+' })
            .collect();
        assert_eq!(format!("{state}{signs}"), *expected, "{text}: step {at}");
        // What is kept is the same after a restart.
        let kept = serde_json::to_string(&book).unwrap();
        assert_eq!(serde_json::from_str::<AlertBook>(&kept).unwrap(), book);
        book = serde_json::from_str(&kept).unwrap();
    }
}

#[test]
fn an_alert_fires_after_its_time_and_resolves_when_it_is_clear() {
    walk(
        "backlog over 10 on * for 30s",
        &[
            (0, Some(10), "ok"),
            (10, Some(11), "pending"),
            (20, Some(11), "pending"),
            (30, Some(10), "ok"),
            (40, Some(50), "pending"),
            (69, Some(50), "pending"),
            (70, Some(50), "firing+"),
            (80, Some(50), "firing"),
            (90, Some(10), "ok-"),
            (100, Some(11), "pending"),
        ],
    );
    walk(
        "stranded on *",
        &[(0, Some(1), "firing+"), (1, Some(0), "ok-")],
    );
}

#[test]
fn hysteresis_keeps_an_alert_until_another_value_or_for_a_time() {
    walk(
        "backlog over 10 on * clears at 5",
        &[
            (0, Some(11), "firing+"),
            (1, Some(6), "firing"),
            (2, Some(11), "firing"),
            (3, Some(5), "ok-"),
            (4, Some(6), "ok"),
        ],
    );
    walk(
        "backlog over 10 on * clears after 20s",
        &[
            (0, Some(11), "firing+"),
            (10, Some(1), "firing"),
            (29, Some(1), "firing"),
            (30, Some(11), "firing"),
            (40, Some(1), "firing"),
            (60, Some(1), "ok-"),
        ],
    );
}

#[test]
fn what_is_not_known_changes_nothing() {
    walk(
        "backlog over 10 on * for 20s",
        &[
            (0, None, "ok"),
            (10, Some(11), "pending"),
            (20, None, "pending"),
            (40, None, "pending"),
            (50, Some(11), "pending"),
            (60, Some(11), "firing+"),
            (70, None, "firing"),
            (80, Some(0), "ok-"),
        ],
    );
}

#[test]
fn a_clock_that_jumps_neither_fires_nor_clears_by_itself() {
    walk(
        "backlog over 10 on * for 10m clears after 10m",
        &[
            (0, Some(11), "pending"),
            // A day forward, and back again.
            (86_400, Some(11), "pending"),
            (86_410, Some(11), "pending"),
            (10, Some(11), "pending"),
            (60, Some(11), "pending"),
            (-86_400, Some(11), "pending"),
            (-86_340, Some(11), "pending"),
        ],
    );
    let minutes = |from: i64, value, expected| {
        (from..from + 10).map(move |minute| (minute * 60, Some(value), expected))
    };
    let mut steps: Vec<Step> = minutes(0, 11, "pending").collect();
    steps.push((600, Some(11), "firing+"));
    steps.push((660, Some(1), "firing"));
    steps.push((-86_400, Some(1), "firing"));
    steps.push((86_400, Some(1), "firing"));
    walk("backlog over 10 on * for 10m clears after 10m", &steps);
}

#[test]
fn a_rule_or_a_queue_that_is_gone_resolves_its_alerts() {
    let stranded = rule("stranded on *");
    let waiting = rule("stranded on * for 1h critical");
    let mut book = AlertBook::default();
    let one = |rule| Measured {
        rule,
        queue: Some(queue("a")),
        value: Some(3),
    };
    let (told, changed) = book.step(&[one(&stranded), one(&waiting)], &[], START);
    assert_eq!((told.len(), changed, book.alerts().count()), (1, true, 2));
    let (told, changed) = book.step(&[], &[], START + 1_000);
    assert!(changed && told.len() == 1 && told[0].is_resolved);
    assert_eq!(book.alerts().count(), 0);
    let past = book.recent().next().unwrap();
    assert_eq!(past.why, "its rule or its queue is gone");
    assert_eq!(book.recent().count(), 1, "what was pending did not fire");
}

/// A silence of every rule.
fn silence_of(queues: &str, until: u64) -> Silence {
    Silence {
        id: "1".to_owned(),
        rule: String::new(),
        queues: queues.to_owned(),
        scope: Vec::new(),
        by: "olivia".to_owned(),
        why: "known".to_owned(),
        from: START,
        until,
    }
}

#[test]
fn a_silenced_alert_is_kept_and_sends_nothing_until_the_silence_ends() {
    let rule = rule("stranded on *");
    let silence = silence_of("a*", START + 10_000);
    let mut book = AlertBook::default();
    let measured = |value| {
        [Measured {
            rule: &rule,
            queue: Some(queue("a")),
            value: Some(value),
        }]
    };
    let silences = [silence];
    let (told, _) = book.step(&measured(1), &silences, START);
    assert!(told.is_empty() && book.alerts().next().unwrap().is_firing());
    let (told, _) = book.step(&measured(1), &silences, START + 9_999);
    assert!(told.is_empty());
    let (told, _) = book.step(&measured(1), &silences, START + 10_000);
    assert_eq!(told.len(), 1, "it still fires when the silence is over");
}

/// What is told of an alert in steps a second apart, each with its value and whether it is silenced: `+` that it fires, `-` that it
/// is resolved. In the last step the rule is gone where the value is `None`.
fn told_under(steps: &[(Option<u64>, bool)]) -> String {
    let rule = rule("stranded on *");
    let silence = [silence_of("*", START + 60_000)];
    let mut book = AlertBook::default();
    let mut signs = String::new();
    for ((value, is_silenced), second) in steps.iter().zip(1_u64..) {
        let measured = value.map(|value| Measured {
            rule: &rule,
            queue: Some(queue("a")),
            value: Some(value),
        });
        let measured: Vec<_> = measured.into_iter().collect();
        let silences = if *is_silenced { &silence[..] } else { &[] };
        let (told, _) = book.step(&measured, silences, START + second * 1_000);
        let sign = |told: &Told| if told.is_resolved { '-' } else { '+' };
        signs.extend(told.iter().map(sign));
        signs.push('.');
    }
    signs
}

#[test]
fn whoever_was_told_that_it_fires_is_told_of_its_end_silenced_or_not() {
    let (holds, clear, gone) = (Some(1), Some(0), None);
    for (steps, told) in [
        (&[(holds, false), (clear, false)][..], "+.-."),
        (&[(holds, false), (holds, true), (clear, true)], "+..-."),
        (&[(holds, false), (holds, true), (gone, true)], "+..-."),
        (&[(holds, false), (clear, true), (holds, true)], "+.-.."),
        (&[(holds, true), (clear, true)], ".."),
        (&[(holds, true), (clear, false)], ".."),
        (&[(holds, true), (holds, false), (clear, true)], ".+.-."),
        (&[(holds, true), (gone, true)], ".."),
    ] {
        assert_eq!(told_under(steps), told, "{steps:?}");
    }
}

#[test]
fn the_webhooks_that_were_told_stay_those_that_are_told_of_the_end() {
    let mut book = AlertBook::default();
    let mut step = |text: &str, value, second: u64| {
        let rule = rule(text);
        let measured = [Measured {
            rule: &rule,
            queue: Some(queue("a")),
            value: Some(value),
        }];
        let (told, _) = book.step(&measured, &[], START + second * 1_000);
        told.first().map(|told| told.alert.to.clone())
    };
    let pager = Some(vec!["pager".to_owned()]);
    assert_eq!(step("stranded on * for 1s to chat", 1, 1), None);
    assert_eq!(step("stranded on * for 1s to pager", 1, 2), pager);
    assert_eq!(step("stranded on * for 1s to chat", 1, 3), None);
    assert_eq!(step("stranded on * for 1s to chat", 0, 4), pager);
}

#[test]
fn alerts_their_names_and_the_past_are_bounded() {
    let stranded = rule("stranded on *");
    let of = |name: String, value| Measured {
        rule: &stranded,
        queue: Some(queue(&name)),
        value: Some(value),
    };
    let many = |value| -> Vec<Measured<'_>> {
        let names = (0..MOST_ALERTS + 5).map(|at| format!("q{at:05}"));
        names.map(|name| of(name, value)).collect()
    };
    let mut book = AlertBook::default();
    let (told, _) = book.step(&many(1), &[], START);
    assert_eq!((told.len(), book.left_out()), (MOST_ALERTS, 5));
    let (_, changed) = book.step(&many(1), &[], START + 1_000);
    assert!(!changed, "nothing to write while nothing changes");
    book.step(&many(0), &[], START + 2_000);
    assert_eq!((book.alerts().count(), book.left_out()), (0, 0));
    assert_eq!(book.recent().count(), MOST_RECENT);
    let long: Vec<Measured<'_>> = (0..100)
        .map(|at| of(format!("{at:03}{}", "x".repeat(8_000)), 1))
        .collect();
    book.step(&long, &[], START + 3_000);
    let bytes: usize = book.alerts().map(Alert::name_bytes).sum();
    assert!(bytes <= MOST_NAME_BYTES && book.left_out() > 0, "{bytes}");
    for round in 0..10 {
        let others: Vec<Measured<'_>> = (0..20)
            .map(|at| of(format!("{round}{at:03}{}", "y".repeat(8_000)), 1))
            .collect();
        book.step(&others, &[], START + 4_000 + round);
    }
    let bytes: usize = book.recent().map(|past| past.alert.name_bytes()).sum();
    assert!(bytes <= MOST_NAME_BYTES, "{bytes}");
}
