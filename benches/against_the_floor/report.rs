//! What was measured, as tables.

use crate::lab::load::Figures;
use crate::lab::table::table;

/// What was measured of one case.
pub(crate) struct Measured {
    /// What was asked for.
    pub(crate) name: &'static str,
    pub(crate) ours: Figures,
    pub(crate) floor: Figures,
    /// Redis commands a request of Bullkeeper's.
    pub(crate) commands: f64,
    /// The most resident memory that Bullkeeper had meanwhile, in MB.
    pub(crate) peak: f64,
    /// The least share of the floor that is aimed at.
    pub(crate) aim: Option<f64>,
}

/// How fast each case was.
pub(crate) fn speed(cases: &[Measured]) -> String {
    let headings = [
        "speed",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "floor's requests/s",
        "p50 ms",
        "p99 ms",
        "of the floor",
    ];
    let rows = cases.iter().map(|case| {
        let ratio = case.ours.rate() / case.floor.rate() * 100.0;
        let aim = case
            .aim
            .map_or(String::new(), |aim| format!(" (aim {:.0} %)", aim * 100.0));
        let mut row = vec![case.name.to_owned()];
        for figures in [&case.ours, &case.floor] {
            row.push(format!("{:.0}", figures.rate()));
            row.extend([0.5, 0.99].map(|share| format!("{:.1}", figures.percentile(share))));
        }
        row.push(format!("{ratio:.0} %{aim}"));
        row
    });
    table(&headings, rows.collect())
}

/// What each case cost.
pub(crate) fn cost(cases: &[Measured]) -> String {
    let headings = [
        "a request's cost",
        "Redis commands",
        "server's CPU µs (floor)",
        "bytes sent",
        "most memory, MB",
        "load generator's cores (floor)",
    ];
    let rows = cases.iter().map(|case| {
        let (ours, floor) = (&case.ours, &case.floor);
        vec![
            case.name.to_owned(),
            format!("{:.2}", case.commands),
            format!("{:.0} ({:.0})", ours.cost(), floor.cost()),
            format!("{:.0}", ours.size()),
            format!("{:.1}", case.peak),
            format!("{:.2} ({:.2})", ours.generator(), floor.generator()),
        ]
    });
    table(&headings, rows.collect())
}
