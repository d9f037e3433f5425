//! The processes of each test: a chromedriver and its Chromium. They end with the test, also if it panics.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{
    Capabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
};

/// No sandbox because tests may run as root in a container; the rest keeps Chromium from talking to anyone else.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
];

/// How long chromedriver may take to end before it is killed.
const END_WITHIN: Duration = Duration::from_secs(5);

/// A chromedriver on a port that the system chose.
#[derive(Debug)]
pub struct Chromedriver {
    process: Child,
    port: u16,
}

impl Chromedriver {
    pub fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is needed: scripts/test installs it");
        let output = BufReader::new(process.stdout.take().unwrap());
        let port = output.lines().find_map(|line| {
            let line = line.unwrap();
            let port = line.split_once("successfully on port ")?.1;
            port.trim_end_matches('.').parse().ok()
        });
        let mut driver = Self { process, port: 0 };
        driver.port = port.unwrap_or_else(|| panic!("chromedriver says no port: {driver:?}"));
        driver
    }

    /// Opens a Chromium with `profile` as its folder.
    pub async fn chromium(&self, profile: &TempDir, scripts: bool) -> WebDriver {
        let url = format!("http://127.0.0.1:{}", self.port);
        let capabilities = capabilities(profile, scripts);
        WebDriver::new(url, capabilities)
            .await
            .expect("Chromium is needed: scripts/test installs it")
    }

    /// Asks chromedriver to end, with its Chromium.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(END_WITHIN))?;
        stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        stream.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let asked = Instant::now();
        let heard = self.shut_down().is_ok();
        while heard && asked.elapsed() < END_WITHIN && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Either it has ended or it never will; nothing can be done about an error.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn capabilities(profile: &TempDir, scripts: bool) -> Capabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    if let Some(binary) = binary() {
        capabilities.set_binary(&binary).unwrap();
    }
    for flag in FLAGS {
        capabilities.add_arg(flag).unwrap();
    }
    let folder = format!("--user-data-dir={}", profile.path().display());
    capabilities.add_arg(&folder).unwrap();
    for log in ["browser", "performance"] {
        capabilities
            .set_logging_prefs(log, LoggingPrefsLogLevel::All)
            .unwrap();
    }
    if !scripts {
        let block = json!({ "profile.managed_default_content_settings.javascript": 2 });
        capabilities
            .add_experimental_option("prefs", block)
            .unwrap();
    }
    capabilities.into()
}

/// Chromium under the names that distributions give it; if there is none, chromedriver searches itself.
fn binary() -> Option<String> {
    let path = std::env::var_os("PATH")?;
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
}
