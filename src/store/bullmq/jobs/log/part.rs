//! Looking through a job's log from either end, a bounded part at a time.
//!
//! Redis does not tell the length of a line before it is read. So a log that is small as a whole is read many lines at a time,
//! and of any other the number of lines that are read at once grows only while they are short.

use redis::Value;

use super::{MOST_FETCHED, MOST_KEPT, SMALL, beginning};
use crate::domain::job::JobId;
use crate::domain::job::log::{LogAsked, LogPart};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many bytes are meant to be read at once.
const AT_ONCE: usize = 512 * 1024;

/// How many lines are read at once at most: of a small log, of one that would fit in memory as a whole, and of any other.
const MOST_LINES: [u64; 3] = [1_000, 100, 32];

/// How many lines are looked at for a page.
pub(crate) const MOST_LOOKED_AT: u64 = 10_000;

/// How many lines are read at once.
#[derive(Debug, Clone, Copy)]
pub struct LogStep {
    lines: u64,
    most: u64,
}

impl LogStep {
    /// For a log of this size in bytes, if that is known.
    fn of(size: Option<u64>) -> Self {
        let [small, fits, any] = MOST_LINES;
        match size {
            Some(size) if size <= SMALL => Self {
                lines: small,
                most: small,
            },
            Some(size) if size <= MOST_FETCHED as u64 => Self {
                lines: 1,
                most: fits,
            },
            _ => Self {
                lines: 1,
                most: any,
            },
        }
    }

    /// After lines of these lengths were read.
    fn after(&mut self, lines: &[Vec<u8>]) {
        let longest = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let fit = (AT_ONCE / longest) as u64;
        self.lines = (self.lines * 2).min(fit).clamp(1, self.most);
    }
}

impl Store {
    /// Up to `size` lines of a job's log that are asked for, of those as `shown` makes them. Looks at a bounded number of lines and bytes; at least at one line.
    pub async fn log_part(
        &self,
        queue: &QueueId,
        id: &JobId,
        asked: &LogAsked,
        size: u64,
        shown: &(impl Fn(Vec<u8>) -> Vec<u8> + Sync),
    ) -> Result<LogPart, StoreError> {
        let Some(total) = self.log_length(queue, id).await? else {
            return Ok(LogPart {
                is_unreadable: true,
                ..LogPart::default()
            });
        };
        let mut part = LogPart {
            total,
            ..LogPart::default()
        };
        let mut step = self.log_step(queue, id).await?;
        let mut at = match asked.newest_first {
            true => asked.from.unwrap_or(total).min(total),
            false => asked.from.unwrap_or(0),
        };
        let (mut fetched, mut kept) = (0, 0);
        let is_over = |at: u64| {
            if asked.newest_first {
                at == 0
            } else {
                at >= total
            }
        };
        'page: while !is_over(at) && fetched < MOST_FETCHED && part.looked_at < MOST_LOOKED_AT {
            let mut lines = match asked.newest_first {
                true => {
                    let first = at.saturating_sub(step.lines);
                    let lines = self.log_lines(queue, id, first, at - first).await?;
                    // Fewer if it was cut meanwhile.
                    at = first + lines.len() as u64;
                    lines
                }
                false => self.log_lines(queue, id, at, step.lines).await?,
            };
            if lines.is_empty() {
                // It was cut meanwhile.
                return Ok(part);
            }
            step.after(&lines);
            if asked.newest_first {
                lines.reverse();
            }
            for line in lines {
                at = if asked.newest_first { at - 1 } else { at + 1 };
                part.looked_at += 1;
                fetched += line.len();
                let line = shown(line);
                if !asked.text.is_empty() && !asked.wants(&String::from_utf8_lossy(&line)) {
                    continue;
                }
                let line = beginning(line);
                kept += line.text.len();
                let place = if asked.newest_first { at } else { at - 1 };
                part.lines.push((place, line));
                if part.lines.len() as u64 >= size || kept >= MOST_KEPT {
                    break 'page;
                }
            }
        }
        part.next = (!is_over(at)).then_some(at);
        Ok(part)
    }

    /// How many lines are to be read at once first.
    pub async fn log_step(&self, queue: &QueueId, id: &JobId) -> Result<LogStep, StoreError> {
        Ok(LogStep::of(self.log_size(queue, id).await?))
    }

    /// The next lines in full, from line `from` on; none at the end.
    pub async fn whole_log_lines(
        &self,
        queue: &QueueId,
        id: &JobId,
        from: u64,
        step: &mut LogStep,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let lines = self.log_lines(queue, id, from, step.lines).await?;
        step.after(&lines);
        Ok(lines)
    }

    /// How many lines a log has; `None` if its key has another type.
    async fn log_length(&self, queue: &QueueId, id: &JobId) -> Result<Option<u64>, StoreError> {
        let mut ask = redis::pipe();
        ask.cmd("LLEN").arg(keys::beside_job(queue, id, "logs"));
        let answer: Option<Value> = self.redis.read(&mut ask).await?.into_iter().next();
        Ok(answer.and_then(reply::number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_lines_are_read_at_once_only_while_they_are_short() {
        let read = |step: &mut LogStep, length: usize| {
            step.after(&[vec![0; length]]);
            step.lines
        };
        assert_eq!(LogStep::of(Some(SMALL)).lines, 1_000);
        let mut step = LogStep::of(None);
        let grown: Vec<u64> = (0..7).map(|_| read(&mut step, 100)).collect();
        assert_eq!(grown, [2, 4, 8, 16, 32, 32, 32]);
        assert_eq!(read(&mut step, AT_ONCE / 3), 3);
        assert_eq!(read(&mut step, 5_000_000), 1);
    }
}
