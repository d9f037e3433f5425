//! Which BullMQ wrote a queue, and how it keeps a paused one.

/// Which BullMQ wrote a queue. It is the library's version, not the application's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BullmqVersion {
    text: Option<String>,
    by_crate: bool,
}

impl BullmqVersion {
    /// Reads `meta.version` as BullMQ for Node writes it (`bullmq:6.7.0`), and `meta.library`, which is all that its
    /// crate for Rust writes (`bullmq-official:0.1.0`, from 1.4.4).
    pub fn parse(version: Option<&str>, library: Option<&str>) -> Self {
        Self {
            text: version.map(|text| text.rsplit(':').next().unwrap_or(text).to_owned()),
            by_crate: library.is_some_and(|library| library.starts_with("bullmq-official:")),
        }
    }

    /// The version to show, if the queue says one.
    pub fn text(&self) -> Option<&str> {
        match self.by_crate {
            true => self.text.as_deref().or(Some("6 (Rust)")),
            false => self.text.as_deref(),
        }
    }

    /// True where a paused queue keeps its jobs in `wait`: BullMQ 6, and the crate, which has its scripts. A queue that
    /// says neither counts as BullMQ 5, which moves them to `paused`.
    pub fn pauses_in_place(&self) -> bool {
        match &self.text {
            Some(_) => self.major().is_some_and(|major| major >= 6),
            None => self.by_crate,
        }
    }

    /// True where the ids of waiting jobs may have markers among them that are no jobs: BullMQ 4, and whoever does not
    /// say.
    pub fn keeps_markers(&self) -> bool {
        match &self.text {
            Some(_) => self.major().is_none_or(|major| major <= 4),
            None => !self.by_crate,
        }
    }

    /// True for BullMQ 4 and older, whose queues differ too much for jobs to move from or to them.
    pub fn is_before_5(&self) -> bool {
        self.major().is_some_and(|major| major < 5)
    }

    /// True where the queue's metrics can be told by the minute: from 5.13 on (see [`crate::domain::stats::series::Metrics`]).
    pub fn metrics_are_by_minute(&self) -> bool {
        let Some(text) = &self.text else {
            return self.by_crate;
        };
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        let version: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        version >= (5, 13)
    }

    fn major(&self) -> Option<u32> {
        self.text.as_ref()?.split('.').next()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_says_no_version_counts_as_bullmq_5_unless_the_crate_wrote_it() {
        let in_place = |version, library| BullmqVersion::parse(version, library).pauses_in_place();
        assert!(!in_place(None, None));
        assert!(!in_place(Some("bullmq:5.81.0"), Some("bullmq")));
        // The crate's library name alone does not outweigh the version that Node wrote.
        assert!(!in_place(
            Some("bullmq:5.81.0"),
            Some("bullmq-official:0.1.0")
        ));
        assert!(in_place(Some("bullmq:6.7.0"), None));
        assert!(in_place(None, Some("bullmq-official:0.1.0")));
    }
}
