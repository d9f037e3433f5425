//! How Bullkeeper shows what the real BullMQ made.

mod error_groups;
mod families;
mod following;
mod history;
mod job_pages;
mod names;
mod schedulers;
mod states;
mod upcoming;
mod workers;
