//! Connected workers, and what each of them runs as far as that can be known.

use super::job::JobId;
use super::queue::QueueId;

/// A connected worker, as Redis lists its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The queue that it takes jobs from.
    pub queue: QueueId,
    /// Its own name, if it has one.
    pub name: Option<String>,
    /// The address that it connects from, without the port.
    pub host: String,
    /// That port; empty for a Unix socket.
    pub port: String,
    /// For how many seconds it has been connected.
    pub connected_for: u64,
    /// How many seconds ago it sent its last command.
    pub idle: u64,
    /// Whether it waits for a job right now. A worker that takes several jobs at once may run others meanwhile.
    pub waits: bool,
    /// Its Redis client and that one's version, such as `ioredis 5.4.1`; empty where Redis does not know it (before 7.2).
    pub client: String,
}

/// A worker that was connected to a queue, kept after it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWorker {
    /// Its own name, if it has one; a long one is cut.
    pub name: Option<String>,
    /// The address that it connected from, without the port; a long one is cut.
    pub host: String,
}

/// A job in the active list of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveJob {
    /// The job's id.
    pub id: JobId,
    /// The name of the worker that took it, if BullMQ noted one (`pb`, BullMQ 5 and 6).
    pub worker: Option<String>,
    /// When it was taken, in Unix milliseconds.
    pub since: Option<u64>,
    /// Whether its lock exists, which the worker renews while it runs the job.
    pub locked: bool,
}

/// The active jobs of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActiveJobs {
    /// Those that were read.
    pub jobs: Vec<ActiveJob>,
    /// How many there are.
    pub total: u64,
}

impl ActiveJobs {
    fn is_whole(&self) -> bool {
        self.total <= self.jobs.len() as u64
    }
}

/// What a worker runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Running {
    /// These jobs.
    Jobs {
        /// The jobs that name it.
        jobs: Vec<ActiveJob>,
        /// Whether it may run more, because not all active jobs were read.
        more: bool,
        /// Why a job may be another worker's; `None` if it is surely this one's.
        doubt: Option<Doubt>,
    },
    /// No job.
    Nothing,
    /// It can't be known.
    Unknown(UnknownBecause),
}

/// Why a job that names a worker may be run by another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// So many workers of the queue have this name.
    SameName(usize),
    /// The queue also has workers without a name. A job keeps the name of an earlier worker when such a worker takes it.
    Unnamed,
}

/// Why it can't be known what a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownBecause {
    /// It has no name, so the queue's active jobs do not tell it from others.
    NoName,
    /// Active jobs of the queue name no worker.
    NamelessJobs,
    /// Not all of the queue's active jobs were read.
    TooManyJobs,
    /// The active jobs could not be read.
    Unreadable,
}

/// What `worker` runs, by the active jobs of its queue (`None` if they could not be read) and all workers of that queue.
pub fn running(worker: &Worker, of_queue: &[&Worker], active: Option<&ActiveJobs>) -> Running {
    let Some(active) = active else {
        return Running::Unknown(UnknownBecause::Unreadable);
    };
    if active.total == 0 {
        return Running::Nothing;
    }
    let Some(name) = worker.name.as_deref() else {
        return Running::Unknown(UnknownBecause::NoName);
    };
    let named = |job: &&ActiveJob| job.worker.as_deref() == Some(name);
    let jobs: Vec<ActiveJob> = active.jobs.iter().filter(named).cloned().collect();
    if jobs.is_empty() {
        return if !active.is_whole() {
            Running::Unknown(UnknownBecause::TooManyJobs)
        } else if active.jobs.iter().any(|job| job.worker.is_none()) {
            Running::Unknown(UnknownBecause::NamelessJobs)
        } else {
            Running::Nothing
        };
    }
    let same = of_queue.iter().filter(|other| other.name == worker.name);
    let doubt = match same.count() {
        0 | 1 if of_queue.iter().any(|other| other.name.is_none()) => Some(Doubt::Unnamed),
        0 | 1 => None,
        same => Some(Doubt::SameName(same)),
    };
    Running::Jobs {
        jobs,
        more: !active.is_whole(),
        doubt,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn worker(name: Option<&str>) -> Worker {
        Worker {
            queue: QueueId::new("bull", "email/v2").unwrap(),
            name: name.map(str::to_owned),
            host: "10.0.0.7".to_owned(),
            port: "4242".to_owned(),
            connected_for: 60,
            idle: 1,
            waits: false,
            client: String::new(),
        }
    }

    fn job(id: &str, worker: Option<&str>) -> ActiveJob {
        ActiveJob {
            id: JobId::new(id).unwrap(),
            worker: worker.map(str::to_owned),
            since: None,
            locked: true,
        }
    }

    fn active(jobs: Vec<ActiveJob>, more: u64) -> ActiveJobs {
        let total = jobs.len() as u64 + more;
        ActiveJobs { jobs, total }
    }

    fn told(name: Option<&str>, others: &[Option<&str>], active: Option<ActiveJobs>) -> Running {
        let (own, others) = (worker(name), others.iter().map(|name| worker(*name)));
        let all: Vec<Worker> = std::iter::once(own).chain(others).collect();
        let of_queue: Vec<&Worker> = all.iter().collect();
        running(&all[0], &of_queue, active.as_ref())
    }

    #[test]
    fn what_cannot_be_known_is_unknown_and_not_nothing() {
        use UnknownBecause::*;
        let nobody = || active(vec![job("1", None)], 0);
        let other = |more| active(vec![job("1", Some("b"))], more);
        for (name, jobs, runs) in [
            (Some("a"), None, Running::Unknown(Unreadable)),
            (None, Some(active(vec![], 0)), Running::Nothing),
            (None, Some(other(0)), Running::Unknown(NoName)),
            (Some("a"), Some(nobody()), Running::Unknown(NamelessJobs)),
            (Some("a"), Some(other(0)), Running::Nothing),
            (Some("a"), Some(other(7)), Running::Unknown(TooManyJobs)),
        ] {
            assert_eq!(told(name, &[], jobs.clone()), runs, "{name:?} {jobs:?}");
        }
    }

    #[test]
    fn a_job_that_may_be_anothers_says_why() {
        let doubt_of = |others: &[Option<&str>]| match told(
            Some("a"),
            others,
            Some(active(vec![job("1", Some("a"))], 0)),
        ) {
            Running::Jobs { doubt, .. } => doubt,
            other => panic!("{other:?}"),
        };
        assert_eq!(doubt_of(&[Some("b")]), None);
        assert_eq!(doubt_of(&[Some("b"), Some("a")]), Some(Doubt::SameName(2)));
        assert_eq!(doubt_of(&[None]), Some(Doubt::Unnamed));
    }
}
