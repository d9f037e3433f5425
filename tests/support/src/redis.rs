//! A Redis server for one test.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;

use crate::wait::PATIENCE;

/// A Redis server that ends with the test.
pub struct TestRedis {
    /// Its port on 127.0.0.1.
    pub port: u16,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl TestRedis {
    /// Starts an empty server.
    pub async fn start() -> Self {
        loop {
            let mut redis = Self {
                port: free_port(),
                folder: tempfile::tempdir().unwrap(),
                server: None,
            };
            // Another test may have taken the port meanwhile.
            if redis.serve().await {
                return redis;
            }
        }
    }

    /// Starts the server again on the same port, empty or with what it kept on disk.
    pub async fn start_again(&mut self) {
        assert!(self.serve().await, "port {} was taken", self.port);
    }

    /// Starts the server; returns false if its port was taken.
    async fn serve(&mut self) -> bool {
        let port = self.port.to_string();
        // What was written outlives the server's process without being synced to the disk.
        let mut server = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "no"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed: scripts/test installs it");
        let began = Instant::now();
        while server.try_wait().unwrap().is_none() {
            // Another test's server may be the one that answers.
            if self.process().await == Some(server.id()) {
                self.server = Some(server);
                return true;
            }
            assert!(began.elapsed() < PATIENCE, "Redis is not responding");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// The id of the process that answers on the port.
    async fn process(&self) -> Option<u32> {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        // Not while it still loads what it kept.
        connection.ping::<String>().await.ok()?;
        let told: String = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut connection)
            .await
            .ok()?;
        let line = told.lines().find(|line| line.starts_with("process_id:"))?;
        line.split_once(':')?.1.trim().parse().ok()
    }

    /// Ends the server as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Ends the server in good order, as a service manager does: what it has is on disk then.
    pub fn end(&mut self) {
        if let Some(mut server) = self.server.take() {
            let pid = server.id().to_string();
            let told = Command::new("kill").args(["-TERM", &pid]).status();
            assert!(told.unwrap().success());
            assert!(server.wait().unwrap().success(), "Redis ends by itself");
        }
    }

    /// Its address, with database 0.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// A connection of its own.
    pub async fn connect(&self) -> MultiplexedConnection {
        self.connect_to(0).await
    }

    /// A connection to one of its databases.
    pub async fn connect_to(&self, database: u8) -> MultiplexedConnection {
        let url = format!("{}{database}", self.url());
        let client = redis::Client::open(url).unwrap();
        // The defaults are a second and half a second, which is short on a machine that runs other tests too.
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connected = client.get_multiplexed_async_connection_with_config(&config);
        connected.await.unwrap()
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of 127.0.0.1 that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
