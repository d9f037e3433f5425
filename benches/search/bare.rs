//! The data of all jobs by HGET in pipelines, and nothing else: the answers are counted and thrown away.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::lab::Result;
use super::seed::BASE;

/// How many jobs a pipeline asks for.
const BATCH: usize = 500;

/// Reads the data of so many jobs; how many bytes it was.
pub(crate) fn read(address: SocketAddr, jobs: usize) -> Result<usize> {
    let mut redis = TcpStream::connect(address)?;
    redis.set_nodelay(true)?;
    let mut answers = Answers::default();
    let mut bytes = 0;
    for first in (1..=jobs).step_by(BATCH) {
        let last = jobs.min(first + BATCH - 1);
        let mut commands = Vec::new();
        for id in first..=last {
            let key = format!("{BASE}{id}");
            write!(
                commands,
                "*3\r\n$4\r\nHGET\r\n${}\r\n{key}\r\n$4\r\ndata\r\n",
                key.len()
            )?;
        }
        redis.write_all(&commands)?;
        for _ in first..=last {
            bytes += answers.skip_one(&mut redis)?;
        }
    }
    Ok(bytes)
}

/// What came of the answers and is not counted yet.
#[derive(Default)]
struct Answers {
    received: Vec<u8>,
    at: usize,
}

impl Answers {
    /// Passes over one bulk string; how many bytes it has.
    fn skip_one(&mut self, redis: &mut TcpStream) -> Result<usize> {
        let line = loop {
            let rest = &self.received[self.at..];
            match rest.windows(2).position(|two| two == b"\r\n") {
                Some(line) => break line,
                None => self.receive(redis)?,
            }
        };
        let head = std::str::from_utf8(&self.received[self.at..self.at + line])?;
        let size: usize = head.strip_prefix('$').ok_or("no bulk string")?.parse()?;
        let whole = line + 2 + size + 2;
        while self.received.len() - self.at < whole {
            self.receive(redis)?;
        }
        self.at += whole;
        Ok(size)
    }

    fn receive(&mut self, redis: &mut TcpStream) -> Result<()> {
        self.received.drain(..self.at);
        self.at = 0;
        let before = self.received.len();
        self.received.resize(before + 256 * 1024, 0);
        let read = redis.read(&mut self.received[before..])?;
        self.received.truncate(before + read);
        match read {
            0 => Err("Redis closed the connection".into()),
            _ => Ok(()),
        }
    }
}
