//! What was measured, as tables to read, which are also Markdown.

use crate::load::Figures;

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
pub(crate) fn speed(cases: &mut [Measured]) -> String {
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
    let rows = cases.iter_mut().map(|case| {
        let ratio = case.ours.rate() / case.floor.rate() * 100.0;
        let aim = case
            .aim
            .map_or(String::new(), |aim| format!(" (aim {:.0} %)", aim * 100.0));
        let mut row = vec![case.name.to_owned()];
        for figures in [&mut case.ours, &mut case.floor] {
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

/// A table whose columns stand below each other; all but the first are numbers.
fn table(headings: &[&str], mut rows: Vec<Vec<String>>) -> String {
    rows.insert(0, headings.iter().map(ToString::to_string).collect());
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let rule = widths.iter().enumerate().map(|(at, &width)| match at {
        0 => "-".repeat(width),
        _ => format!("{}:", "-".repeat(width - 1)),
    });
    rows.insert(1, rule.collect());
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, &width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    });
    lines.collect::<Vec<_>>().join("\n")
}
