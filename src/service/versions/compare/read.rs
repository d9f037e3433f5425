//! Reads for a comparison, in portions of bounded bytes and number: the keys in data, and the values of pairs.

use std::collections::HashSet;

use super::model::{ComparedSample, Comparing, LARGEST_VALUE, MOST_BYTES};
use crate::domain::job::{JobState, JobText};
use crate::domain::queue::QueueId;
use crate::domain::versions::compare::pair::Pair;
use crate::domain::versions::compare::{
    NoKey, PairKey, PairVerdict, Ran, key_in_data, key_of_id, same_value,
};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::Sights;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::samples::results::{TextOf, result_text};

/// How many bytes are read at once.
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;

/// How many jobs are read at once.
const JOBS_AT_ONCE: usize = 200;

impl Services {
    /// Looks in `queue` for the counterparts of jobs that are not among its newest: older ones, and those that have not
    /// finished yet.
    pub(crate) async fn look_for(
        &self,
        queue: &QueueId,
        theirs: &[(PairKey, Ran)],
        ours: &[(PairKey, Ran)],
    ) -> Result<Vec<(PairKey, Ran)>, ServiceError> {
        let known: HashSet<&str> = ours.iter().map(|(_, ran)| ran.id.as_str()).collect();
        let unknown = theirs
            .iter()
            .map(|(_, ran)| &ran.id)
            .filter(|id| !known.contains(id.as_str()));
        let found = self
            .store
            .look_up(queue, unknown.cloned().collect())
            .await?;
        let mut keyed = Vec::with_capacity(found.len());
        for ran in found {
            // The queue itself lists a finished job; for another, only its key shows that it is one.
            let is_ours = ran.is_finished()
                || !ran.id.as_str().contains(':')
                || !self.store.is_another_queues(queue, &ran.id).await?;
            if is_ours && let Ok(key) = key_of_id(&ran.id) {
                keyed.push((key, ran));
            }
        }
        Ok(keyed)
    }

    /// The jobs, with the keys that their data holds.
    pub(crate) async fn by_data(
        &self,
        queue: &QueueId,
        jobs: Vec<Ran>,
        pointer: &str,
        sampled: &mut ComparedSample,
        sights: &Sights,
    ) -> Result<Vec<(PairKey, Ran)>, ServiceError> {
        // The names of the jobs are not known here.
        let hiding = sights.of(queue).of_any_job().clone();
        let mut left = MOST_BYTES;
        let mut readable = Vec::with_capacity(jobs.len());
        for job in jobs {
            match job.data_size <= LARGEST_VALUE && job.data_size <= left {
                true => {
                    left -= job.data_size;
                    readable.push(job);
                }
                false => sampled.leave_out(NoKey::TooLarge),
            }
        }
        let mut keyed = Vec::with_capacity(readable.len());
        for some in in_portions(readable, |job| job.data_size) {
            let wanted = some
                .iter()
                .map(|job| (queue.clone(), job.id.clone(), JobText::Data));
            let texts = self.store.texts(&wanted.collect::<Vec<_>>()).await?;
            let (pointer, hiding) = (pointer.to_owned(), hiding.clone());
            let keys = run_blocking(size(&texts), move || {
                let key = |data: &Option<Vec<u8>>| {
                    // A hidden value is no key.
                    if hiding.touches(&pointer) {
                        return Err(NoKey::Missing);
                    }
                    key_in_data(data.as_deref().unwrap_or_default(), &pointer)
                };
                texts.iter().map(key).collect::<Vec<_>>()
            })
            .await?;
            for (job, key) in some.into_iter().zip(keys) {
                match key {
                    Ok(key) => keyed.push((key, job)),
                    Err(why) => sampled.leave_out(why),
                }
            }
        }
        Ok(keyed)
    }

    /// The verdict on each pair, in their order.
    pub(crate) async fn verdicts(
        &self,
        asked: &Comparing,
        pairs: &[Pair],
    ) -> Result<Vec<PairVerdict>, ServiceError> {
        let mut verdicts: Vec<PairVerdict> = pairs
            .iter()
            .map(|pair| PairVerdict::at_sight(pair).unwrap_or(PairVerdict::NotCompared))
            .collect();
        let mut left = MOST_BYTES;
        let mut to_read = Vec::new();
        for (at, pair) in pairs.iter().enumerate() {
            let (Some(a), Some(b), None) = (&pair.a, &pair.b, PairVerdict::at_sight(pair)) else {
                continue;
            };
            let bytes = a.result_size + b.result_size;
            let small = a.result_size.max(b.result_size) <= LARGEST_VALUE;
            if (small || a.result_size == b.result_size) && bytes <= left {
                left -= bytes;
                to_read.push((at, a, b));
            }
        }
        for some in in_portions(to_read, |(_, a, b)| a.result_size + b.result_size) {
            let wanted: Vec<TextOf> = some
                .iter()
                .flat_map(|(_, a, b)| {
                    let text = result_text(a.state);
                    let of = |queue: &QueueId, ran: &Ran| (queue.clone(), ran.id.clone(), text);
                    [of(&asked.a, a), of(&asked.b, b)]
                })
                .collect();
            let texts = self.store.texts(&wanted).await?;
            let states: Vec<JobState> = some.iter().map(|(_, a, _)| a.state).collect();
            let found = run_blocking(size(&texts), move || results(&states, &texts)).await?;
            for ((at, _, _), verdict) in some.into_iter().zip(found) {
                verdicts[at] = verdict;
            }
        }
        Ok(verdicts)
    }
}

/// The verdicts on pairs of results; `texts` holds two for each state.
fn results(states: &[JobState], texts: &[Option<Vec<u8>>]) -> Vec<PairVerdict> {
    let both = states.iter().zip(texts.chunks(2));
    both.map(|(state, texts)| {
        let text =
            |at: usize| -> &[u8] { texts.get(at).and_then(Option::as_deref).unwrap_or_default() };
        let (a, b) = (text(0), text(1));
        let large = a.len().max(b.len()) as u64 > LARGEST_VALUE;
        match large && a != b {
            // They may still mean the same.
            true if *state != JobState::Failed => PairVerdict::NotCompared,
            true => PairVerdict::Reason,
            false => PairVerdict::of_results(*state, same_value(*state, a, b)),
        }
    })
    .collect()
}

/// The jobs, with the ids that an application chose.
pub(crate) fn by_id(jobs: Vec<Ran>, sampled: &mut ComparedSample) -> Vec<(PairKey, Ran)> {
    let mut keyed = Vec::with_capacity(jobs.len());
    for job in jobs {
        match key_of_id(&job.id) {
            Ok(key) => keyed.push((key, job)),
            Err(why) => sampled.leave_out(why),
        }
    }
    keyed
}

/// Splits what is to be read into portions that fit in one reply.
fn in_portions<T>(all: Vec<T>, size: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut portions: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for item in all {
        bytes += size(&item);
        match portions.last_mut() {
            Some(last) if bytes <= BYTES_AT_ONCE && last.len() < JOBS_AT_ONCE => last.push(item),
            _ => {
                bytes = size(&item);
                portions.push(vec![item]);
            }
        }
    }
    portions
}

fn size(texts: &[Option<Vec<u8>>]) -> usize {
    texts.iter().flatten().map(Vec::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_cut_into_portions_of_bounded_bytes_and_number() {
        let sizes = |all: Vec<u64>| {
            let portions = in_portions(all, |size| *size);
            portions.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(vec![]), Vec::<usize>::new());
        assert_eq!(sizes(vec![BYTES_AT_ONCE; 2]), [1, 1]);
        assert_eq!(sizes(vec![BYTES_AT_ONCE * 2, 1, 1]), [1, 2]);
        assert_eq!(sizes(vec![1; 450]), [200, 200, 50]);
        assert_eq!(sizes(vec![BYTES_AT_ONCE / 2; 5]), [2, 2, 1]);
    }
}
