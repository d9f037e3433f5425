#![allow(clippy::unwrap_used)]

use chrono_tz::Tz;

use super::fields::Dialect;
use super::{Cron, zone_of};

fn both(pattern: &str) -> Cron {
    Cron::parse(pattern, Dialect::Five).unwrap();
    Cron::parse(pattern, Dialect::Four).unwrap()
}

#[test]
fn a_pattern_reads_as_people_say_it() {
    for (pattern, said) in [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0 * * * *", "every hour"),
        ("15 * * * *", "every hour at 15 minutes past"),
        ("1 * * * *", "every hour at 1 minute past"),
        ("0,20,45 * * * *", "every hour at 0, 20 and 45 minutes past"),
        ("0 */2 * * *", "every 2 hours"),
        ("15 3 * * *", "every day at 03:15"),
        ("0 15 3 * * *", "every day at 03:15"),
        ("30 15 3 * * *", "every day at 03:15:30"),
        ("0 6,18 * * *", "every day at 06:00 and 18:00"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("* * * * * *", "every second"),
        ("0 9 * * 1-5", "Monday to Friday at 09:00"),
        ("0 9 * * MON-FRI", "Monday to Friday at 09:00"),
        ("0 9 * * mon,THU", "every Monday and Thursday at 09:00"),
        ("0 9 * * 6,7", "every Saturday and Sunday at 09:00"),
        ("0 9 * * 0", "every Sunday at 09:00"),
        ("0 9 * * 1#2", "the second Monday of the month at 09:00"),
        ("0 9 * * 5L", "the last Friday of the month at 09:00"),
        ("0 0 1 * *", "on the 1st of every month at 00:00"),
        (
            "0 0 1,15 * *",
            "on the 1st and 15th of every month at 00:00",
        ),
        ("0 0 L * *", "on the last day of every month at 00:00"),
        ("0 0 1 JAN *", "on the 1st of January at 00:00"),
        ("0 0 1 1,7 *", "on the 1st of January and July at 00:00"),
        ("0 12 * 3-10 *", "every day at 12:00 in March to October"),
        (
            "*/15 9-17 * * 1-5",
            "every 15 minutes from 09:00 to 17:45, Monday to Friday",
        ),
        ("0 8-20 * * *", "every hour from 08:00 to 20:00"),
        ("@daily", "every day at 00:00"),
        ("@hourly", "every hour"),
    ] {
        assert_eq!(both(pattern).words().as_deref(), Some(said), "{pattern}");
    }
}

#[test]
fn words_that_would_not_be_exact_are_not_said() {
    for pattern in [
        "*/7 * * * *",
        "0 0 13 * 5",
        "5,10 3,7 * * *",
        "0 9 1-30 * 1",
        "1,2,3,5,8,13 * * * *",
        "0 1,2,4,8,16,17 * * *",
    ] {
        assert_eq!(both(pattern).words(), None, "{pattern}");
    }
}

#[test]
fn a_pattern_that_cant_be_parsed_is_said_with_its_place() {
    for (pattern, said) in [
        ("0 25 * * *", "character 3 (hour): \"25\" is none of 0–23"),
        (
            "  60  * * * *",
            "character 3 (minute): \"60\" is none of 0–59",
        ),
        (
            "0 9 * * FUN",
            "character 9 (weekday): \"FUN\" is none of 0–7 or names such as SUN",
        ),
        (
            "0 9 * 5,13 *",
            "character 9 (month): \"13\" is none of 1–12 or names such as JAN",
        ),
        (
            "0 9 5-3 * *",
            "character 5 (day of the month): 5 comes after 3",
        ),
        (
            "*/0 * * * *",
            "character 3 (minute): after / a number from 1 on is allowed, not \"0\"",
        ),
        (
            "0 9 * * 1#6",
            "character 11 (weekday): after # a number from 1 to 5 is allowed, not \"6\"",
        ),
        (
            "0 9 * * 1,2#2",
            "character 10 (weekday): # can't be combined with ,",
        ),
        ("1,,2 * * * *", "character 3 (minute): a value is missing"),
        (
            "0 0 31 2 *",
            "character 5 (day of the month): the month has 29 days at most",
        ),
        (
            "1 2 3 4 5 6 7",
            "character 13 (7th field): a pattern has 6 fields at most, and this one has 7",
        ),
        (
            "0 9 15W * *",
            "character 5 (day of the month): \"15W\" is none of 1–31",
        ),
        ("", "the pattern is empty"),
    ] {
        let fault = Cron::parse(pattern, Dialect::Four).unwrap_err();
        assert_eq!(fault.to_string(), said, "{pattern}");
    }
    let long = format!("{} * * * *", "1,".repeat(600));
    let fault = Cron::parse(&long, Dialect::Four).unwrap_err().to_string();
    assert!(fault.contains("1024 characters at most"), "{fault}");
    let random = Cron::parse("H 3 * * *", Dialect::Five)
        .unwrap_err()
        .to_string();
    assert!(random.contains("random value"), "{random}");
}

/// The next runs after a time, in the zone's own time.
fn runs(pattern: &str, zone: &str, after: &str, most: usize) -> Vec<String> {
    let zone: Tz = zone_of(zone).unwrap();
    let after = chrono::DateTime::parse_from_rfc3339(after).unwrap();
    let mut time = u64::try_from(after.timestamp_millis()).unwrap();
    let cron = both(pattern);
    let mut found = Vec::new();
    for _ in 0..most {
        let Some(next) = cron.next_after(time, zone) else {
            break;
        };
        time = next;
        let local = chrono::DateTime::from_timestamp_millis(i64::try_from(next).unwrap());
        let local = local.unwrap().with_timezone(&zone);
        found.push(local.format("%m-%d %H:%M %:z").to_string());
    }
    found
}

#[test]
fn runs_go_on_across_both_changes_of_the_clock() {
    assert_eq!(
        runs("15 3 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
        [
            "03-28 03:15 +01:00",
            "03-29 03:15 +02:00",
            "03-30 03:15 +02:00"
        ]
    );
    assert_eq!(
        runs("15 3 * * *", "europe/berlin", "2026-10-24T00:00:00Z", 3),
        [
            "10-24 03:15 +02:00",
            "10-25 03:15 +01:00",
            "10-26 03:15 +01:00"
        ]
    );
    // 02:30 does not exist on that day, and comes twice on the other.
    assert_eq!(
        runs("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", 3),
        [
            "10-24 02:30 +02:00",
            "10-25 02:30 +02:00",
            "10-26 02:30 +01:00"
        ]
    );
    assert_eq!(
        runs("30 2,3 * * *", "Europe/Berlin", "2026-03-28T03:00:00Z", 2),
        ["03-29 03:30 +02:00", "03-30 02:30 +02:00"]
    );
}

#[test]
fn a_day_that_never_comes_has_no_run_and_is_not_searched_for_long() {
    let none = runs("0 0 31 4,6 *", "UTC", "2026-01-01T00:00:00Z", 1);
    assert!(none.is_empty(), "{none:?}");
    assert_eq!(
        runs("0 0 29 2 *", "UTC", "2026-03-01T00:00:00Z", 1),
        ["02-29 00:00 +00:00"]
    );
}

#[test]
fn no_text_makes_parsing_panic() {
    use proptest::prelude::*;
    proptest!(|(text in "[-*/0-9,#LHW? A-Za-zü]{0,40}")| {
        for dialect in [Dialect::Four, Dialect::Five] {
            if let Ok(cron) = Cron::parse(&text, dialect) {
                cron.words();
            }
        }
    });
}
