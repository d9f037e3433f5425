//! What Bullkeeper changes, and what BullMQ then makes of it.

mod bytes;
mod flows;
mod locks;
mod paused;
mod paused_in_turns;
mod retrying;
mod schedulers;
