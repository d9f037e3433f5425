//! What Bullkeeper changes, and what BullMQ then makes of it.

mod adding;
mod bytes;
mod edited_next_jobs;
mod flows;
mod locks;
mod paused;
mod paused_in_turns;
mod queue_operations;
mod repairing;
mod retrying;
mod scheduler_refusals;
mod schedulers;
mod set_schedulers;
mod stuck;
