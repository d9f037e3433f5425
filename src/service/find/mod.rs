//! Finds anything by what one has: the id of a job, or a part of the name of a queue, a family or a user.
//!
//! Nothing outside a person's scope is looked at.

mod jobs;
pub(crate) mod readings;

use std::sync::Arc;

use super::Services;
use super::error::ServiceError;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Action, Operator, Role};
use crate::domain::find::matching::{Best, Pattern, Rank, best};
use crate::domain::find::wanted::Wanted;
use crate::domain::job::job_ref::JobRef;
use crate::domain::queue::QueueId;
use crate::service::live::snapshot::Snapshot;
use crate::store::bullmq::jobs::by_id::JobGlance;
use crate::store::error::StoreError;
use readings::{Effort, JobsFound};

/// A job that was found.
#[derive(Debug, Clone)]
pub(crate) struct FoundJob {
    pub(crate) job: JobRef,
    pub(crate) glance: JobGlance,
}

/// A family that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFamily {
    pub(crate) prefix: String,
    pub(crate) name: String,
    /// How many of its versions the person may see.
    pub(crate) versions: usize,
}

/// How far the search for jobs went.
#[derive(Debug, Clone)]
pub(crate) enum JobSearch {
    /// It was not begun: the text looks like no id.
    NotBegun,
    /// It went so far.
    Done(Arc<JobsFound>),
    /// Redis did not answer; why.
    Failed(String),
}

impl JobSearch {
    /// Whether there is no further job with this id that the person may see.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self, Self::Done(found) if found.is_complete())
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The jobs to show, and how far the search for them went.
    pub(crate) jobs: Vec<FoundJob>,
    pub(crate) search: JobSearch,
    pub(crate) queues: Best<QueueId>,
    pub(crate) families: Best<FoundFamily>,
    /// The users with their roles; none for those who may not know of users.
    pub(crate) users: Best<(String, Option<Role>)>,
}

impl Services {
    /// What `typed` may mean, as far as this person may see it.
    pub(crate) async fn find(
        &self,
        operator: &Operator,
        typed: &str,
        effort: Effort,
    ) -> Result<Found, ServiceError> {
        let wanted = Wanted::parse(typed, self.store.prefixes());
        let most = effort.answers();
        let snapshot = self.overview.now();
        let pattern = Pattern::new(&wanted.text);
        let mut queues = best(
            &pattern,
            &queues_of(&snapshot, operator.scope()),
            QueueId::name,
            most,
        );
        self.put_first(&mut queues, typed, &wanted, &snapshot, operator.scope());
        let families = families_of(&snapshot, operator.scope());
        let families = best(&pattern, &families, |family| &family.name, most);
        let users = self.find_users(operator, &pattern, most).await?;
        let (jobs, search) = match self.find_jobs(operator, typed, &wanted, effort).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "jobs could not be looked up by an id");
                (Vec::new(), JobSearch::Failed(error.plain().to_owned()))
            }
        };
        Ok(Found {
            jobs,
            search,
            queues,
            families,
            users,
        })
    }

    /// Puts the queue that a key names, or that is named by the text as it is, before those whose names hold the text.
    fn put_first(
        &self,
        queues: &mut Best<QueueId>,
        typed: &str,
        wanted: &Wanted,
        snapshot: &Snapshot,
        scope: &Scope,
    ) {
        let prefixes = self.store.prefixes().iter();
        let as_it_is = prefixes.filter_map(|prefix| QueueId::new(prefix, typed.trim()).ok());
        // A key of a job names the job, so that its queue is no exact answer.
        let rank = match wanted.named.is_empty() || wanted.text.ends_with(":meta") {
            true => Rank::Exact,
            false => Rank::Substring,
        };
        let named = wanted.queue.iter().map(|queue| (rank, queue.clone()));
        for one in named.chain(as_it_is.map(|queue| (Rank::Exact, queue))) {
            if scope.holds(&one.1) && snapshot.queue(&one.1).is_some() {
                queues.found.retain(|(_, other)| *other != one.1);
                queues.found.insert(0, one);
            }
        }
    }

    async fn find_jobs(
        &self,
        operator: &Operator,
        typed: &str,
        wanted: &Wanted,
        effort: Effort,
    ) -> Result<(Vec<FoundJob>, JobSearch), StoreError> {
        if wanted.is_empty() || (effort == Effort::Typing && !wanted.looks_like_an_id()) {
            return Ok((Vec::new(), JobSearch::NotBegun));
        }
        let found = self.jobs_by_id(operator, typed, wanted, effort).await?;
        let shown = &found.found[..found.found.len().min(effort.answers())];
        let glances = self.store.glance_at_jobs(shown).await?;
        let jobs = shown.iter().cloned().zip(glances);
        let jobs = jobs.map(|(job, glance)| FoundJob { job, glance }).collect();
        Ok((jobs, JobSearch::Done(found)))
    }

    /// The users whose names match, for those who manage users and see every queue: a user's name may tell of a queue.
    async fn find_users(
        &self,
        operator: &Operator,
        pattern: &Pattern,
        most: usize,
    ) -> Result<Best<(String, Option<Role>)>, ServiceError> {
        let may = Action::ManageUsers.is_for(operator.role());
        if !may || !operator.scope().is_everything() {
            return Ok(Best::default());
        }
        let read = async { Ok(Arc::new(self.store.user_names().await?)) };
        let names = self.finds.users.get((), read).await?;
        let found = best(pattern, &names, String::as_str, most);
        let mut users = Best {
            found: Vec::with_capacity(found.found.len()),
            more: found.more,
        };
        for (rank, name) in found.found {
            let read = self.store.user(&name);
            let user = self.users.get(name.clone(), read).await?;
            users.found.push((rank, (name, user.map(|user| user.role))));
        }
        Ok(users)
    }
}

fn queues_of(snapshot: &Snapshot, scope: &Scope) -> Vec<QueueId> {
    let all = snapshot.queues.iter().map(|version| &version.figures.queue);
    all.filter(|queue| scope.holds(queue)).cloned().collect()
}

/// The families with versions that the scope holds. The snapshot has the versions of a family beside each other.
fn families_of(snapshot: &Snapshot, scope: &Scope) -> Vec<FoundFamily> {
    let mut families: Vec<FoundFamily> = Vec::new();
    for version in snapshot.queues.iter() {
        let (queue, lineage) = (&version.figures.queue, &version.lineage);
        if lineage.label.is_empty() || !scope.holds(queue) {
            continue;
        }
        match families.last_mut() {
            Some(last) if last.prefix == queue.prefix() && last.name == lineage.family => {
                last.versions += 1;
            }
            _ => families.push(FoundFamily {
                prefix: queue.prefix().to_owned(),
                name: lineage.family.clone(),
                versions: 1,
            }),
        }
    }
    families
}
