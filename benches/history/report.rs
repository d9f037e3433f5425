//! The tables of what was measured.

use crate::bytes::Bytes;
use crate::lab::run::median;
use crate::lab::slow_commands::Slow;
use crate::lab::table::table;
use crate::pages::Asked;

/// What a queue's thirty days take.
pub(crate) struct Month {
    pub(crate) name: &'static str,
    pub(crate) fields: usize,
    /// Bytes of the values alone, and of the whole key in Redis.
    pub(crate) values: usize,
    pub(crate) bytes: u64,
}

/// What was used in some minutes.
pub(crate) struct Used {
    pub(crate) name: &'static str,
    /// Processor seconds of Redis and of Bullkeeper, where there is one, in each minute.
    pub(crate) minutes: Vec<(f64, Option<f64>)>,
    /// MB of Bullkeeper in the end and at most.
    pub(crate) memory: Option<(f64, f64)>,
    pub(crate) slow: Vec<Slow>,
}

/// The table of the thirty days.
pub(crate) fn months(months: &[Month]) -> String {
    let headings = [
        "thirty days of",
        "fields",
        "bytes of values",
        "bytes in Redis",
    ];
    let rows = months.iter().map(|month| {
        vec![
            month.name.to_owned(),
            month.fields.to_string(),
            month.values.to_string(),
            month.bytes.to_string(),
        ]
    });
    table(&headings, rows.collect())
}

/// The table of what was used.
pub(crate) fn used(rows: &[Used], minutes: usize) -> String {
    let headings = [
        "Bullkeeper",
        "its CPU s a minute",
        "at most",
        "its MB",
        "at most",
        "Redis CPU s a minute",
        "longest command",
    ];
    let or_none = |figure: Option<f64>| figure.map_or("–".to_owned(), |it| format!("{it:.1}"));
    let rows = rows.iter().map(|row| {
        let own: Vec<f64> = row.minutes.iter().filter_map(|(_, own)| *own).collect();
        let is_there = row.memory.is_some();
        let redis: Vec<f64> = row.minutes.iter().map(|(redis, _)| *redis).collect();
        vec![
            row.name.to_owned(),
            or_none(is_there.then(|| median(&own))),
            or_none(is_there.then(|| own.iter().copied().fold(0.0, f64::max))),
            or_none(row.memory.map(|(memory, _)| memory)),
            or_none(row.memory.map(|(_, most)| most)),
            format!("{:.1}", median(&redis)),
            longest(&row.slow),
        ]
    });
    format!(
        "{}\n\nThe middle one of {minutes} whole minutes.",
        table(&headings, rows.collect())
    )
}

/// The longest command, and how many took 20 ms or more.
pub(crate) fn longest(slow: &[Slow]) -> String {
    let longest = slow
        .iter()
        .fold(
            &Slow {
                took: 0.0,
                command: String::new(),
            },
            longer,
        )
        .clone();
    let long = slow.iter().filter(|slow| slow.took >= 20.0).count();
    format!(
        "{:.1} ms ({} of 20 ms and more): {}",
        longest.took, long, longest.command
    )
}

fn longer<'s>(one: &'s Slow, other: &'s Slow) -> &'s Slow {
    if other.took > one.took { other } else { one }
}

/// The tables of pages, and of bytes in Redis.
pub(crate) fn asked(asked: &[Asked], slow: &[Slow], kept: &Bytes, shown: &str) -> String {
    let pages = asked.iter().map(|asked| {
        vec![
            asked.name.clone(),
            format!("{:.1}", asked.middle),
            format!("{:.1}", asked.longest),
            asked.bytes.to_string(),
        ]
    });
    let pages = table(&["asked for", "ms", "at most", "bytes"], pages.collect());
    let rows = kept
        .iter()
        .map(|(kind, (keys, bytes))| vec![(*kind).to_owned(), keys.to_string(), bytes.to_string()]);
    let rows = table(&["kept in Redis", "keys", "bytes"], rows.collect());
    format!(
        "{pages}\n\nThe longest command meanwhile: {}\n\n{rows}\n\nThe page of all queues says that their history takes {shown}.",
        longest(slow)
    )
}
