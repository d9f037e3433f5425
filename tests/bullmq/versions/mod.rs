//! Versions of a queue beside real workers: deployed, compared, moved between and retired.

mod comparing;
mod deploy;
mod moving;
mod moving_killed;
mod retiring;
