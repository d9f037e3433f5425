//! Finds queues that were probably meant to be one: jobs are sent to `cleanup_queue` while the workers wait on
//! `cancel_queue`.

use crate::domain::queue::QueueId;

/// The least similarity of two names, from 0 to 1, if one queue has only jobs and the other only workers. Both halves of
/// the mistake are there, so a weak similarity is enough. `cleanup_queue` and `cancel_queue` have 0.86.
const ALIKE: f64 = 0.8;

/// The least similarity if the other queue is in use itself.
const ALMOST_THE_SAME: f64 = 0.93;

/// The most queues with one half missing that are compared, and the most queues in use that they are compared with: a pair
/// takes up to half a microsecond.
const MOST_COMPARED: usize = 100;
const MOST_IN_USE: usize = 500;

/// A queue that may take part in a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub queue: QueueId,
    /// Its family: versions of one family are never misnamings of each other.
    pub family: String,
    /// Whether it has jobs, workers, or both.
    pub has: Has,
}

/// Whether a queue has jobs, workers, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Has {
    /// Outstanding jobs, and no workers.
    OnlyJobs,
    /// Workers, and never had a job.
    OnlyWorkers,
    /// Both.
    Both,
}

/// For each queue with only jobs or only workers, the queue that was probably meant, if a similar one exists.
pub(crate) fn probably_meant(suspects: &[Suspect]) -> Vec<(QueueId, QueueId)> {
    let with = |has: Has, most: usize| -> Vec<Named<'_>> {
        let those = suspects.iter().filter(|suspect| suspect.has == has);
        those.take(most).map(Named::new).collect()
    };
    let (jobs, workers, both) = (
        with(Has::OnlyJobs, MOST_COMPARED),
        with(Has::OnlyWorkers, MOST_COMPARED),
        with(Has::Both, MOST_IN_USE),
    );
    let lost = jobs.iter().filter_map(|lost| {
        let other_half = workers.iter().filter_map(|other| lost.like(other, ALIKE));
        let in_use = both
            .iter()
            .filter_map(|other| lost.like(other, ALMOST_THE_SAME));
        best(lost, other_half.chain(in_use))
    });
    let waiting = workers.iter().filter_map(|waiting| {
        let others = jobs.iter().filter_map(|other| waiting.like(other, ALIKE));
        best(waiting, others)
    });
    lost.chain(waiting).collect()
}

/// A suspect with its name in the form that is compared.
struct Named<'a> {
    suspect: &'a Suspect,
    name: String,
}

type Likeness<'a> = (f64, &'a QueueId);

impl<'a> Named<'a> {
    fn new(suspect: &'a Suspect) -> Self {
        let name = suspect.queue.name().to_lowercase();
        Self { suspect, name }
    }

    /// The similarity to the other, if it is `at_least` that high and the other may be meant at all.
    fn like(&self, other: &Named<'a>, at_least: f64) -> Option<Likeness<'a>> {
        let (one, theirs) = (self.suspect, other.suspect);
        if one.queue.prefix() != theirs.queue.prefix() || one.family == theirs.family {
            return None;
        }
        let likeness = strsim::jaro_winkler(&self.name, &other.name);
        (likeness >= at_least).then_some((likeness, &theirs.queue))
    }
}

fn best<'a>(
    one: &Named<'_>,
    others: impl Iterator<Item = Likeness<'a>>,
) -> Option<(QueueId, QueueId)> {
    let best = others.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((one.suspect.queue.clone(), best.1.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(name: &str, family: &str, has: Has) -> Suspect {
        Suspect {
            queue: QueueId::new("bull", name).unwrap(),
            family: family.to_owned(),
            has,
        }
    }

    fn meant(suspects: &[(&str, Has)]) -> Vec<(String, String)> {
        let suspects: Vec<Suspect> = suspects
            .iter()
            .map(|(name, has)| suspect(name, name, *has))
            .collect();
        probably_meant(&suspects)
            .into_iter()
            .map(|(one, other)| (one.name().to_owned(), other.name().to_owned()))
            .collect()
    }

    #[test]
    fn the_two_halves_of_a_mistake_are_found_from_both_sides() {
        let found = meant(&[
            ("cleanup_queue", Has::OnlyJobs),
            ("cancel_queue", Has::OnlyWorkers),
            ("report_builder", Has::OnlyWorkers),
            ("clean_queue", Has::Both),
        ]);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            found,
            [
                pair("cleanup_queue", "clean_queue"),
                pair("cancel_queue", "cleanup_queue")
            ]
        );
    }

    #[test]
    fn a_queue_in_use_is_meant_only_where_the_names_are_almost_the_same() {
        let jobs = Has::OnlyJobs;
        assert_eq!(
            meant(&[("cleanup_queue", jobs), ("cancel_queue", Has::Both)]),
            []
        );
        assert_eq!(meant(&[("emails", jobs), ("email", Has::Both)]).len(), 1);
        assert_eq!(
            meant(&[("billing", jobs), ("emails", Has::OnlyWorkers)]),
            []
        );
    }

    #[test]
    fn versions_of_one_family_are_no_misnamings_of_each_other() {
        let suspects = [
            suspect("email/v1", "email", Has::OnlyJobs),
            suspect("email/v2", "email", Has::OnlyWorkers),
        ];
        assert_eq!(probably_meant(&suspects), []);
    }
}
