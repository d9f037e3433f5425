//! Operations on one job, its flow or its queue, and adding a job.

mod adding;
mod adding_refused;
mod change_queues;
mod drain_killed;
mod one_job;
mod operation_parameters;
mod queue_emptied;
mod queue_operations;
mod remove_with_children;
mod removed_data;
mod retry;
mod retry_completed;
mod retry_flow;
mod retry_refused;
mod stuck_jobs;
