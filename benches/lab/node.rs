//! The Node programs for comparison: their packages, exactly as locked, and their start.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::lab::Result;
use crate::lab::machine::{Process, free_address};

/// Where the scripts and their packages are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/beside_bull_board");

/// How long a script may take until it listens: bull-board opens thousands of queues first.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// Installs the packages, unless they are there as locked.
pub(crate) fn install() -> Result<()> {
    let folder = Path::new(FOLDER);
    let locked = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|there| there == locked) {
        return Ok(());
    }
    println!("installing bull-board and BullMQ in benches/beside_bull_board");
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("npm, which is needed: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(fs::write(installed, locked)?)
}

/// What is run, with versions.
pub(crate) fn description() -> Result<String> {
    let version = |package: &str| -> Result<String> {
        let path = format!("{FOLDER}/node_modules/{package}/package.json");
        let package: Value = serde_json::from_slice(&fs::read(path)?)?;
        Ok(package["version"].as_str().unwrap_or("?").to_owned())
    };
    let node = Command::new("node").arg("--version").output()?;
    Ok(format!(
        "bull-board {} on Express {}, BullMQ {}, Node {}",
        version("@bull-board/api")?,
        version("express")?,
        version("bullmq")?,
        String::from_utf8_lossy(&node.stdout).trim()
    ))
}

/// Starts `script` on the Redis at `redis_port`. What it says goes to a file in `log_folder`.
pub(crate) async fn start(
    script: &str,
    redis_port: u16,
    more: &[&str],
    log_folder: &Path,
) -> Result<Process> {
    let address = free_address()?;
    let log = fs::File::create(log_folder.join(format!("{script}.log")))?;
    let mut command = Command::new("node");
    command
        .arg(script)
        .args([redis_port, address.port()].map(|port| port.to_string()))
        .args(more)
        .current_dir(FOLDER)
        // As in production: Express and others then leave out what is for developers.
        .env("NODE_ENV", "production")
        .stdout(log.try_clone()?)
        .stderr(log);
    Process::start(command, address, STARTS_WITHIN).await
}
