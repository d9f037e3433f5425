//! Schedulers: what adds a job to a queue again and again, by a cron pattern or an interval. BullMQ 4 and 5 also have
//! repeatable jobs, their predecessors.

pub mod cron;
pub mod interval;
pub mod job_ids;
pub mod scheduler;
pub mod scheduler_ref;
pub mod setup;
pub mod upcoming;
