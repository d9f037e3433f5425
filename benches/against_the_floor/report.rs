//! What was measured, as a table to read, which is also Markdown.

use crate::load::Figures;

/// What was measured of one case.
pub(crate) struct Measured {
    /// What was asked for.
    pub(crate) name: &'static str,
    pub(crate) ours: Figures,
    pub(crate) floor: Figures,
    /// Redis commands a request of Bullkeeper's.
    pub(crate) commands: String,
    /// The least share of the floor that is aimed at.
    pub(crate) aim: Option<f64>,
}

const HEADINGS: [&str; 11] = [
    "16 connections",
    "Bullkeeper /s",
    "p50 ms",
    "p99 ms",
    "floor /s",
    "p50 ms",
    "p99 ms",
    "of the floor",
    "Redis commands a request",
    "server CPU µs a request (floor)",
    "body bytes",
];

/// The table.
pub(crate) fn table(cases: &mut [Measured]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(cases.iter_mut().map(row));
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    let rule: Vec<String> = widths
        .iter()
        .enumerate()
        .map(|(at, &width)| match at {
            0 => "-".repeat(width),
            _ => format!("{}:", "-".repeat(width - 1)),
        })
        .collect();
    lines.insert(1, format!("| {} |", rule.join(" | ")));
    lines.join("\n")
}

fn line(row: &[String; HEADINGS.len()], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(at, (cell, &width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        })
        .collect();
    format!("| {} |", cells.join(" | "))
}

fn row(case: &mut Measured) -> [String; HEADINGS.len()] {
    let ratio = case.ours.rate() / case.floor.rate();
    let aim = case
        .aim
        .map_or(String::new(), |aim| format!(" (aim {:.0} %)", aim * 100.0));
    let ms = |figures: &mut Figures, share: f64| format!("{:.1}", figures.percentile(share));
    [
        case.name.to_owned(),
        format!("{:.0}", case.ours.rate()),
        ms(&mut case.ours, 0.5),
        ms(&mut case.ours, 0.99),
        format!("{:.0}", case.floor.rate()),
        ms(&mut case.floor, 0.5),
        ms(&mut case.floor, 0.99),
        format!("{:.0} %{aim}", ratio * 100.0),
        case.commands.clone(),
        format!("{:.0} ({:.0})", case.ours.cost(), case.floor.cost()),
        format!("{:.0}", case.ours.size()),
    ]
}
