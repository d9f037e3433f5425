//! Connections as Redis lists them: workers and listeners by the names that BullMQ gives them, and what was run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use redis::aio::MultiplexedConnection;

use crate::{Jobs, TestRedis};

/// A connection to a database, named as BullMQ names a worker's of `queue`; other clients' names end in a purpose, such as
/// `:qe`. It goes when it is dropped.
pub async fn client(
    redis: &TestRedis,
    database: u8,
    queue: &str,
    purpose: &str,
) -> MultiplexedConnection {
    let connection = redis.connect_to(database).await;
    name_client(&connection, queue, purpose).await;
    connection
}

/// Gives such a name to a connection that is there already.
pub async fn name_client(connection: &MultiplexedConnection, queue: &str, purpose: &str) {
    let name = format!("bull:{}{purpose}", STANDARD.encode(queue));
    Jobs(connection.clone())
        .run::<()>(&["CLIENT", "SETNAME", &name])
        .await;
}

impl Jobs {
    /// How often Redis has run a command since it started, whoever asked.
    pub async fn calls(&mut self, command: &str) -> u64 {
        let stats: String = self.run(&["INFO", "commandstats"]).await;
        let of_command = format!("cmdstat_{command}:calls=");
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix(&of_command));
        line.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
    }
}
