//! Redis unreachable, refusing or replaced, and inactive clients: nothing is lost, and users are told.

mod error_pages;
mod killed_redis;
mod lost_answers;
mod plain_errors;
mod redis_away;
mod redis_path;
mod refusals;
mod refused_writes;
mod replica;
mod sockets;
