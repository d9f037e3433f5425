//! The dry run of undoing a run: how many jobs would go back, and why the others would stay. Nothing is changed.

use std::collections::BTreeMap;

use super::cursor::UndoCursor;
use super::judged::{BATCH, JudgedUndo};
use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::run::Run;
use crate::domain::undo_run::{UndoRunSpec, UndoSkip};
use crate::service::Services;
use crate::service::error::ServiceError;

/// A dry run looks at so many edits at most, and at so many parts of the log.
const MOST_EDITS: u64 = 10_000;
const MOST_SCANS: usize = 400;

/// How many jobs that stay as they are it lists.
const MOST_LISTED: usize = 50;

/// What a dry run found.
#[derive(Debug, Default)]
pub struct UndoDryRun {
    /// How many jobs the run changed, as it counted them.
    pub total: u64,
    /// How many of its edits were looked at.
    pub looked_at: u64,
    /// Whether these are all that the log holds.
    pub complete: bool,
    /// How many jobs would go back.
    pub would: u64,
    /// How many of those are in another state than when the run edited them, as after a retry.
    pub elsewhere: u64,
    /// How many would stay as they are, by reason.
    pub stays: BTreeMap<UndoSkip, u64>,
    /// The first of those.
    pub listed: Vec<(JobId, UndoSkip)>,
}

impl Services {
    /// Looks at what undoing a run would do to each job, up to a bound.
    pub async fn dry_run_of_undo(
        &self,
        operator: &Operator,
        run: &Run,
        spec: &UndoRunSpec,
    ) -> Result<UndoDryRun, ServiceError> {
        let mut found = UndoDryRun {
            total: run.figures.done,
            ..UndoDryRun::default()
        };
        let mut cursor = UndoCursor::default();
        for _ in 0..MOST_SCANS {
            let part = self.edits_of_run(spec, &mut cursor).await?;
            if part.end {
                found.complete = true;
                break;
            }
            let mut edits = part.edits;
            while !edits.is_empty() {
                let rest = edits.split_off(edits.len().min(BATCH));
                found.looked_at += edits.len() as u64;
                for one in self
                    .judge_undo(operator, (&run.source, None), edits)
                    .await?
                {
                    found.add(one);
                }
                edits = rest;
            }
            if found.looked_at >= MOST_EDITS {
                break;
            }
        }
        Ok(found)
    }
}

impl UndoDryRun {
    fn add(&mut self, judged: JudgedUndo) {
        match judged {
            JudgedUndo::Ready(job) => {
                self.would += 1;
                self.elsewhere += u64::from(job.edited_in.is_some_and(|state| state != job.state));
            }
            JudgedUndo::Stays(id, why) => {
                *self.stays.entry(why).or_default() += 1;
                if self.listed.len() < MOST_LISTED {
                    self.listed.push((id, why));
                }
            }
        }
    }
}
