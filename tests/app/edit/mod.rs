//! One job changed: its data edited and checked against its schema, or the job retried.

mod adding;
mod adding_refused;
mod drafts;
mod editing;
mod large_edits;
mod large_memory;
mod large_refused;
mod notices;
mod operate_many;
mod operate_many_killed;
mod operate_queues;
mod operation_parameters;
mod operations;
mod operators_at_once;
mod queue_emptied;
mod queue_operations;
mod reasons;
mod remove_with_children;
mod removed_data;
mod retry;
mod retry_completed;
mod retry_refused;
mod run_download;
mod schema_checks;
mod schemas;
mod select_jobs;
