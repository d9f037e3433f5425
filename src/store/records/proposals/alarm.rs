//! The alarm of what was done without the second person that it takes (`alarm.lua`).

use crate::clock::unix_millis;
use crate::domain::edit::broken_glass::BrokenGlass;
use crate::domain::queue::QueueId;
use crate::store::error::StoreError;

/// What the alarm says of an edit of `job`, or of `run`, that is made or begun now; the other is empty.
pub(crate) fn alarm(by: &str, queue: &QueueId, job: &str, run: &str) -> Result<String, StoreError> {
    let alarm = BrokenGlass {
        at: unix_millis(),
        by: by.to_owned(),
        prefix: queue.prefix().to_owned(),
        queue: queue.name().to_owned(),
        job: job.to_owned(),
        run: run.to_owned(),
    };
    serde_json::to_string(&alarm).map_err(|error| StoreError::Unexpected(error.to_string()))
}
