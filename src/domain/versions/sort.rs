//! The order of the overview's rows by one column.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::VersionedName;
use crate::domain::job::JobState;
use crate::domain::queue::QueueFigures;

/// A column that the overview can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortColumn {
    /// The queue's name: its family, then its version.
    Name,
    /// The number of jobs in a state.
    State(JobState),
    /// The number of workers.
    Workers,
    /// How long the oldest waiting job has waited.
    Wait,
}

/// A column and a direction. An address holds it as the column's name, with a minus sign for the largest first: `-failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OverviewSort {
    /// The column.
    pub column: SortColumn,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl SortColumn {
    /// Every column, from left to right.
    pub fn all() -> impl Iterator<Item = Self> {
        let states = JobState::KEPT.into_iter().map(Self::State);
        std::iter::once(Self::Name)
            .chain(states)
            .chain([Self::Workers, Self::Wait])
    }

    /// Its name in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State(state) => state.name(),
            Self::Workers => "workers",
            Self::Wait => "wait",
        }
    }

    /// The order that somebody who chooses the column looks for: names from A on, and the largest figures first.
    pub fn usual(self) -> OverviewSort {
        OverviewSort {
            column: self,
            descending: self != Self::Name,
        }
    }

    /// The figure to sort by; `None` where it is unknown.
    fn figure(self, figures: &QueueFigures) -> Option<u64> {
        match self {
            Self::Name => None,
            Self::State(state) => Some(figures.count_of(state)),
            Self::Workers => figures.workers.map(u64::from),
            // The earlier a job was added, the longer it has waited.
            Self::Wait => figures.oldest_waiting.map(|at| u64::MAX - at),
        }
    }
}

impl OverviewSort {
    /// The same column the other way round.
    pub fn reversed(self) -> Self {
        Self {
            descending: !self.descending,
            ..self
        }
    }

    /// The order of two queues. Unknown figures come last in both directions.
    pub(crate) fn compare(
        self,
        one: (&VersionedName, &QueueFigures),
        other: (&VersionedName, &QueueFigures),
    ) -> Ordering {
        let directed = |order: Ordering| match self.descending {
            true => order.reverse(),
            false => order,
        };
        if self.column == SortColumn::Name {
            let names = (one.0.family.cmp(&other.0.family))
                .then_with(|| one.0.version.cmp(&other.0.version))
                .then_with(|| one.1.queue.cmp(&other.1.queue));
            return directed(names);
        }
        let figure = |(_, figures): (_, &QueueFigures)| self.column.figure(figures);
        match (figure(one), figure(other)) {
            (Some(one), Some(other)) => directed(one.cmp(&other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
}

impl fmt::Display for OverviewSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.descending { "-" } else { "" };
        write!(f, "{sign}{}", self.column.name())
    }
}

impl FromStr for OverviewSort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let column = SortColumn::all().find(|column| column.name() == name);
        let column = column.ok_or_else(|| {
            let names: Vec<&str> = SortColumn::all().map(SortColumn::name).collect();
            format!(
                "The overview can't be sorted by {text:?}. The columns are {}, each with a minus sign for the largest first.",
                names.join(", ")
            )
        })?;
        Ok(Self { column, descending })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::queue::bullmq_version::BullmqVersion;
    use crate::domain::queue::{Counts, QueueId};
    use crate::domain::versions::VersionPattern;

    fn queue(name: &str, failed: u64, workers: Option<u32>, oldest: Option<u64>) -> QueueFigures {
        QueueFigures {
            queue: QueueId::new("bull", name).unwrap(),
            counts: Counts {
                failed,
                ..Counts::default()
            },
            paused: false,
            workers,
            unnamed_workers: false,
            worker_seen: None,
            oldest_waiting: oldest,
            delayed_span: None,
            bull_version: BullmqVersion::default(),
            keeps_events: true,
        }
    }

    fn sorted(sort: &str) -> Vec<String> {
        let pattern = VersionPattern::new(crate::config::default_version_pattern());
        let queues = [
            queue("email/v10", 3, Some(2), Some(500)),
            queue("email/v9", 0, None, None),
            queue("billing/v2", 7, Some(0), Some(100)),
        ];
        let mut rows: Vec<_> = queues
            .iter()
            .map(|figures| (pattern.split(figures.queue.name()), figures))
            .collect();
        let sort: OverviewSort = sort.parse().unwrap();
        rows.sort_by(|one, other| sort.compare((&one.0, one.1), (&other.0, other.1)));
        let name = |row: &(VersionedName, &QueueFigures)| row.1.queue.name().to_owned();
        rows.iter().map(name).collect()
    }

    #[test]
    fn rows_are_sorted_by_figures_and_versions_by_their_numbers() {
        for (sort, first_to_last) in [
            ("name", ["billing/v2", "email/v9", "email/v10"]),
            ("-name", ["email/v10", "email/v9", "billing/v2"]),
            ("-failed", ["billing/v2", "email/v10", "email/v9"]),
            ("failed", ["email/v9", "email/v10", "billing/v2"]),
            ("-wait", ["billing/v2", "email/v10", "email/v9"]),
        ] {
            assert_eq!(sorted(sort), first_to_last, "{sort}");
        }
    }

    #[test]
    fn what_is_unknown_comes_last_in_both_directions() {
        for sort in ["workers", "-workers", "wait", "-wait"] {
            assert_eq!(sorted(sort)[2], "email/v9", "{sort}");
        }
    }

    #[test]
    fn an_address_names_each_order_in_one_way_and_a_wrong_one_is_told_the_columns() {
        let orders: Vec<String> = SortColumn::all()
            .flat_map(|column| [column.usual(), column.usual().reversed()])
            .map(|sort| sort.to_string())
            .collect();
        assert_eq!(orders.len(), 22);
        for order in &orders {
            assert_eq!(&order.parse::<OverviewSort>().unwrap().to_string(), order);
        }
        for wrong in ["", "-", "--failed", "Failed", "bullmq"] {
            let error = wrong.parse::<OverviewSort>().unwrap_err();
            assert!(error.contains("waiting-children, completed"), "{error}");
        }
    }
}
