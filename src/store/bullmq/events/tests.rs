//! How many streams one read follows, and what it makes of their entries.
use super::*;

fn places(count: usize) -> Vec<(QueueId, StreamId)> {
    let place = |n| {
        let queue = QueueId::new("bull", &format!("q{n}")).unwrap();
        (queue, StreamId::default())
    };
    (0..count).map(place).collect()
}

/// A reply with this many events of this many bytes for each of `places`.
fn reply(places: &[(QueueId, StreamId)], events: usize, bytes: usize) -> Value {
    let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
    let event = |n: usize| {
        let fields = vec![
            text("event"),
            text("completed"),
            text("returnvalue"),
            Value::BulkString(vec![b'x'; bytes]),
        ];
        Value::Array(vec![text(&format!("{}-0", n + 1)), Value::Array(fields)])
    };
    let stream = |(queue, _): &(QueueId, StreamId)| {
        let events = (0..events).map(event).collect();
        Value::Array(vec![text(&events_of(queue)), Value::Array(events)])
    };
    Value::Array(places.iter().map(stream).collect())
}

#[test]
fn small_events_leave_no_stream_out() {
    let (mut reader, places) = (EventReader::default(), places(100));
    assert_eq!(reader.next_of(&places).len(), 100);
    let reading = reader.take(reply(&places, 50, 100), &places);
    assert_eq!((reading.heard.len(), reading.more), (100, false));
    assert_eq!(reader.entries, MOST_ENTRIES);
    assert_eq!(reader.next_of(&places).len(), 100);
}

#[test]
fn huge_events_are_read_from_fewer_streams_at_a_time_until_they_are_read() {
    let (mut reader, places) = (EventReader::default(), places(64));
    reader.take(reply(&places, 1, 1_000_000), &places);
    assert_eq!((reader.entries, reader.streams), (1, 32));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let some = reader.next_of(&places).to_vec();
        reader.take(reply(&some, 1, 1_000_000), &some);
        seen.extend(some);
    }
    seen.dedup();
    assert!(
        seen.len() >= 64,
        "every stream has its turn: {}",
        seen.len()
    );
    assert!(reader.streams <= 16);
    for _ in 0..3 {
        reader.take(Value::Nil, &places);
    }
    assert_eq!(reader.next_of(&places).len(), 64, "all at once again");
}
