//! The aims, and whether they are met.

use crate::lab::table::table;
use crate::live::{Live, Taken as Watched};
use crate::pages::Ask;
use crate::report::{Pair, times};

/// The viewers of the aims that are about load.
const VIEWERS: usize = 16;

/// The queues of those.
const QUEUES: usize = 1_000;

/// Redis commands per second count as flat if a thousand viewers need at most this many times those of one.
const FLAT: f64 = 1.25;

/// Each aim with its result, or that it was not measured.
pub(crate) fn aims(pairs: &[Pair<'_>], live: Option<&Live>) -> String {
    let mut rows = Vec::new();
    for (ask, least) in [
        (Ask::Overview, 500.0),
        (Ask::OverviewPart, 500.0),
        (Ask::Job, 8.0),
        (Ask::Update, 4.0),
    ] {
        let aim = format!("{} a second: {least} times bull-board's", ask.name());
        let ratio = found(pairs, ask).and_then(Pair::times);
        rows.push(row(aim, ratio, |got| (times(got), got >= least)));
        if matches!(ask, Ask::Overview | Ask::OverviewPart) {
            let aim = format!("{} p99: under 20 ms", ask.name());
            let load = found(pairs, ask).and_then(|pair| pair.ours.load.as_ref().ok());
            let p99 = load.map(|load| load.figures.percentile(0.99));
            rows.push(row(aim, p99, |got| (format!("{got:.1} ms"), got < 20.0)));
        }
    }
    rows.extend(of_live(live));
    table(
        &["aim, at 16 viewers and 1,000 queues", "measured", "met"],
        rows,
    )
}

fn of_live(live: Option<&Live>) -> Vec<Vec<String>> {
    let with = |viewers| {
        live?
            .bullkeeper
            .taken
            .iter()
            .find(|taken| taken.viewers == viewers)
    };
    let thousand: Option<&Watched> = with(1_000);
    let commands = thousand.and_then(|many| Some((with(1)?.commands, many.commands)));
    vec![
        row(
            "Redis commands a second: flat from 1 to 1,000 viewers".to_owned(),
            commands,
            |(one, many)| (format!("{one:.0} → {many:.0}"), many <= one * FLAT),
        ),
        row(
            "an event shown to 1,000 viewers, p99: within 300 ms".to_owned(),
            thousand.map(|taken| taken.shown.percentile(0.99)),
            |got| (format!("{got:.0} ms"), got <= 300.0),
        ),
        row(
            "memory with 1,000 viewers: under 80 MB".to_owned(),
            thousand.map(|taken| taken.memory),
            |got| (format!("{got:.1} MB"), got < 80.0),
        ),
    ]
}

fn found<'a, 'b>(pairs: &'a [Pair<'b>], ask: Ask) -> Option<&'a Pair<'b>> {
    pairs.iter().find(|pair| {
        !pair.ours.busy
            && pair.ours.ask == ask
            && pair.ours.viewers == VIEWERS
            && pair.ours.queues == QUEUES
    })
}

fn row<T>(aim: String, measured: Option<T>, judge: impl Fn(T) -> (String, bool)) -> Vec<String> {
    let (measured, met) = match measured.map(judge) {
        Some((measured, true)) => (measured, "yes"),
        Some((measured, false)) => (measured, "NO"),
        None => ("not measured".to_owned(), "-"),
    };
    vec![aim, measured, met.to_owned()]
}
