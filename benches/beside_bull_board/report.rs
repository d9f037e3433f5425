//! What was measured, as tables.

use crate::lab::load::Figures;
use crate::lab::table::table;
use crate::live::{JOBS_A_SECOND, Live, Side, Taken as Watched};
use crate::pages::{Load, Taken};

/// What is compared.
const COMPARED: &str = "\
Bullkeeper's are whole pages as a browser asks for them, compressed and signed in; its overview shows 1,000 rows a page. \
bull-board's are what its pages load when they open and then every 5 s, which is about all queues at once; nobody signs in. \
Each was measured alone, on queues at rest unless jobs a second are named; the Redis commands are then the workers' too. Memory is resident memory after the load; all share the machine with Redis and the load generator.";

/// One load on both.
pub(crate) struct Pair<'a> {
    pub(crate) ours: &'a Taken,
    pub(crate) theirs: &'a Taken,
}

impl<'a> Pair<'a> {
    /// Each load of `ours` with that of `theirs` it is compared with.
    pub(crate) fn all(ours: &'a [Taken], theirs: &'a [Taken]) -> Vec<Self> {
        let beside = |mine: &Taken| {
            theirs.iter().find(|taken| {
                (taken.ask, taken.queues, taken.viewers, taken.busy)
                    == (mine.ask.beside(), mine.queues, mine.viewers, mine.busy)
            })
        };
        ours.iter()
            .filter_map(|ours| {
                let theirs = beside(ours)?;
                Some(Self { ours, theirs })
            })
            .collect()
    }

    /// How many times as many answers a second we give; none when one of them gave none.
    pub(crate) fn times(&self) -> Option<f64> {
        let rate = |taken: &Taken| {
            let load = taken.load.as_ref().ok()?;
            (load.figures.answers() > 0).then(|| load.figures.rate())
        };
        Some(rate(self.ours)? / rate(self.theirs)?)
    }

    fn name(&self) -> Vec<String> {
        let Taken {
            ask,
            queues,
            viewers,
            busy,
            ..
        } = &self.ours;
        let meanwhile = match busy {
            true => format!(", {JOBS_A_SECOND} jobs/s"),
            false => String::new(),
        };
        vec![
            format!("{}{meanwhile}", ask.name()),
            queues.to_string(),
            viewers.to_string(),
        ]
    }
}

/// How fast each load was answered.
pub(crate) fn speed(pairs: &[Pair<'_>]) -> String {
    let headings = [
        "asked for",
        "queues",
        "viewers",
        "Bullkeeper, a second",
        "p50 ms",
        "p99 ms",
        "bull-board, a second",
        "p50 ms",
        "p99 ms",
        "times",
    ];
    let rows = pairs.iter().map(|pair| {
        let mut row = pair.name();
        for side in [pair.ours, pair.theirs] {
            row.extend(speed_of(&side.load));
        }
        row.push(pair.times().map_or("-".to_owned(), times));
        row
    });
    table(&headings, rows.collect())
}

/// So many times, with as many digits as say something.
pub(crate) fn times(times: f64) -> String {
    match times {
        ..10.0 => format!("{times:.1}×"),
        _ => format!("{times:.0}×"),
    }
}

fn speed_of(load: &Result<Load, String>) -> [String; 3] {
    let Ok(Load { figures, .. }) = load else {
        return ["broke off".to_owned(), "-".to_owned(), "-".to_owned()];
    };
    let rate = match (figures.given_up, figures.rate()) {
        (0, rate @ ..100.0) => format!("{rate:.1}"),
        (0, rate) => format!("{rate:.0}"),
        _ => format!("{} in {:.0} s", figures.answers(), figures.seconds),
    };
    [rate, percentile(figures, 0.5), percentile(figures, 0.99)]
}

/// A share that was still waited for is at least what it had waited.
fn percentile(figures: &Figures, share: f64) -> String {
    let answered = figures.answers() as f64 / (figures.answers() + figures.given_up) as f64;
    let at_least = if answered > share { "" } else { "≥ " };
    format!("{at_least}{:.1}", figures.percentile(share))
}

/// What the figures do not say; of what went wrong, which no figure holds, a line for each load it befell.
pub(crate) fn notes(pairs: &[Pair<'_>]) -> String {
    let mut lines = vec![COMPARED.to_owned()];
    for pair in pairs {
        for (who, side) in [("Bullkeeper", pair.ours), ("bull-board", pair.theirs)] {
            let (name, queues, viewers) = (side.ask.name(), side.queues, side.viewers);
            let at = format!("{who}, {name}, {queues} queues, {viewers} viewers");
            match &side.load {
                Err(error) => lines.push(format!("{at}: broke off: {error}")),
                Ok(load) => lines.extend(load.figures.wrong.first().map(|first| {
                    format!("{at}: {} other answers: {first}", load.figures.wrong.len())
                })),
            }
        }
    }
    lines.dedup();
    lines.join("\n")
}

/// What each load cost.
pub(crate) fn cost(pairs: &[Pair<'_>]) -> String {
    let headings = [
        "an answer's cost",
        "queues",
        "viewers",
        "Redis commands",
        "bull-board's",
        "server's CPU ms",
        "bull-board's",
        "kB sent",
        "bull-board's",
        "memory MB",
        "bull-board's",
        "load generator's cores",
        "bull-board's",
    ];
    let rows = pairs.iter().map(|pair| {
        let mut row = pair.name();
        let (ours, theirs) = (cost_of(&pair.ours.load), cost_of(&pair.theirs.load));
        row.extend(ours.into_iter().zip(theirs).flat_map(<[String; 2]>::from));
        row
    });
    table(&headings, rows.collect())
}

fn cost_of(load: &Result<Load, String>) -> [String; 5] {
    let Ok(load) = load else {
        return std::array::from_fn(|_| "-".to_owned());
    };
    let figures = &load.figures;
    [
        format!("{:.2}", load.commands / figures.requests()),
        format!("{:.2}", figures.cost() / 1000.0),
        format!("{:.1}", figures.size() / 1000.0),
        format!("{:.0}", load.memory),
        format!("{:.2}", figures.generator()),
    ]
}

/// Pages that stay open.
pub(crate) fn live(live: &Live) -> String {
    let headings = [
        "the overview kept open",
        "viewers",
        "shown, p50 ms",
        "p99 ms",
        "not shown yet",
        "Redis commands/s for it",
        "all",
        "jobs/s",
        "memory MB",
        "cores",
        "messages/s a viewer",
        "kB/s a viewer",
        "broke off",
    ];
    let sides = [
        ("Bullkeeper, streaming", &live.bullkeeper),
        ("bull-board, asking every 5 s", &live.bull_board),
    ];
    let rows = |(name, side): (&str, &Side)| -> Vec<_> {
        let row = |taken| live_row(name, taken);
        side.taken.iter().map(row).collect()
    };
    let faults = sides.into_iter().filter_map(|(name, side)| {
        let fault = side.fault.as_ref()?;
        Some(format!("\n\n{name}: {fault}"))
    });
    let table = table(&headings, sides.into_iter().flat_map(rows).collect());
    let meant = format!(
        "\n\nMeanwhile {JOBS_A_SECOND} jobs a second were added and worked; without a dashboard Redis ran {:.1} commands a job, \
         which are taken off. Timed from just before a job is added until a viewer has the message, or answer, that shows it.",
        live.commands_a_job
    );
    table + &faults.collect::<String>() + &meant
}

fn live_row(name: &str, taken: &Watched) -> Vec<String> {
    let shown = &taken.shown;
    let each = |count: usize| match taken.viewers {
        0 => "-".to_owned(),
        viewers => format!("{:.1}", count as f64 / taken.seconds / viewers as f64),
    };
    let percentile = |share| match taken.viewers {
        0 => "-".to_owned(),
        _ => format!("{:.0}", shown.percentile(share)),
    };
    vec![
        name.to_owned(),
        taken.viewers.to_string(),
        percentile(0.5),
        percentile(0.99),
        shown.missed.to_string(),
        format!("{:.0}", taken.commands),
        format!("{:.0}", taken.all_commands),
        format!("{:.0}", taken.jobs),
        format!("{:.1}", taken.memory),
        format!("{:.2}", taken.cores),
        each(shown.messages),
        each(shown.bytes / 1000),
        shown.ended.to_string(),
    ]
}
