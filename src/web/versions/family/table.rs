//! The rows of a family's table: one column for each version, with figures from the snapshot. The rows refresh, in the
//! columns that the page was drawn with.

use crate::clock::unix_millis;
use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::domain::stats::series::{MINUTES, Minute, Rate, Series};
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::web::app::App;
use crate::web::html::format::{When, thousands};

/// Over how many whole minutes rates are averaged.
const RATE_OVER: usize = 15;

/// How many versions fit side by side in any window that is wide enough for a table.
const FITTING: usize = 5;

/// The versions that a page shows side by side, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Columns(Vec<Column>);

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) queue: QueueId,
    /// Its label: the version, or the queue's name if that says more.
    pub(crate) word: String,
    pub(crate) name: String,
    pub(crate) href: String,
}

impl Columns {
    pub(crate) fn of(app: &App, queues: Vec<QueueId>) -> Self {
        let label = |queue: &QueueId| app.services.rules().pattern.split(queue.name()).label;
        let labels: Vec<String> = queues.iter().map(label).collect();
        let columns = queues
            .into_iter()
            .zip(&labels)
            .map(|(queue, label)| Column {
                word: match label.is_empty()
                    || labels.iter().filter(|other| *other == label).count() > 1
                {
                    true => queue.name().to_owned(),
                    false => label.clone(),
                },
                name: queue.name().to_owned(),
                href: app.links().queue(&queue, &[]),
                queue,
            });
        Self(columns.collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the columns may be wider than the window.
    pub(crate) fn are_wide(&self) -> bool {
        self.len() > FITTING
    }

    /// The label of a queue's column; empty if the queue has none.
    pub(crate) fn word(&self, queue: &QueueId) -> &str {
        let column = self.0.iter().find(|column| column.queue == *queue);
        column.map_or("", |column| column.word.as_str())
    }

    /// The names of the columns' queues, as an address holds them.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|column| column.name.as_str()).collect();
        names.join(":")
    }
}

/// Rows of a table, in groups.
pub(crate) struct Rows {
    pub(crate) groups: Vec<Group>,
    /// The labels of the rows that are left out: zero in every version.
    pub(crate) zero: Vec<&'static str>,
    /// The labels of the rows that are left out because no version has a value.
    pub(crate) no_value: Vec<&'static str>,
}

/// Rows that are shown even if they are zero: whether there is work, and whether anyone does it.
const ALWAYS_SHOWN: [&str; 2] = ["outstanding", "workers"];

impl Rows {
    /// All rows of `groups`.
    pub(crate) fn all(groups: Vec<Group>) -> Self {
        Self {
            groups,
            zero: Vec::new(),
            no_value: Vec::new(),
        }
    }

    /// The rows of `groups` that say something about a version; the others are only named.
    pub(crate) fn telling(groups: Vec<Group>) -> Self {
        let mut rows = Self::all(groups);
        let (zero, no_value) = (&mut rows.zero, &mut rows.no_value);
        for group in &mut rows.groups {
            group.rows.retain(|row| {
                let left_out = match row.cells.as_slice() {
                    _ if ALWAYS_SHOWN.contains(&row.label) => return true,
                    cells if cells.iter().all(FamilyCell::has_no_value) => &mut *no_value,
                    cells if cells.iter().all(FamilyCell::is_zero) => &mut *zero,
                    _ => return true,
                };
                left_out.push(row.label);
                false
            });
        }
        rows.groups.retain(|group| !group.rows.is_empty());
        rows
    }
}

/// Rows that belong together.
pub(crate) struct Group {
    /// Empty if the group needs no title.
    pub(crate) title: &'static str,
    /// What the group's figures are based on.
    pub(crate) note: String,
    pub(crate) rows: Vec<FamilyRow>,
}

/// One row.
pub(crate) struct FamilyRow {
    pub(crate) label: &'static str,
    /// The icon and colour of a state; empty if none.
    pub(crate) state: &'static str,
    pub(crate) cells: Vec<FamilyCell>,
}

/// One version's value in a row; all empty if there is nothing to say.
#[derive(Default)]
pub(crate) struct FamilyCell {
    pub(crate) text: String,
    pub(crate) when: Option<When>,
    pub(crate) href: String,
    pub(crate) class: &'static str,
}

impl FamilyCell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    fn has_no_value(&self) -> bool {
        self.when.is_none() && self.text.is_empty()
    }

    /// Whether it is zero, or of a version that is gone.
    fn is_zero(&self) -> bool {
        self.when.is_none() && ["", "0"].contains(&self.text.as_str())
    }
}

/// The rows that refresh: the versions of `columns` as `snapshot` has them. A version that is gone leaves its column empty.
pub(crate) fn figures_of(app: &App, snapshot: &Snapshot, columns: &Columns) -> Rows {
    let seen: Vec<Option<&VersionFigures>> = columns
        .iter()
        .map(|column| snapshot.queue(&column.queue))
        .collect();
    let row = |label, cell: &dyn Fn(&VersionFigures) -> FamilyCell| FamilyRow {
        label,
        state: "",
        cells: seen
            .iter()
            .map(|version| version.map(cell).unwrap_or_default())
            .collect(),
    };
    let states = JobState::KEPT.map(|state| FamilyRow {
        state: state.name(),
        ..row(state.name(), &|version| count(app, version, state))
    });
    let mut now = vec![row("outstanding", &|version| {
        FamilyCell::text(thousands(version.figures.counts.outstanding()))
    })];
    now.extend(states);
    now.extend([
        row("workers", &workers),
        row("oldest wait", &|version| FamilyCell {
            when: version.figures.oldest_waiting.map(When::of),
            ..FamilyCell::default()
        }),
        row("BullMQ", &|version| {
            FamilyCell::text(version.figures.bull_version.text().unwrap_or_default())
        }),
    ]);
    let late = vec![
        row("added a minute", &|version| {
            rate(version, |rate| rate.added_per_minute)
        }),
        row("finished a minute", &|version| {
            rate(version, |rate| rate.finished_per_minute)
        }),
        row("failed, last hour", &|version| {
            FamilyCell::text(version.series.as_deref().map(failed).unwrap_or_default())
        }),
    ];
    let group = |title, note: String, rows| Group { title, note, rows };
    let over =
        format!("per-minute averages of the last {RATE_OVER} whole minutes, as far as watched");
    let groups = vec![group("", String::new(), now), group("Recent", over, late)];
    Rows::telling(groups)
}

fn count(app: &App, version: &VersionFigures, state: JobState) -> FamilyCell {
    let figures = &version.figures;
    match figures.counts.of(state) {
        // A pause of BullMQ 6 leaves the jobs where they waited.
        0 if state == JobState::Paused && figures.held_in_waiting() > 0 => FamilyCell {
            href: app.links().queue_state(&figures.queue, JobState::Waiting),
            ..FamilyCell::text("in waiting")
        },
        0 => FamilyCell {
            class: "quiet",
            ..FamilyCell::text("0")
        },
        jobs => FamilyCell {
            href: app.links().queue_state(&figures.queue, state),
            ..FamilyCell::text(thousands(jobs))
        },
    }
}

fn workers(version: &VersionFigures) -> FamilyCell {
    let figures = &version.figures;
    FamilyCell {
        class: match figures.workers {
            Some(0) if figures.counts.outstanding() > 0 => "s-bad",
            _ => "",
        },
        ..FamilyCell::text(
            figures
                .workers
                .map_or_else(|| "unknown".to_owned(), |workers| thousands(workers.into())),
        )
    }
}

fn rate(version: &VersionFigures, of: fn(&Rate) -> Option<f64>) -> FamilyCell {
    let series = version.series.as_deref();
    let rate = series.map(|series| series.rate(unix_millis(), RATE_OVER));
    let jobs = rate.as_ref().and_then(of);
    FamilyCell::text(jobs.map(a_minute).unwrap_or_default())
}

/// Jobs per minute, with one decimal if there are few.
fn a_minute(jobs: f64) -> String {
    match jobs {
        few if few > 0.0 && few < 9.95 => format!("{few:.1}"),
        many => thousands(many.round() as u64),
    }
}

/// How many of the jobs that ended in the last hour failed.
fn failed(series: &Series) -> String {
    let minutes: [Minute; MINUTES] = series.minutes(unix_millis());
    let sum = |count: fn(&Minute) -> Option<u32>| -> u64 {
        minutes.iter().filter_map(count).map(u64::from).sum()
    };
    let failed = sum(|minute| minute.failed);
    part_of(failed, failed + sum(|minute| minute.finished))
}

/// `2.1 % of 1,204`; empty if the whole is 0.
pub(crate) fn part_of(part: u64, all: u64) -> String {
    match (part, all) {
        (_, 0) => String::new(),
        (0, all) => format!("0 % of {}", thousands(all)),
        (part, all) => {
            let percent = part as f64 * 100.0 / all as f64;
            format!("{percent:.1} % of {}", thousands(all))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_parts_read_well() {
        assert_eq!(
            [0.0, 0.04, 3.25, 9.96, 1234.4].map(a_minute),
            ["0", "0.0", "3.2", "10", "1,234"]
        );
        assert_eq!(
            [(0, 0), (0, 12), (1, 3), (1_204, 1_204)].map(|(part, all)| part_of(part, all)),
            ["", "0 % of 12", "33.3 % of 3", "100.0 % of 1,204"]
        );
    }
}
