//! The machine and its processes: a Redis, the program, other servers, and what each of them uses.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::net::TcpStream;

use super::Result;

/// How long a process may take until it accepts connections, usually.
pub(crate) const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A process that listens on an address of this machine, and ends with this value.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about either.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process used so far; nothing, to begin with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cpu(f64);

impl Cpu {
    /// The seconds of processor time of the process `pid`, or `self`.
    pub(crate) fn of(pid: &str) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks: f64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum();
        // Linux tells /proc's readers hundredths of a second on every machine.
        Ok(Self(ticks / 100.0))
    }

    /// The seconds since `before`.
    pub(crate) fn since(self, before: Self) -> f64 {
        self.0 - before.0
    }
}

impl Process {
    /// Its id, as /proc has it.
    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Its processor time so far.
    pub(crate) fn cpu(&self) -> Result<Cpu> {
        Cpu::of(&self.pid())
    }

    /// A line of its status in /proc, such as `VmRSS`, in MB of 1,024 × 1,024 bytes.
    pub(crate) fn megabytes(&self, line: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let kilobytes: f64 = status
            .lines()
            .filter_map(|text| text.split_once(':'))
            .find(|(name, _)| *name == line)
            .and_then(|(_, value)| value.split_whitespace().next())
            .ok_or("no such line")?
            .parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// A Redis of our own that keeps nothing.
    pub(crate) async fn redis(folder: &Path) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &address.port().to_string()])
            .arg("--dir")
            .arg(folder)
            .stdout(Stdio::null());
        Self::start(command, address, STARTS_WITHIN).await
    }

    /// The program, serving the queues in `redis`, with its log in a file as in use.
    pub(crate) async fn bullkeeper(redis: &str, folder: &Path, more: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let mut command = bullkeeper();
        command
            .args(["serve", "--redis", redis, "--bind", &address.to_string()])
            // The benchmarks make more changes than people do.
            .args(["--changes-per-minute", "0"])
            .args(more)
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("bullkeeper.log"))?);
        Self::start(command, address, STARTS_WITHIN).await
    }

    /// Starts what will listen on `address`, `within` this time.
    pub(crate) async fn start(
        mut command: Command,
        address: SocketAddr,
        within: Duration,
    ) -> Result<Self> {
        let named = format!("{:?}", command.get_program());
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("{named}: {error}"))?;
        let mut process = Self { child, address };
        let give_up = tokio::time::Instant::now() + within;
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{named} ended at once: {status}").into());
            }
            if tokio::time::Instant::now() > give_up {
                return Err(format!("{named} does not listen on {address}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(process)
    }
}

/// The program, whatever the settings of whoever runs this.
fn bullkeeper() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bullkeeper"));
    command.env_clear();
    command
}

/// Makes a user by the program's own command.
pub(crate) fn add_user(redis: &str, name: &str, role: &str, password: &str) -> Result<()> {
    let mut child = bullkeeper()
        .args(["user", "add", name, "--role", role, "--password-stdin"])
        .args(["--redis", redis])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    if let Some(stdin) = child.stdin.as_mut() {
        writeln!(stdin, "{password}")?;
    }
    match child.wait()?.success() {
        true => Ok(()),
        false => Err(format!("the user {name} could not be made").into()),
    }
}

/// An address of this machine that nobody listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// How many cores there are.
pub(crate) fn cores() -> Result<String> {
    Ok(format!("{} cores", std::thread::available_parallelism()?))
}

/// What the figures were measured on.
pub(crate) async fn description(redis: &mut MultiplexedConnection) -> Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let value = |text: &str, name: &str| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim() == name)
            .map_or("unknown".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let info: String = redis::cmd("INFO").arg("server").query_async(redis).await?;
    Ok(format!(
        "{} ({}), Linux {}, Redis {}",
        cores()?,
        value(&cpus, "model name"),
        fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        value(&info, "redis_version"),
    ))
}
