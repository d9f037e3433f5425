//! Jobs before and after, as a dry run shows a few of those that would change: the first, any, and the one that changes most.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::job::JobId;
use crate::domain::json::pretty_or_raw;
use crate::service::edit::assess::CONTEXT;
use crate::store::bullmq::jobs::walk::WalkedJob;

/// A job's data before and after.
#[derive(Debug)]
pub struct RepairSample {
    /// Why it is shown.
    pub why: &'static str,
    /// The job.
    pub id: JobId,
    /// In how many places it would change.
    pub places: usize,
    /// Both texts side by side.
    pub diff: Diff,
}

/// The jobs that samples may be made of.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    first: Option<Candidate>,
    /// The one whose mark is least, and the mark: any is as likely as another, and the same one is found again.
    random: Option<(u64, Candidate)>,
    most: Option<Candidate>,
}

#[derive(Debug, Clone)]
struct Candidate {
    id: JobId,
    before: Arc<[u8]>,
    after: Arc<str>,
    places: usize,
}

impl Candidates {
    pub(super) fn add(&mut self, reviewed: &str, job: &WalkedJob, after: String, places: usize) {
        let mut hasher = DefaultHasher::new();
        (reviewed, job.id.as_str()).hash(&mut hasher);
        let mark = hasher.finish();
        let is_random = self.random.as_ref().is_none_or(|(least, _)| mark < *least);
        let is_most = self.most.as_ref().is_none_or(|most| places > most.places);
        if self.first.is_some() && !is_random && !is_most {
            return;
        }
        let candidate = Candidate {
            id: job.id.clone(),
            before: job.data().into(),
            after: after.into(),
            places,
        };
        if is_random {
            self.random = Some((mark, candidate.clone()));
        }
        if is_most {
            self.most = Some(candidate.clone());
        }
        self.first.get_or_insert(candidate);
    }

    /// Each job once.
    pub(super) fn into_samples(self) -> Vec<RepairSample> {
        let all = [
            ("First", self.first),
            ("Random", self.random.map(|(_, one)| one)),
            ("Most places", self.most),
        ];
        let mut samples: Vec<RepairSample> = Vec::new();
        for (why, candidate) in all {
            let Some(Candidate {
                id,
                before,
                after,
                places,
            }) = candidate
            else {
                continue;
            };
            if samples.iter().any(|sample| sample.id == id) {
                continue;
            }
            let before = String::from_utf8_lossy(&before);
            let diff = side_by_side(&pretty_or_raw(&before), &pretty_or_raw(&after), CONTEXT);
            samples.push(RepairSample {
                why,
                id,
                places,
                diff,
            });
        }
        samples
    }
}
