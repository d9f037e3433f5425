#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn a_rule_is_a_condition_and_its_parts_in_any_order() {
    for (text, canonical) in [
        (
            "stranded on email/* for 5m clears after 2m critical to pager and chat",
            "stranded on email/* for 5m clears after 2m critical to pager and chat",
        ),
        (
            "stranded critical to pager, chat on email/*, bull:sms for 300s",
            "stranded on email/*, bull:sms for 5m critical to pager and chat",
        ),
        (
            "backlog over 1000 on * clears at 500",
            "backlog over 1000 on * clears at 500 warning",
        ),
        (
            "backlog growing for 15m on a and b for 1m",
            "backlog growing for 15m on a, b for 1m warning",
        ),
        (
            "failure rate over 5%, with at least 20 jobs on * clears at 2%",
            "failure rate over 5% with at least 20 jobs on * clears at 2% warning",
        ),
        (
            "failure rate over 5% on *",
            "failure rate over 5% on * warning",
        ),
        (
            "oldest wait over 10m on * clears at 1m",
            "oldest wait over 10m on * clears at 1m warning",
        ),
        ("no workers on a", "no workers on a warning"),
        ("late schedulers on a", "late schedulers on a warning"),
        ("stalled on a", "stalled on a warning"),
        (
            "redis memory over 80% clears at 70% critical",
            "redis memory over 80% clears at 70% critical",
        ),
        (
            "redis eviction policy warning",
            "redis eviction policy warning",
        ),
        ("audit gap for 1m", "audit gap for 1m warning"),
    ] {
        let rule: AlertRule = text.parse().unwrap();
        assert_eq!(rule.to_string(), canonical);
        assert_eq!(canonical.parse(), Ok(rule));
    }
}

#[test]
fn a_wrong_rule_says_what_is_wrong() {
    for (text, says) in [
        ("", "begins with no condition"),
        ("broken on *", "begins with no condition"),
        (
            "backlog over many on *",
            "\"many\", which is no whole number",
        ),
        ("backlog growing for 1m on *", "2m to 59m"),
        ("backlog growing for 1h on *", "2m to 59m"),
        ("failure rate over 5 on *", "\"5\", which is no percentage"),
        ("redis memory over 100%", "no percentage"),
        ("oldest wait over ten on *", "\"ten\", which is no duration"),
        ("stranded", "does not say on which queues"),
        ("stranded on", "empty queue pattern"),
        ("stranded on a,,b", "empty queue pattern"),
        ("stranded on email/* sms/*", "parted by a comma or and"),
        ("stranded on a\0b", "\"a\\0b\""),
        ("stranded on * for", "ends behind \"for\""),
        ("stranded on * for 5", "\"5\", which is no duration"),
        ("stranded on * for 5m for 6m", "says \"for\" twice"),
        ("stranded on * critical warning", "says \"severity\" twice"),
        ("stranded on * clears at 3", "its condition has none"),
        (
            "backlog over 5 on * clears at 6",
            "above the one at which it fires",
        ),
        (
            "stranded on * to Pager!",
            "\"Pager!\", which can't be a webhook's name",
        ),
        ("stranded on * to", "\"\", which can't be a webhook's name"),
        ("stranded quickly on *", "\"quickly\", which begins no part"),
        ("audit gap on *", "its condition is of no queue"),
    ] {
        let fault = text.parse::<AlertRule>().unwrap_err();
        assert!(fault.contains(says), "{text}: {fault}");
    }
}

#[test]
fn a_rule_keeps_its_name_while_its_times_and_webhooks_change() {
    let name = |text: &str| text.parse::<AlertRule>().unwrap().name();
    assert_eq!(
        name("stranded on a, b for 5m critical to pager"),
        "critical: stranded on a, b"
    );
    assert_eq!(
        name("stranded on a, b critical"),
        "critical: stranded on a, b"
    );
    assert_eq!(name("audit gap"), "warning: audit gap");
}
