//! Judging a job's data on its way to another version, off the async threads where it is large.

use crate::domain::access::{Action, Operator};
use crate::domain::edit::data_policy::DataPolicy;
use crate::domain::edit::patch::apply::DataPatch;
use crate::domain::job::JobState;
use crate::domain::policy::PolicyInForce;
use crate::domain::queue::QueueId;
use crate::domain::versions::moved_data::{DataVerdict, judge};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::WalkedJob;

impl Services {
    /// The rules for the data of a job on its way from one queue to another. A patch is a change in both.
    pub(crate) async fn policy_of_move(
        &self,
        operator: &Operator,
        source: &QueueId,
        target: &QueueId,
        job: &str,
    ) -> DataPolicy {
        let mut policy = self.data_policy(operator, target, job).await;
        policy.repair.push(self.policy_for(source, job).await);
        policy.asker.reveal &= operator.may(Action::Reveal, source);
        policy
    }

    /// Whether a change of data under this policy needs a ticket that the reason lacks.
    pub(crate) fn has_no_ticket(&self, policy: &DataPolicy, reason: &str) -> bool {
        let policies: Vec<&PolicyInForce> = policy.repair.iter().collect();
        self.rules.reason_under(&policies, reason).is_err()
    }

    /// Judges a job's data by the policy of the queue it would go to.
    pub(crate) async fn judged(
        &self,
        (job, state): (WalkedJob, JobState),
        reshape: Option<&DataPatch>,
        policy: DataPolicy,
    ) -> Result<(DataVerdict, WalkedJob), ServiceError> {
        let reshape = reshape.cloned();
        // A patch can make much of little.
        let size = match reshape {
            Some(_) => usize::MAX,
            None => job.data().len(),
        };
        run_blocking(size, move || {
            (judge((job.data(), state), reshape.as_ref(), &policy), job)
        })
        .await
    }
}
