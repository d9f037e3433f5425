//! Operations on many jobs: selected or filtered, of one queue or several, by many people, and killed on the way.

mod failed_scripts;
mod killed;
mod many_queues;
mod one_queue;
mod operators_at_once;
mod run_download;
mod select_jobs;
