#![allow(clippy::unwrap_used)]
use super::*;
use crate::domain::job::field::FieldValue;

const WINDOW: Window = Window {
    from: 1_000,
    to: 49_000,
};

fn print(reason: &str) -> Fingerprint {
    Fingerprint::of(FieldValue::Bytes(reason.as_bytes()), FieldValue::Absent)
}

fn add(groups: &mut Groups, queue: &str, id: &str, at: u64, reason: &str) {
    let queue = QueueId::new("bull", queue).unwrap();
    let fingerprint = print(reason);
    groups.add(&Failure {
        queue: &queue,
        id: &JobId::new(id).unwrap(),
        name: "send",
        at,
        fingerprint: &fingerprint,
    });
}

#[test]
fn a_group_knows_how_often_where_and_when_it_was_seen() {
    let mut groups = Groups::new(WINDOW);
    add(&mut groups, "email/v1", "1", 1_000, "no user 1");
    add(&mut groups, "email/v2", "2", 49_000, "no user 2");
    add(&mut groups, "email/v2", "3", 30_000, "no user 3");
    add(&mut groups, "email/v2", "4", 30_000, "other");
    let found = groups.largest_first();
    assert_eq!(groups.counted(), 4);
    assert_eq!(found.len(), 2);
    let group = found[0];
    assert_eq!(
        group.seen,
        Seen {
            count: 3,
            first: 1_000,
            last: 49_000
        }
    );
    assert_eq!(group.names["send"], 3);
    let second = QueueId::new("bull", "email/v2").unwrap();
    assert_eq!(
        group.queues[&second],
        Seen {
            count: 2,
            first: 30_000,
            last: 49_000
        }
    );
    assert_eq!((group.parts[0], group.parts[PARTS - 1]), (1, 1));
    assert_eq!(group.parts.iter().sum::<u32>(), 3);
    let newest: Vec<&str> = group.newest.iter().map(|(_, _, id)| id.as_str()).collect();
    assert_eq!(newest, ["2", "3", "1"]);
}

#[test]
fn the_number_of_groups_and_of_their_jobs_is_bounded() {
    let mut groups = Groups::new(WINDOW);
    for n in 0..MOST_GROUPS + 50 {
        let word: String = n
            .to_string()
            .bytes()
            .map(|digit| char::from(digit + 50))
            .collect();
        add(&mut groups, "email", "1", 2_000, &word);
    }
    for n in 0..500_u64 {
        let queue = format!("q{n}");
        add(&mut groups, &queue, &n.to_string(), 2_000 + n, "aaa");
    }
    assert_eq!(groups.largest_first().len(), MOST_GROUPS);
    assert_eq!(groups.counted(), MOST_GROUPS as u64 + 550);
    assert!(groups.other() >= 50);
    for group in groups.largest_first() {
        assert!(group.newest.len() <= NEWEST && group.queues.len() <= MOST_KEPT);
    }
}
