//! The jobs below a job in its flow, across queues, up to a bound.

use std::collections::{HashSet, VecDeque};

use super::children::{CHILD_STANDINGS, ask_children, child_keys};
use crate::domain::job::JobId;
use crate::domain::job::flow::Relative;
use crate::domain::job::job_ref::JobRef;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// What is below a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Below {
    /// These jobs, those of one depth behind those above them.
    Jobs(Vec<JobRef>),
    /// More than was asked for.
    TooMany,
    /// One of them is under a prefix that Bullkeeper does not look under.
    Elsewhere,
}

impl Store {
    /// The jobs below `root` that exist, `most` at most.
    pub async fn jobs_below(&self, root: &JobRef, most: usize) -> Result<Below, StoreError> {
        let mut found: Vec<JobRef> = Vec::new();
        let mut met = HashSet::from([keys::of_job(&root.queue, &root.id)]);
        let mut parents = VecDeque::from([root.clone()]);
        while let Some(parent) = parents.pop_front() {
            let Some(children) = self.child_keys_of(&parent, most).await? else {
                return Ok(Below::TooMany);
            };
            let fresh: Vec<String> = children
                .into_iter()
                .filter(|key| met.insert(key.clone()))
                .collect();
            for key in self.existing_keys(fresh).await? {
                let Some(child) = self.job_of_key(&key) else {
                    return Ok(Below::Elsewhere);
                };
                if found.len() == most {
                    return Ok(Below::TooMany);
                }
                found.push(child.clone());
                parents.push_back(child);
            }
        }
        Ok(Below::Jobs(found))
    }

    /// The keys of a job's children; `None` where there are more than `most`.
    async fn child_keys_of(
        &self,
        parent: &JobRef,
        most: usize,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let mut pipeline = redis::pipe();
        ask_children(&mut pipeline, &parent.queue, &parent.id);
        let counts = self.redis.read(&mut pipeline).await?.into_iter();
        let count: u64 = counts.filter_map(reply::number).sum();
        if count == 0 {
            return Ok(Some(Vec::new()));
        }
        if count > most as u64 {
            return Ok(None);
        }
        let mut pipeline = redis::pipe();
        for standing in CHILD_STANDINGS {
            let (suffix, _, sample) = child_keys(standing);
            let key = keys::beside_job(&parent.queue, &parent.id, suffix);
            match sample {
                "SRANDMEMBER" => pipeline.cmd("SMEMBERS").arg(key),
                "HRANDFIELD" => pipeline.cmd("HKEYS").arg(key),
                _ => pipeline.cmd("ZRANGE").arg(key).arg(0).arg(-1),
            };
        }
        let answers = self.redis.read(&mut pipeline).await?;
        Ok(Some(answers.into_iter().flat_map(reply::texts).collect()))
    }

    /// Those of these keys that exist.
    async fn existing_keys(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        let mut pipeline = redis::pipe();
        for key in &keys {
            pipeline.cmd("EXISTS").arg(key);
        }
        let answers = self.redis.read(&mut pipeline).await?;
        let both = keys.into_iter().zip(answers);
        Ok(both
            .filter(|(_, exists)| reply::is_something(exists))
            .map(|(key, _)| key)
            .collect())
    }

    /// The job that a key names, under one of the prefixes.
    fn job_of_key(&self, key: &str) -> Option<JobRef> {
        let relative = Relative::from_key(key, &self.prefixes)?;
        if !self.prefixes.contains(&relative.prefix) {
            return None;
        }
        let queue = QueueId::new(&relative.prefix, &relative.queue).ok()?;
        Some(JobRef::new(&queue, &JobId::new(relative.id)?))
    }
}
