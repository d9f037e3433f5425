//! Floods of one kind, of ever new kinds, and from strangers.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Actor, Operator, Origin, Role};
use crate::domain::audit::field::Field;
use crate::domain::queue::QueueId;

fn refused(actor: &str, ip: &str, queue: &str) -> Entry {
    let origin = Origin {
        ip: ip.to_owned(),
        ..Origin::default()
    };
    let scope = Scope::everything();
    let who = Operator::new(Actor::by_name(actor), Role::Viewer, scope, origin, false);
    Entry::new(&who, AuditAction::EditData, AuditOutcome::Denied)
        .on_queue(&QueueId::new("bull", queue).unwrap())
}

fn counts(entries: &[Entry]) -> Vec<u64> {
    let mut counts: Vec<u64> = entries.iter().map(Entry::events).collect();
    counts.sort_unstable();
    counts
}

fn after(start: Moment, time: Duration) -> Moment {
    Moment {
        at: start.at + time,
        shown: start.shown + time,
    }
}

#[test]
fn repeats_of_one_kind_are_one_entry_with_their_count_and_span() {
    let (repeats, start) = (Repeats::default(), Moment::now());
    let entry = refused("ann", "10.0.0.1", "a");
    assert_eq!(repeats.take(Sort::Refused, &entry, start), Repeat::First);
    for second in 1..=5 {
        let now = after(start, Duration::from_secs(second));
        assert_eq!(repeats.take(Sort::Refused, &entry, now), Repeat::Counted);
    }
    let minute = after(start, Duration::from_secs(60)).at;
    assert!(repeats.closed(Some(start.at)).is_empty());
    let entries = repeats.closed(Some(minute));
    assert_eq!(counts(&entries), [5]);
    let at = |time: &Field<OffsetDateTime>| *time.value().unwrap() - start.shown;
    assert_eq!(at(&entries[0].first).whole_seconds(), 1);
    assert_eq!(at(&entries[0].last).whole_seconds(), 5);
    assert_ne!(entries[0].event, entry.event);
    assert_eq!(repeats.take(Sort::Refused, &entry, start), Repeat::First);
}

#[test]
fn ever_new_kinds_of_one_person_share_an_entry_past_the_rate_and_others_do_not() {
    let (repeats, start) = (Repeats::default(), Moment::now());
    let take = |actor: &str, n: u32, now| {
        let entry = refused(actor, "10.0.0.1", &format!("queue-{n}"));
        repeats.take(Sort::Refused, &entry, now)
    };
    let first = (0..100).filter(|n| take("ann", *n, start) == Repeat::First);
    assert_eq!(first.count(), 20);
    assert_eq!(take("ben", 0, start), Repeat::First);
    assert!(
        matches!(take("ann", 200, start), Repeat::TooMany(wait) if wait <= Duration::from_secs(3))
    );
    let later = after(start, Duration::from_secs(3));
    assert_eq!(take("ann", 300, later), Repeat::First);
    assert!(matches!(take("ann", 301, later), Repeat::TooMany(_)));
    let entries = repeats.closed(None);
    assert_eq!(counts(&entries), [82]);
    assert_eq!(
        (entries[0].actor().name(), entries[0].queue.as_str()),
        ("ann", "")
    );
}

#[test]
fn strangers_from_everywhere_are_bounded_and_all_counted() {
    let (repeats, now) = (Repeats::default(), Moment::now());
    let mut written = 0;
    for n in 0..5_000 {
        let entry = refused("(unknown)", &format!("2001:db8:{n:x}::1"), "a");
        written += u64::from(repeats.take(Sort::SignIn, &entry, now) == Repeat::First);
    }
    assert_eq!(written, 20);
    let rest = repeats.closed(None);
    assert_eq!(counts(&rest), [4_980]);
    assert_eq!(*rest[0].actor(), Actor::Unknown);
    // Of one network, whatever the address, it is one.
    let later = after(now, Duration::from_secs(60));
    for n in 0..15 {
        let entry = refused("(unknown)", &format!("2001:db8::{n:x}"), "a");
        let first = repeats.take(Sort::SignIn, &entry, later) == Repeat::First;
        assert_eq!(first, n == 0);
    }
}
