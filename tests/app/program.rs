//! The program as users run it: its command line, its output, and a server that ends with the test.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

pub(crate) fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bullkeeper"));
    let folder = std::env::temp_dir();
    command.args(words).current_dir(folder).env_clear();
    command
}

pub(crate) fn run(words: &[&str]) -> Output {
    program(words).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn run_with_input(words: &[&str], input: &str) -> Output {
    let mut child = program(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running server, and its output.
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) lines: Vec<String>,
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `serve` and reads what it prints until a line holds `word`.
pub(crate) fn start_until(words: &[&str], word: &str) -> Started {
    let child = program(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut started = Started {
        child,
        lines: Vec::new(),
    };
    let stdout = BufReader::new(started.child.stdout.take().unwrap());
    for line in stdout.lines() {
        let line = line.unwrap();
        let found = line.contains(word);
        started.lines.push(line);
        if found {
            return started;
        }
    }
    panic!("{words:?} ended, having said {:?}", started.lines);
}
