//! How far a queue's events were read, and whether any in between were missed.
//!
//! A stream loses its oldest entries first. So where an entry that was read still stands in it, nothing after that
//! entry is lost; and where it no longer stands, something may be. Asking for the first entry from there on is one
//! cheap command, and tells a stream that was trimmed too far, deleted, made anew or put back to an older state from
//! one that is whole. When in doubt events count as missed: the queue is then counted afresh.

use super::event::StreamId;

/// How far one queue's events were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamCursors {
    /// Everything up to here was read.
    at: StreamId,
    /// Nothing up to here was missed.
    proven: StreamId,
    /// Whether there is an entry `proven`: while it stands, nothing behind it is lost. Of a stream that was empty nobody
    /// can tell what came and went before the first entry that was read.
    anchored: bool,
}

/// What to ask of a stream: its first entry from `from` on. Where it was empty at first, and something was read of it,
/// whether it lost any entry since ([`Question::of_all`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// From where on.
    pub from: StreamId,
    anchored: bool,
    read_to: StreamId,
}

impl Question {
    /// How far it was read, where the stream was empty at first: it is whole where none of its entries was ever removed,
    /// and its first one is no later. The answer is then [`from`](Self::from), which is no entry's id.
    pub fn of_all(&self) -> Option<StreamId> {
        (!self.anchored && self.read_to != self.from).then_some(self.read_to)
    }
}

impl StreamCursors {
    /// Begins behind the newest entry of a stream; `None` for an empty or missing one, of which everything will be read.
    pub(crate) fn behind(newest: Option<StreamId>) -> Self {
        let at = newest.unwrap_or_default();
        Self {
            at,
            proven: at,
            anchored: newest.is_some(),
        }
    }

    /// From where to read on.
    pub(crate) fn at(&self) -> StreamId {
        self.at
    }

    /// Notes that the entries after [`at`](Self::at) were read, up to `last`.
    pub(crate) fn read(&mut self, last: StreamId) {
        self.at = self.at.max(last);
    }

    /// What would show that nothing was missed so far.
    pub(crate) fn question(&self) -> Question {
        Question {
            from: self.proven,
            anchored: self.anchored,
            read_to: self.at,
        }
    }

    /// Takes the answer to `question`: the first entry from there on. False where events may have been missed; then
    /// following has to begin anew.
    pub(crate) fn is_whole(&mut self, question: Question, first: Option<StreamId>) -> bool {
        let nothing_read = question.read_to == question.from;
        let stands = first == Some(question.from);
        if stands {
            self.proven = question.read_to;
            self.anchored = true;
        }
        // Where nothing was in the stream, and nothing was read, what is there now is still to be read.
        stands || (!question.anchored && nothing_read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream as Redis keeps it: ids, the oldest of which can be trimmed away, and how many were.
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
            // What was proven may go.
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
