//! How far a queue's events were read, and whether events in between were missed.
//!
//! A stream loses its oldest entries first. If an entry that was read is still in the stream, nothing after it is lost; if
//! it is not, something may be. One cheap command asks for the first entry from there on. Its answer tells an intact stream
//! from one that was trimmed too far, deleted, made anew, or restored to an older state. In doubt events count as missed,
//! and the queue is counted again.

use super::event::StreamId;

/// How far one queue's events were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamCursors {
    /// Everything up to here was read.
    at: StreamId,
    /// Nothing up to here was missed.
    proven: StreamId,
    /// Whether an entry `proven` exists: as long as it does, nothing after it is lost. If the stream was empty at first,
    /// nobody can tell what came and went before the first entry that was read.
    anchored: bool,
}

/// What to ask Redis about a stream: its first entry from `from` on; if it was empty at first and something was read since,
/// whether it lost any entry ([`Question::of_all`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Where the asked range begins.
    pub from: StreamId,
    anchored: bool,
    read_to: StreamId,
}

impl Question {
    /// The last entry read, if the stream was empty at first. The stream is intact if none of its entries was ever removed
    /// and its first one is no later than this. The answer is then [`from`](Self::from), which is not an entry's id.
    pub fn of_all(&self) -> Option<StreamId> {
        (!self.anchored && self.read_to != self.from).then_some(self.read_to)
    }
}

impl StreamCursors {
    /// Begins after the newest entry of a stream; `None` for an empty or missing stream, which is then read from its start.
    pub(crate) fn behind(newest: Option<StreamId>) -> Self {
        let at = newest.unwrap_or_default();
        Self {
            at,
            proven: at,
            anchored: newest.is_some(),
        }
    }

    /// Begins so that everything since `since_ms` is read that is still there: after the last entry `before` that moment; from
    /// its start where nothing was ever removed from it; else after its `first` entry, since what came before may be lost.
    /// Returns since when nothing is missing, too.
    pub(crate) fn since(
        since_ms: u64,
        before: Option<StreamId>,
        first: Option<StreamId>,
        is_all: bool,
    ) -> (Self, u64) {
        match (before, first) {
            (Some(before), _) => (Self::behind(Some(before)), since_ms),
            (None, Some(first)) if !is_all => (Self::behind(Some(first)), first.millis),
            (None, _) => (Self::behind(None), since_ms),
        }
    }

    /// The entry after which to read on.
    pub(crate) fn at(&self) -> StreamId {
        self.at
    }

    /// Records that the entries after [`at`](Self::at), up to `last`, were read.
    pub(crate) fn read(&mut self, last: StreamId) {
        self.at = self.at.max(last);
    }

    /// The question that shows whether anything was missed so far.
    pub(crate) fn question(&self) -> Question {
        Question {
            from: self.proven,
            anchored: self.anchored,
            read_to: self.at,
        }
    }

    /// Takes the answer to `question`: the first entry from there on. Returns false if events may have been missed;
    /// following then has to begin anew.
    pub(crate) fn is_whole(&mut self, question: Question, first: Option<StreamId>) -> bool {
        let nothing_read = question.read_to == question.from;
        let stands = first == Some(question.from);
        if stands {
            self.proven = question.read_to;
            self.anchored = true;
        }
        // The stream was empty and nothing was read: what is there now is still to be read.
        stands || (!question.anchored && nothing_read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream as Redis keeps it: its ids, and how many of the oldest were trimmed away.
    #[derive(Default)]
    struct StreamCursor(Vec<u64>, usize);

    impl StreamCursor {
        fn add(&mut self, ids: std::ops::RangeInclusive<u64>) {
            self.0.extend(ids);
        }

        fn trim_to(&mut self, length: usize) {
            let trimmed = self.0.len().saturating_sub(length);
            self.0.drain(..trimmed);
            self.1 += trimmed;
        }

        fn newest(&self) -> Option<StreamId> {
            self.0.last().copied().map(id)
        }

        fn read(&self, follow: &mut StreamCursors) {
            let new: Vec<u64> = self
                .0
                .iter()
                .copied()
                .filter(|n| id(*n) > follow.at())
                .collect();
            if let Some(last) = new.last() {
                follow.read(id(*last));
            }
        }

        fn is_whole(&self, follow: &mut StreamCursors) -> bool {
            let question = follow.question();
            if let Some(read_to) = question.of_all() {
                let is_read = self.0.first().is_some_and(|first| id(*first) <= read_to);
                let is_all = is_read && self.1 == 0;
                return follow.is_whole(question, is_all.then_some(question.from));
            }
            let first = self
                .0
                .iter()
                .copied()
                .map(id)
                .find(|id| *id >= question.from);
            follow.is_whole(question, first)
        }
    }

    fn id(millis: u64) -> StreamId {
        StreamId { millis, number: 0 }
    }

    #[test]
    fn what_is_read_in_time_is_whole() {
        let mut stream = StreamCursor::default();
        stream.add(1..=5);
        let mut follow = StreamCursors::behind(stream.newest());
        for batch in 0..10 {
            stream.add(10 * batch + 10..=10 * batch + 19);
            stream.read(&mut follow);
            assert!(stream.is_whole(&mut follow));
            // The proven entry may go.
            stream.trim_to(1);
        }
    }

    #[test]
    fn a_stream_trimmed_past_what_was_read_has_missed_events() {
        let mut stream = StreamCursor::default();
        stream.add(1..=5);
        let mut follow = StreamCursors::behind(stream.newest());
        stream.add(6..=30);
        stream.trim_to(10);
        stream.read(&mut follow);
        assert!(!stream.is_whole(&mut follow));
    }

    #[test]
    fn a_stream_that_was_empty_is_followed_anew_from_its_first_entries() {
        let mut stream = StreamCursor::default();
        let mut follow = StreamCursors::behind(stream.newest());
        assert!(stream.is_whole(&mut follow));
        stream.add(1..=3);
        assert!(stream.is_whole(&mut follow), "nothing is read yet");
        stream.trim_to(1);
        stream.read(&mut follow);
        assert!(
            !stream.is_whole(&mut follow),
            "the first two were never seen"
        );
        let mut anew = StreamCursors::behind(stream.newest());
        assert!(stream.is_whole(&mut anew));
    }

    #[test]
    fn a_stream_that_was_empty_is_whole_while_none_of_its_entries_was_ever_removed() {
        let mut stream = StreamCursor::default();
        let mut follow = StreamCursors::behind(stream.newest());
        stream.add(1..=3);
        stream.read(&mut follow);
        assert!(stream.is_whole(&mut follow));
        stream.add(4..=9);
        stream.trim_to(7);
        stream.read(&mut follow);
        assert!(stream.is_whole(&mut follow), "it stands on what was proven");
        let mut made_anew = StreamCursors::behind(None);
        made_anew.read(id(5));
        let anew = StreamCursor(vec![8, 9], 0);
        assert!(!anew.is_whole(&mut made_anew), "deleted and begun again");
    }

    #[test]
    fn following_begins_where_recording_ended_or_where_nothing_is_missing_any_more() {
        let begin = StreamCursors::since(100, Some(id(90)), None, false);
        assert_eq!(begin, (StreamCursors::behind(Some(id(90))), 100));
        let all_of_it = StreamCursors::since(100, None, Some(id(120)), true);
        assert_eq!(all_of_it, (StreamCursors::behind(None), 100));
        let trimmed = StreamCursors::since(100, None, Some(id(120)), false);
        assert_eq!(trimmed, (StreamCursors::behind(Some(id(120))), 120));
        let empty = StreamCursors::since(100, None, None, false);
        assert_eq!(empty, (StreamCursors::behind(None), 100));
    }

    #[test]
    fn a_deleted_stream_and_ids_that_run_backwards_are_noticed() {
        let mut stream = StreamCursor::default();
        stream.add(1..=5);
        let mut follow = StreamCursors::behind(stream.newest());
        stream.0.clear();
        assert!(!stream.is_whole(&mut follow));
        stream.add(2..=4);
        assert!(!stream.is_whole(&mut follow), "restored to before");
        stream.add(6..=9);
        assert!(!stream.is_whole(&mut follow), "and gone on since");
    }

    #[test]
    fn an_answer_proves_only_what_was_read_when_it_was_asked() {
        let mut stream = StreamCursor::default();
        stream.add(1..=1);
        let mut follow = StreamCursors::behind(stream.newest());
        stream.add(2..=3);
        stream.read(&mut follow);
        let question = follow.question();
        stream.add(4..=9);
        stream.read(&mut follow);
        assert!(follow.is_whole(question, Some(id(1))));
        assert_eq!(follow.question().from, id(3));
        stream.trim_to(2);
        assert!(!stream.is_whole(&mut follow));
    }
}
