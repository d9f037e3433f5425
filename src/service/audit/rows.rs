//! The rows of a page of the audit log: an entry, or a run with its entries.

use std::collections::HashMap;

use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::run::{Run, RunId};

/// How many rows a page shows.
pub(crate) const PAGE: usize = 50;

/// One row of a page.
#[derive(Debug)]
pub enum AuditRow {
    /// A single entry.
    Entry(Box<LoggedEntry>),
    /// Several entries of one run.
    Run(Box<RunRow>),
}

impl AuditRow {
    /// The run that it is of; `None` for a single entry.
    pub(super) fn run(&self) -> Option<&RunId> {
        match self {
            Self::Entry(_) => None,
            Self::Run(row) => Some(&row.run),
        }
    }
}

/// The entries of one run that a page holds. Together with the filter, the two ids find exactly these again: a run that
/// goes on below the end of a page has a row of its own on the next one, with the entries from there.
#[derive(Debug)]
pub struct RunRow {
    /// The run's id.
    pub run: RunId,
    /// The run's record; `None` once it is forgotten, as only the newest runs are kept.
    pub record: Option<Run>,
    /// The newest entry about the run itself, or the newest entry where all are about its jobs.
    pub head: LoggedEntry,
    /// The stream id of the newest entry.
    pub newest: String,
    /// The stream id of the oldest entry.
    pub oldest: String,
    /// How many entries it holds.
    pub entries: u64,
    /// How many entries about its jobs ended in which way, in the order of [`AuditOutcome::ALL`].
    jobs: [u64; AuditOutcome::ALL.len()],
}

impl RunRow {
    fn new(run: RunId, newest: LoggedEntry) -> Self {
        let mut row = Self {
            run,
            record: None,
            newest: newest.id.clone(),
            oldest: String::new(),
            entries: 0,
            jobs: Default::default(),
            head: newest.clone(),
        };
        row.add(newest);
        row
    }

    fn add(&mut self, recorded: LoggedEntry) {
        self.entries += 1;
        self.oldest.clone_from(&recorded.id);
        let is_of_job = !recorded.entry.job.is_absent();
        if is_of_job {
            let place = recorded.entry.outcome.value();
            let place = place.and_then(|it| AuditOutcome::ALL.iter().position(|one| one == it));
            if let Some(place) = place {
                self.jobs[place] += 1;
            }
        } else if !self.head.entry.job.is_absent() {
            self.head = recorded;
        }
    }

    /// How many entries about jobs ended in which way; none that did not occur.
    pub fn outcomes(&self) -> impl Iterator<Item = (AuditOutcome, u64)> {
        let counted = AuditOutcome::ALL.iter().copied().zip(self.jobs);
        counted.filter(|(_, count)| *count > 0)
    }
}

/// The rows of a page while it is being read, from new to old.
#[derive(Debug)]
pub(super) struct PageRows {
    rows: Vec<AuditRow>,
    groups_runs: bool,
    /// The row of each run on the page.
    runs: HashMap<RunId, usize>,
    /// The stream id of the last entry that was taken.
    last: Option<String>,
}

impl PageRows {
    /// An empty page.
    pub(super) fn new(groups_runs: bool) -> Self {
        Self {
            rows: Vec::new(),
            groups_runs,
            runs: HashMap::new(),
            last: None,
        }
    }

    /// Takes the next entry. `false` where it belongs on the next page, since this one is full.
    #[must_use]
    pub(super) fn take(&mut self, recorded: LoggedEntry) -> bool {
        let run = recorded.entry.run.value().cloned();
        let run = run.filter(|_| self.groups_runs);
        let place = run.as_ref().and_then(|run| self.runs.get(run)).copied();
        if place.is_none() && self.rows.len() == PAGE {
            return false;
        }
        self.last = Some(recorded.id.clone());
        match (place.and_then(|place| self.rows.get_mut(place)), run) {
            (Some(AuditRow::Run(row)), _) => row.add(recorded),
            (_, Some(run)) => {
                self.runs.insert(run.clone(), self.rows.len());
                let row = RunRow::new(run, recorded);
                self.rows.push(AuditRow::Run(Box::new(row)));
            }
            (_, None) => self.rows.push(AuditRow::Entry(Box::new(recorded))),
        }
        true
    }

    /// Whether no other row fits.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= PAGE
    }

    /// The stream id of the last entry that was taken, before which the next page begins.
    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// The rows. A run with a single entry is that entry.
    pub(super) fn finish(self) -> Vec<AuditRow> {
        let plain = |row| match row {
            AuditRow::Run(row) if row.entries == 1 => AuditRow::Entry(Box::new(row.head)),
            row => row,
        };
        self.rows.into_iter().map(plain).collect()
    }
}
