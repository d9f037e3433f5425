//! Versions of a queue: comparing, moving and retiring them, and the runs that do the long operations.

mod comparing;
mod comparing_asked;
mod comparing_bounds;
mod move_sample;
mod moving;
mod moving_refused;
mod moving_stays;
mod nothing_to_move;
mod pinning;
mod retiring;
mod retiring_refused;
mod retiring_stopped;
mod runs;
