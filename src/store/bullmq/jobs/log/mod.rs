//! A job's log. Redis has no command for the length of a line, and one line may have megabytes. So a log that is large as a
//! whole is read line by line, and only the beginning of each line is kept.

pub(crate) mod part;

use redis::Value;

use crate::domain::job::{JobId, LogLine};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// A log up to this size, in bytes, is read many lines at a time.
pub(super) const SMALL: u64 = 1024 * 1024;

/// Reading a large log ends after this many bytes were fetched or kept; it reads at least one line.
pub(super) const MOST_FETCHED: usize = 16 * 1024 * 1024;
pub(super) const MOST_KEPT: usize = 256 * 1024;

/// How many bytes of a line are kept.
const LONGEST_LINE: usize = 4 * 1024;

impl Store {
    /// A job's log from line `from` (0 is the oldest), at most `size` lines; fewer if they are long.
    pub async fn job_log(
        &self,
        queue: &QueueId,
        id: &JobId,
        from: u64,
        size: u64,
    ) -> Result<Vec<LogLine>, StoreError> {
        if size == 0 {
            return Ok(Vec::new());
        }
        let step = match self.log_size(queue, id).await? {
            Some(0) => return Ok(Vec::new()),
            Some(bytes) if bytes <= SMALL => size,
            _ => 1,
        };
        let (mut lines, mut fetched, mut kept) = (Vec::new(), 0, 0);
        while (lines.len() as u64) < size && fetched < MOST_FETCHED && kept < MOST_KEPT {
            let read = self.log_lines(queue, id, from + lines.len() as u64, step);
            let read = read.await?;
            let ended = (read.len() as u64) < step;
            for line in read {
                fetched += line.len();
                let line = beginning(line);
                kept += line.text.len();
                lines.push(line);
            }
            if ended {
                break;
            }
        }
        Ok(lines)
    }

    /// One line of a job's log, in full.
    pub async fn job_log_line(
        &self,
        queue: &QueueId,
        id: &JobId,
        at: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.log_lines(queue, id, at, 1).await?.pop())
    }

    /// Lines in full, from line `from` on.
    pub(super) async fn log_lines(
        &self,
        queue: &QueueId,
        id: &JobId,
        from: u64,
        count: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut command = redis::cmd("LRANGE");
        command
            .arg(keys::beside_job(queue, id, "logs"))
            .arg(from.min(u32::MAX.into()))
            .arg(from.saturating_add(count - 1).min(u32::MAX.into()));
        let lines = match self.redis.command(&command).await {
            Err(StoreError::Unexpected(error)) if error.contains("WRONGTYPE") => Value::Nil,
            lines => lines?,
        };
        Ok(reply::items(lines)
            .into_iter()
            .filter_map(reply::bytes)
            .collect())
    }

    /// The size of a log in Redis, in bytes; `None` if this user may not ask.
    pub(super) async fn log_size(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Option<u64>, StoreError> {
        let mut command = redis::cmd("MEMORY");
        command
            .arg("USAGE")
            .arg(keys::beside_job(queue, id, "logs"))
            .arg("SAMPLES")
            .arg(0);
        match self.redis.command(&command).await {
            Ok(Value::Nil) => Ok(Some(0)),
            Ok(bytes) => Ok(reply::number(bytes)),
            Err(StoreError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A line, cut if it is long.
pub(super) fn beginning(line: Vec<u8>) -> LogLine {
    let bytes = line.len() as u64;
    let text = match line.len() > LONGEST_LINE {
        true => {
            let start = String::from_utf8_lossy(&line[..LONGEST_LINE]).into_owned();
            // The cut may have left half a character.
            start.trim_end_matches('\u{fffd}').to_owned()
        }
        false => reply::lossy(line),
    };
    LogLine { text, bytes }
}
