//! Since when a version is stranded: it has outstanding jobs and no worker. Redis does not keep this, so it is derived from
//! what one process saw of the queue.

/// The moment from which on something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Since {
    /// The moment, in Unix milliseconds.
    pub at: u64,
    /// Whether it began then. Otherwise it held when it was first looked at, and began at an unknown time before.
    pub exact: bool,
}

/// What was seen of one queue's jobs and workers.
#[derive(Debug, Default)]
pub(crate) struct StrandedWatch {
    /// Whether everything was seen until a moment ago, so that what a look finds changed has changed just now.
    in_sight: bool,
    /// Since when jobs are outstanding.
    jobs: Option<Since>,
    /// Since when no worker is connected.
    no_workers: Option<Since>,
    /// Whether the last look found workers.
    had_workers: bool,
    /// When the last worker went that a look had found; kept while it is unknown whether others are there.
    left: Option<Since>,
}

impl StrandedWatch {
    /// Takes what was seen at `now` (Unix milliseconds): the outstanding jobs and the workers, `None` if unknown. `trace` is
    /// when a worker without a name was last there, if that is known.
    pub(crate) fn look(
        &mut self,
        outstanding: u64,
        workers: Option<u32>,
        trace: Option<u64>,
        now: u64,
    ) {
        let since_now = Since {
            at: now,
            exact: self.in_sight,
        };
        self.jobs = match outstanding {
            0 => None,
            _ => self.jobs.or(Some(since_now)),
        };
        let has_workers = workers.is_some_and(|workers| workers > 0);
        if std::mem::replace(&mut self.had_workers, has_workers) && !has_workers {
            self.left = Some(since_now);
        }
        match workers {
            Some(0) => {
                let left = self.left;
                self.no_workers.get_or_insert(left.unwrap_or(Since {
                    at: now,
                    exact: false,
                }));
            }
            Some(_) => (self.no_workers, self.left) = (None, None),
            None => {
                self.no_workers = None;
                // A worker without a name may stay longer than the last one with a name.
                let trace = trace.map(|at| Since {
                    at: at.min(now),
                    exact: true,
                });
                self.left = self.left.max(trace);
            }
        }
    }

    /// Says that jobs and workers have both been looked at: from now on, changes are found when they happen.
    pub(crate) fn keep_in_sight(&mut self) {
        self.in_sight = true;
    }

    /// Says that nothing was seen for some time: what the next looks find changed did so at an unknown time before.
    pub(crate) fn lose_sight(&mut self) {
        self.in_sight = false;
    }

    /// Since when it is stranded; `None` if it is not.
    pub(crate) fn since(&self) -> Option<Since> {
        Some(self.jobs?.max(self.no_workers?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known after these looks, a second apart: outstanding jobs, workers, trace.
    fn after(looks: &[(u64, Option<u32>, Option<u64>)]) -> Option<Since> {
        let mut watch = StrandedWatch::default();
        for (&(outstanding, workers, trace), second) in looks.iter().zip(1..) {
            watch.look(outstanding, workers, trace, second * 1_000);
            watch.keep_in_sight();
        }
        watch.since()
    }

    /// What is known after a look, an hour in which nothing was seen, and then these looks.
    fn after_an_hour(before: (u64, Option<u32>), looks: &[(u64, Option<u32>)]) -> Option<Since> {
        let mut watch = StrandedWatch::default();
        watch.look(before.0, before.1, None, 1_000);
        watch.keep_in_sight();
        watch.lose_sight();
        for (&(outstanding, workers), second) in looks.iter().zip(1..) {
            watch.look(outstanding, workers, None, HOUR + second * 1_000);
        }
        watch.since()
    }

    const HOUR: u64 = 3_600_000;

    #[test]
    fn what_changed_while_nothing_was_seen_did_so_at_an_unknown_time() {
        let first = before(HOUR + 1_000);
        assert_eq!(after_an_hour((5, Some(1)), &[(5, Some(0))]), first);
        assert_eq!(after_an_hour((0, Some(0)), &[(5, Some(0))]), first);
        // The workers are looked at first, and then whether one without a name is left.
        let unnamed = [(5, None), (5, Some(0))];
        assert_eq!(after_an_hour((5, Some(1)), &unnamed), first);
        // Only the workers were looked at; the jobs may be as old as the gap.
        let jobs_later = [(0, Some(0)), (5, Some(0))];
        let second = before(HOUR + 2_000);
        assert_eq!(after_an_hour((0, Some(1)), &jobs_later), second);
    }

    #[test]
    fn what_was_known_before_nothing_was_seen_stays_known_and_what_comes_after_is_exact() {
        let mut watch = StrandedWatch::default();
        watch.look(0, Some(1), None, 1_000);
        watch.keep_in_sight();
        watch.look(5, Some(0), None, 2_000);
        watch.lose_sight();
        watch.look(5, Some(0), None, HOUR);
        assert_eq!(watch.since(), exactly(2_000));
        watch.look(5, Some(1), None, HOUR + 1_000);
        watch.keep_in_sight();
        watch.look(5, Some(0), None, HOUR + 2_000);
        assert_eq!(watch.since(), exactly(HOUR + 2_000));
    }

    fn exactly(at: u64) -> Option<Since> {
        Some(Since { at, exact: true })
    }

    fn before(at: u64) -> Option<Since> {
        Some(Since { at, exact: false })
    }

    #[test]
    fn a_version_is_stranded_from_when_its_last_worker_went_or_its_first_job_came() {
        let worker_went = [(5, Some(1), None), (5, Some(0), None), (4, Some(0), None)];
        assert_eq!(after(&worker_went), exactly(2_000));
        let job_came = [(0, Some(1), None), (0, Some(0), None), (1, Some(0), None)];
        assert_eq!(after(&job_came), exactly(3_000));
        let job_came_first = [(0, Some(1), None), (1, Some(1), None), (1, Some(0), None)];
        assert_eq!(after(&job_came_first), exactly(3_000));
    }

    #[test]
    fn what_was_stranded_at_the_first_look_began_before() {
        assert_eq!(after(&[(5, Some(0), None)]), before(1_000));
        let later = [(5, Some(0), None), (7, Some(0), None)];
        assert_eq!(after(&later), before(1_000));
        // Nobody knows when its last worker went, but its first job came at a known time.
        let job_came = [(0, Some(0), None), (1, Some(0), None)];
        assert_eq!(after(&job_came), exactly(2_000));
    }

    #[test]
    fn while_it_is_unknown_whether_a_worker_is_there_it_is_not_stranded() {
        let unknown = (5, None, None);
        assert_eq!(after(&[(5, Some(1), None), unknown]), None);
        // Then it turns out that nobody was left.
        let nobody = [(5, Some(1), None), unknown, (5, Some(0), None)];
        assert_eq!(after(&nobody), exactly(2_000));
        // The trace says when the last worker went; when the first job came is not known.
        let trace = [(5, None, Some(700)), (5, Some(0), None)];
        assert_eq!(after(&trace), before(1_000));
        let job_came = [(0, None, Some(700)), (1, Some(0), None)];
        assert_eq!(after(&job_came), exactly(2_000));
        assert_eq!(after(&[unknown, (5, Some(0), None)]), before(2_000));
    }

    #[test]
    fn a_worker_that_comes_ends_it_and_the_next_time_is_its_own() {
        let again = [
            (5, Some(0), None),
            (5, Some(2), None),
            (5, Some(0), None),
            (5, Some(0), None),
        ];
        assert_eq!(after(&again), exactly(3_000));
        assert_eq!(after(&again[..2]), None);
        let emptied = [(5, Some(0), None), (0, Some(0), None)];
        assert_eq!(after(&emptied), None);
    }
}
