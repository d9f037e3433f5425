//! The work of a run that repairs jobs: batch after batch in one pass through each state. Each job is changed by a script of its own,
//! which compares its bytes, writes its entry and counts it, at most once by a run. So going on after the process was killed does
//! nothing twice.

use std::collections::HashSet;
use std::sync::Arc;

use super::judged::Agreed;
use super::ready_changes::piece;
use crate::domain::access::permission::RepairMany;
use crate::domain::audit::unrecorded::Act;
use crate::domain::job::JobId;
use crate::domain::repair::change::RepairChange;
use crate::domain::repair::spec::RepairSpec;
use crate::domain::repair::verdict::RepairSkip;
use crate::domain::run::{Run, RunKind};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered_walk::{FilteredBatch, FilteredWalk};
use crate::service::runs::skipped_jobs::SkippedJobs;
use crate::service::runs::worker::{RunProgress, Work, broken, spec_of};
use crate::store::bullmq::operations::job::Operated;
use crate::store::bullmq::operations::repair::RepairPiece;
use crate::store::records::runs::held::HeldRun;

/// How many jobs are repaired with one round trip to Redis, each by a short script of its own.
pub(crate) const BATCH: u64 = 100;

/// A run does not pause before it has looked at so many jobs.
const PAUSES_AFTER: u64 = 20;

/// What the words of a run begin with that paused because too many jobs failed. Whoever continues it has seen them, so it does not
/// pause for that again.
const TOO_MANY_FAIL: &str = "Too many jobs fail.";

/// A repair under way.
#[derive(Debug)]
pub(crate) struct Repairing {
    spec: RepairSpec,
    change: Arc<RepairChange>,
    walk: FilteredWalk,
    skipped: SkippedJobs,
    /// How many jobs the run has changed, before this process took it up and since.
    done: u64,
    share: FailingShare,
}

/// How many of the jobs fail.
#[derive(Debug)]
struct FailingShare {
    /// Whether the run pauses if too many do.
    counts: bool,
    failed: u64,
    others: u64,
}

impl FailingShare {
    fn add(&mut self, failed: bool) {
        match failed {
            true => self.failed += 1,
            false => self.others += 1,
        }
    }

    /// Whether more than so many percent of enough jobs failed.
    fn is_above(&self, percent: u64) -> bool {
        let all = self.failed + self.others;
        self.counts && all >= PAUSES_AFTER && self.failed * 100 > percent * all
    }
}

impl Work for Repairing {
    type Permission = RepairMany;

    const KIND: RunKind = RunKind::Repair;

    const ACT: Act<RepairMany> = Act::REPAIR_MANY;

    fn of(run: &Run) -> Result<Self, ServiceError> {
        let spec: RepairSpec = spec_of(run)?;
        Ok(Self {
            change: Arc::new(spec.change.ready().map_err(|why| broken(run, why))?),
            walk: FilteredWalk::new(&spec.filter).map_err(|why| broken(run, why))?,
            spec,
            skipped: SkippedJobs::default(),
            done: run.figures.done,
            share: FailingShare {
                counts: !run.words.starts_with(TOO_MANY_FAIL),
                failed: 0,
                others: 0,
            },
        })
    }

    async fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<RepairMany>,
    ) -> Result<RunProgress, ServiceError> {
        let queue = &held.run().source;
        if services.rules_for(queue).await? != self.spec.rules {
            let words = "A schema or a policy of this queue changed after the review. Nothing more is changed by this run. Review the repair again.";
            return self.end(services, held, Err(words.to_owned())).await;
        }
        if let Some(words) = services.hidden_from(held.by(), queue).await {
            return self.end(services, held, Err(words.to_owned())).await;
        }
        let limit = services.rules.repair_limit;
        let room = limit.saturating_sub(self.done);
        let sight = services.sight(held.by(), queue).await;
        let fields = services.fields_to_repair(sight.fields(self.walk.fields()));
        let count = BATCH.min(room.max(1));
        let batch = self
            .walk
            .next((&services.store, &sight), queue, count, fields);
        let Some(batch) = batch.await? else {
            return self.end(services, held, Ok(String::new())).await;
        };
        if room == 0 {
            let words = format!(
                "One run repairs up to {limit} jobs (setting repair_limit), and this one has. Begin another for the rest."
            );
            return self.end(services, held, Err(words)).await;
        }
        if !self.repair(services, held, batch).await? {
            return Ok(RunProgress::Halted);
        }
        let percent = services.rules.repair_failing_percent;
        if self.share.is_above(percent) {
            let FailingShare { failed, others, .. } = self.share;
            let all = failed + others;
            let words = format!(
                "{TOO_MANY_FAIL} {failed} of {all} could not be changed, and the run pauses above {percent} % (setting repair_failing_percent). Continue it to repair the others all the same."
            );
            return self.end(services, held, Err(words)).await;
        }
        Ok(RunProgress::More)
    }
}

impl Repairing {
    /// Writes down what was skipped, and ends the run or lets it pause.
    async fn end(
        &self,
        services: &Services,
        held: &HeldRun<RepairMany>,
        how: Result<String, String>,
    ) -> Result<RunProgress, ServiceError> {
        if !self.skipped.write(services, held).await? {
            return Ok(RunProgress::Halted);
        }
        Ok(match how {
            Ok(words) => RunProgress::Done(words),
            Err(words) => RunProgress::Paused(words),
        })
    }

    /// Repairs the jobs of a batch and goes on behind it; `false` if the run is not held. Whatever fails is tried again from the
    /// same place.
    async fn repair(
        &mut self,
        services: &Services,
        held: &HeldRun<RepairMany>,
        mut batch: FilteredBatch,
    ) -> Result<bool, ServiceError> {
        let queue = &held.run().source;
        let jobs = std::mem::take(&mut batch.jobs);
        let agreed = match held.run().approval.is_given() {
            true => Agreed::Yes,
            false => Agreed::No,
        };
        let judged = services
            .judge_for_repair(held.by(), queue, jobs, &self.change, agreed)
            .await?;
        let (ready, stays, right) = services.ready_changes(held, judged).await?;
        let pieces: Vec<RepairPiece> = ready
            .into_iter()
            .map(|one| piece(held, one, self.spec.retry))
            .collect::<Result<_, _>>()?;
        let Some(written) = services.write_pieces(held, &pieces).await? else {
            return Ok(false);
        };
        let mut gone = HashSet::new();
        for (id, came) in written {
            match came {
                Ok(Operated::DoneBefore) => {}
                Ok(came) if came.is_done() => {
                    self.done += 1;
                    self.share.add(false);
                    if self.spec.retry {
                        gone.insert(id.as_str().to_owned());
                    }
                }
                Ok(came) => self.skip(&id, skip_of(came)),
                Err(words) => {
                    self.share.add(true);
                    self.skipped.add(&id, words);
                }
            }
        }
        for (id, why) in &stays {
            self.skip(id, *why);
        }
        for id in &batch.unread {
            self.skip(id, RepairSkip::Unread);
        }
        for id in std::mem::take(&mut batch.astray) {
            if !services.store.was_done_by_run(held, &id).await? {
                self.skip(&id, RepairSkip::Astray);
            }
        }
        self.share.others += right;
        self.walk.pass(&batch, |id| !gone.contains(id));
        Ok(true)
    }

    fn skip(&mut self, id: &JobId, why: RepairSkip) {
        if why.is_failure() {
            self.share.add(true);
        }
        self.skipped.add(id, why.words());
    }
}

/// Why the script left a job as it is.
fn skip_of(came: Operated) -> RepairSkip {
    match came {
        Operated::Gone => RepairSkip::Gone,
        Operated::Locked => RepairSkip::Locked,
        Operated::WrongState => RepairSkip::Astray,
        Operated::Changed => RepairSkip::Changed,
        Operated::TooLarge => RepairSkip::TooLarge,
        Operated::HasChildren
        | Operated::NextWaits
        | Operated::PassedOver
        | Operated::Scheduled => RepairSkip::NotRetried,
        Operated::Done | Operated::DoneAndRemoved | Operated::DoneBefore | Operated::Halted => {
            RepairSkip::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_pauses_above_the_share_and_not_before_it_has_looked_at_enough_jobs() {
        let share = |failed, others| FailingShare {
            counts: true,
            failed,
            others,
        };
        assert!(!share(19, 0).is_above(10), "too few to say");
        assert!(share(20, 0).is_above(10));
        assert!(!share(2, 18).is_above(10), "a tenth is not above a tenth");
        assert!(share(3, 18).is_above(10));
        assert!(!share(100, 0).is_above(100));
        let continued = FailingShare {
            counts: false,
            ..share(20, 0)
        };
        assert!(!continued.is_above(10));
    }
}
