//! Judging a job's data on its way to another version, off the async threads where it is large.

use crate::domain::edit::data_policy::DataPolicy;
use crate::domain::edit::patch::apply::DataPatch;
use crate::domain::versions::moved_data::{DataVerdict, judge};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::WalkedJob;

impl Services {
    /// Judges a job's data by the policy of the queue it would go to.
    pub(crate) async fn judged(
        &self,
        job: WalkedJob,
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
            (judge(job.data(), reshape.as_ref(), &policy), job)
        })
        .await
    }
}
