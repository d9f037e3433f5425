//! The rules for the data of a job: the schema and the policy in force.

use std::sync::Arc;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::data_policy::{Asker, DataPolicy};
use crate::domain::policy::{FaultyPolicy, PolicyInForce};
use crate::domain::queue::QueueId;
use crate::domain::schema::SchemaFault;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::large_texts::blocking::spawn_blocking;

impl Services {
    /// The rules for the data of a job named `job` in `queue`, for one person.
    pub(crate) async fn data_policy(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: &str,
    ) -> DataPolicy {
        DataPolicy {
            schema: self.schema_for(queue, job).await,
            require_schema: self.rules.require_schema,
            max_data_bytes: self.rules.max_data_bytes,
            repair: vec![self.policy_for(queue, job).await],
            asker: Asker {
                reveal: operator.may(Action::Reveal, queue),
                confirmed: operator.fresh_password(unix_millis()).is_some(),
                ..Asker::default()
            },
        }
    }

    /// The policy in force for a job; the folder is looked at off the async threads.
    pub(crate) async fn policy_for(&self, queue: &QueueId, job: &str) -> PolicyInForce {
        if self.schemas.is_empty() {
            return PolicyInForce::Nothing;
        }
        let lineage = self.rules.pattern.split(queue.name());
        let (schemas, job) = (Arc::clone(&self.schemas), job.to_owned());
        spawn_blocking(move || schemas.policy_for(&lineage, &job))
            .await
            .unwrap_or_else(|error| {
                let message = format!("the policies could not be read: {error}");
                PolicyInForce::Faulty(Arc::new(FaultyPolicy {
                    faults: vec![SchemaFault::of_folder(message)],
                    last_good: None,
                }))
            })
    }

    /// The schema in force for a job; the folder is looked at off the async threads.
    pub(crate) async fn schema_for(&self, queue: &QueueId, job: &str) -> InForce {
        if self.schemas.is_empty() {
            return InForce::Nothing;
        }
        let lineage = self.rules.pattern.split(queue.name());
        let (schemas, job) = (Arc::clone(&self.schemas), job.to_owned());
        spawn_blocking(move || schemas.for_job(&lineage, &job))
            .await
            .unwrap_or_else(|error| {
                let message = format!("the schemas could not be read: {error}");
                InForce::Faulty(Arc::new(vec![SchemaFault::of_folder(message)]))
            })
    }
}
