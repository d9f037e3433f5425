//! The BullMQ version that wrote a queue, and what depends on it.

use std::collections::HashMap;

/// The version of the BullMQ library that wrote a queue; unrelated to the queue's version in its family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BullmqVersion {
    text: Option<String>,
    by_crate: bool,
}

impl BullmqVersion {
    /// Reads `meta.version` as BullMQ for Node writes it (`bullmq:6.7.0`), and `meta.library`, which is all that its Rust
    /// crate writes (`bullmq-official:0.1.0`, from 1.4.4 on).
    pub fn parse(version: Option<&str>, library: Option<&str>) -> Self {
        Self {
            text: version.map(|text| text.rsplit(':').next().unwrap_or(text).to_owned()),
            by_crate: library.is_some_and(|library| library.starts_with("bullmq-official:")),
        }
    }

    /// The version to show, if the queue states one.
    pub fn text(&self) -> Option<&str> {
        match self.by_crate {
            true => self.text.as_deref().or(Some("6 (Rust)")),
            false => self.text.as_deref(),
        }
    }

    /// The one that most of these queues state; of equally frequent ones the greatest text. `None` if none states any.
    pub fn most_common<'a>(versions: impl Iterator<Item = &'a Self>) -> Option<&'a str> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for text in versions.filter_map(Self::text) {
            *counts.entry(text).or_default() += 1;
        }
        let most = counts
            .into_iter()
            .max_by_key(|(text, count)| (*count, *text));
        most.map(|(text, _)| text)
    }

    /// Whether a paused queue keeps its jobs in `wait`, as BullMQ 6 and the crate (which has its scripts) do. A queue that
    /// states nothing counts as BullMQ 5, which moves them to `paused`.
    pub fn pauses_in_place(&self) -> bool {
        match &self.text {
            Some(_) => self.major().is_some_and(|major| major >= 6),
            None => self.by_crate,
        }
    }

    /// Whether the ids of waiting jobs may have markers among them that are not jobs: BullMQ 4, and queues that state
    /// nothing.
    pub fn keeps_markers(&self) -> bool {
        match &self.text {
            Some(_) => self.major().is_none_or(|major| major <= 4),
            None => !self.by_crate,
        }
    }

    /// Whether it is BullMQ 4 or older. Jobs can't move from or to such queues: they differ too much.
    pub fn is_before_5(&self) -> bool {
        self.major().is_some_and(|major| major < 5)
    }

    /// Whether the queue's metrics can be assigned to minutes: from 5.13 on (see
    /// [`crate::domain::stats::series::Metrics`]).
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
    fn the_most_common_version_is_that_of_most_queues_which_state_one() {
        let most = |texts: &[&str]| {
            let parse = |text: &&str| {
                BullmqVersion::parse(Some(*text).filter(|text| !text.is_empty()), None)
            };
            let versions: Vec<BullmqVersion> = texts.iter().map(parse).collect();
            BullmqVersion::most_common(versions.iter()).map(str::to_owned)
        };
        let some = ["bullmq:6.7.0", "", "", "", "bullmq:5.81.0", "bullmq:5.81.0"];
        assert_eq!(most(&some).as_deref(), Some("5.81.0"));
        assert_eq!(
            most(&["bullmq:5.81.0", "bullmq:6.7.0"]).as_deref(),
            Some("6.7.0")
        );
        assert_eq!(most(&["", ""]), None);
    }

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
