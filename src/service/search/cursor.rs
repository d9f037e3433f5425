//! Where a search goes on, as a text that a link can hold.

use serde::{Deserialize, Serialize};

use crate::domain::job::JobState;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::queue::QueueId;

/// So many of the jobs that were looked at last are kept, since any of them may go.
const REMEMBERED: usize = 4;

/// The ids kept have so many bytes together at most, beside the first one's.
const MOST_BYTES: usize = 2 * 1024;

/// Where a search goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchCursor {
    /// In which queue.
    pub queue: QueueId,
    /// In which state.
    pub state: JobState,
    /// Behind which of its jobs.
    pub jobs: JobCursor,
    /// How many jobs were looked at up to there.
    pub looked_at: u64,
}

/// The cursor as JSON.
#[derive(Serialize, Deserialize)]
struct Stored(String, String, String, u64, u64, Vec<(String, Option<f64>)>);

impl SearchCursor {
    /// The cursor as a text.
    pub fn text(&self) -> String {
        let mut bytes = 0;
        let last = self.jobs.last().take(REMEMBERED);
        let last = last.enumerate().take_while(|(nth, job)| {
            bytes += job.id.len();
            *nth == 0 || bytes <= MOST_BYTES
        });
        let stored = Stored(
            self.queue.prefix().to_owned(),
            self.queue.name().to_owned(),
            self.state.name().to_owned(),
            self.looked_at,
            self.jobs.past(),
            last.map(|(_, job)| (job.id.clone(), job.score)).collect(),
        );
        // Texts and numbers can always be written.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// The cursor of a text, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &dyn std::fmt::Display| format!("The place to go on: {why}.");
        let stored: Stored = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        let Stored(prefix, name, state, looked_at, past, last) = stored;
        let last = last.into_iter().map(|(id, score)| PlacedJob { id, score });
        Ok(Self {
            queue: QueueId::new(&prefix, &name).map_err(|error| wrong(&error))?,
            state: state.parse().map_err(|error: String| wrong(&error))?,
            jobs: JobCursor::behind(last, past),
            looked_at,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_goes_through_a_text() {
        let jobs = [("a\"b", Some(1.5)), ("ü", None)];
        let jobs = jobs.map(|(id, score)| PlacedJob {
            id: id.to_owned(),
            score,
        });
        let cursor = SearchCursor {
            queue: QueueId::new("bull", "email/v2").unwrap(),
            state: JobState::WaitingChildren,
            jobs: JobCursor::behind(jobs, 1_000),
            looked_at: 5_000,
        };
        assert_eq!(SearchCursor::parse(&cursor.text()), Ok(cursor));
        for text in ["", "[]", "[\"bull\",\"\",\"failed\",0,0,[]]"] {
            assert!(SearchCursor::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn long_ids_make_no_endless_text() {
        let jobs = (0..4).map(|_| PlacedJob {
            id: "x".repeat(MOST_BYTES),
            score: None,
        });
        let cursor = SearchCursor {
            queue: QueueId::new("bull", "email").unwrap(),
            state: JobState::Failed,
            jobs: JobCursor::behind(jobs, 4),
            looked_at: 4,
        };
        assert!(cursor.text().len() < 2 * MOST_BYTES);
    }
}
