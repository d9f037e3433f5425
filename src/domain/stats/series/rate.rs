//! How fast the jobs of a queue come and go.

use super::minute::{MINUTES, Minute};

/// Jobs per minute, averaged over the known minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Jobs added per minute; `None` if no minute is known.
    pub added_per_minute: Option<f64>,
    /// Jobs completed per minute; `None` if no minute is known.
    pub finished_per_minute: Option<f64>,
    /// Jobs failed without attempts left per minute; `None` if no minute is known.
    pub failed_per_minute: Option<f64>,
    /// How many whole minutes the figures of ended jobs are based on.
    pub measured_minutes: u32,
}

impl Rate {
    /// Jobs completed or failed per minute; `None` if no minute is known.
    pub fn ended_per_minute(&self) -> Option<f64> {
        Some(self.finished_per_minute? + self.failed_per_minute?)
    }
}

impl Rate {
    /// The rates over the last `minutes` whole minutes of these, of which the last one is not over.
    pub(crate) fn over(all: &[Minute; MINUTES], minutes: usize) -> Self {
        let whole = &all[..MINUTES - 1];
        let last = &whole[whole.len().saturating_sub(minutes)..];
        let counted = |jobs: fn(&Minute) -> Option<u32>| -> Vec<f64> {
            let known = last.iter().filter(|minute| !minute.has_hole);
            known.filter_map(jobs).map(f64::from).collect()
        };
        let mean =
            |jobs: &[f64]| (!jobs.is_empty()).then(|| jobs.iter().sum::<f64>() / jobs.len() as f64);
        let finished = counted(|minute| minute.finished);
        Self {
            added_per_minute: mean(&counted(|minute| minute.added)),
            finished_per_minute: mean(&finished),
            failed_per_minute: mean(&counted(|minute| minute.failed)),
            measured_minutes: u32::try_from(finished.len()).unwrap_or(u32::MAX),
        }
    }
}
