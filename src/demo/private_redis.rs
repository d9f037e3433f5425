//! The demo's own Redis: on a free loopback port, with a password, in a temporary folder, and removed with the demo however
//! that ends.
//!
//! A shell stands between the two. It waits on a pipe whose other end this process holds. The system closes that end even
//! if this process is killed; then the shell ends Redis and removes the folder.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// The server programs that work, the best known first.
const SERVERS: [&str; 2] = ["redis-server", "valkey-server"];

/// `$1` is the folder, the rest is the server's command. The demo's Redis holds nothing worth saving, so it is killed.
const GUARD: &str = r#"
folder=$1
shift
"$@" </dev/null >redis.log 2>&1 &
read -r _
kill -KILL $!
wait
cd / && rm -rf -- "$folder"
"#;

/// How long a server may take until it answers.
const START_WITHIN: Duration = Duration::from_secs(5);

/// How long ending the server may take.
const END_WITHIN: Duration = Duration::from_secs(5);

/// How many times to start: another program may take a free port before the server does, but hardly three times.
const TRIES: usize = 3;

/// Why Redis could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoRedis {
    /// Neither program is installed.
    #[error(
        "neither redis-server nor valkey-server is installed. Install one of them:\n\
         \x20 Debian, Ubuntu  sudo apt-get install redis-server\n\
         \x20 Fedora, RHEL    sudo dnf install valkey\n\
         \x20 Alpine          sudo apk add redis\n\
         \x20 macOS           brew install redis"
    )]
    Missing,
    /// It was started and does not answer.
    #[error("{0} does not answer; the end of its log: {1}")]
    Silent(&'static str, String),
    /// The system refused a folder, a port or a process.
    #[error("a private Redis could not be set up: {0}")]
    System(#[from] io::Error),
}

/// A running Redis. Dropping it ends it too, without waiting for the end.
#[derive(Debug)]
pub(super) struct PrivateRedis {
    guard: Child,
    url: String,
    folder: TempDir,
}

impl PrivateRedis {
    /// Starts a server and waits until it answers.
    pub(super) async fn start() -> Result<Self, NoRedis> {
        let server = installed().await?;
        for _ in 1..TRIES {
            match Self::try_start(server).await {
                Err(NoRedis::Silent(..)) => {}
                other => return other,
            }
        }
        Self::try_start(server).await
    }

    /// Its URL, with its password.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Its folder, which is removed with it. Only this user can read it.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server, and waits until process and folder are gone.
    pub(super) async fn end(mut self) {
        drop(self.guard.stdin.take());
        // After this time the drop removes the folder, and the guard still waits for its Redis.
        let _ = timeout(END_WITHIN, self.guard.wait()).await;
    }

    async fn try_start(server: &'static str) -> Result<Self, NoRedis> {
        let folder = tempfile::Builder::new()
            .prefix("bullkeeper-demo-")
            .tempdir()?;
        let port = free_port()?;
        let password = format!("{:032x}", rand::random::<u128>());
        // In a file, because every user of the machine can read a command line.
        fs::write(
            folder.path().join("redis.conf"),
            format!(
                "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\n"
            ),
        )?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "bullkeeper-demo-redis"])
            .arg(folder.path())
            .args([server, "redis.conf"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            // Ctrl-C in a terminal only reaches this process, which then ends everything in order.
            .process_group(0)
            .spawn()?;
        // With the user's name, which redis-cli needs too.
        let url = format!("redis://default:{password}@127.0.0.1:{port}");
        let redis = Self { guard, url, folder };
        match redis.answers().await {
            true => Ok(redis),
            false => Err(NoRedis::Silent(server, redis.end_of_log())),
        }
    }

    /// Whether it answers in time. Another server on the same port would refuse the password.
    async fn answers(&self) -> bool {
        let Ok(client) = redis::Client::open(self.url.as_str()) else {
            return false;
        };
        let give_up = Instant::now() + START_WITHIN;
        while Instant::now() < give_up {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await {
                let ping = redis::cmd("PING");
                if ping.query_async::<String>(&mut connection).await.is_ok() {
                    return true;
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.folder().join("redis.log")).unwrap_or_default();
        log.lines().last().unwrap_or("it is empty").to_owned()
    }
}

async fn installed() -> Result<&'static str, NoRedis> {
    for server in SERVERS {
        let version = Command::new(server).arg("--version").output().await;
        if version.is_ok_and(|output| output.status.success()) {
            return Ok(server);
        }
    }
    Err(NoRedis::Missing)
}

fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn it_answers_and_leaves_nothing_behind() {
        let redis = PrivateRedis::start().await.unwrap();
        let (url, folder) = (redis.url().to_owned(), redis.folder().to_owned());
        assert!(folder.exists());
        redis.end().await;
        assert!(!folder.exists());
        let client = redis::Client::open(url).unwrap();
        assert!(client.get_multiplexed_async_connection().await.is_err());
    }
}
