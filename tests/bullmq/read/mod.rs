//! How Bullkeeper shows what the real BullMQ made.

mod families;
mod following;
mod job_pages;
mod names;
mod schedulers;
mod states;
mod upcoming;
mod workers;
