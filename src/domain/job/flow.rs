//! Flows: parents that wait for their children, across queues.

/// A parent or a child in a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relative {
    /// The queue's prefix.
    pub prefix: String,
    /// The queue's name.
    pub queue: String,
    /// The job's id.
    pub id: String,
}

impl Relative {
    /// Parses a job key `prefix:queue:id`, as BullMQ stores parents and children. A queue's name has no colon, but a prefix
    /// and an id may have some: of prefixes that begin alike, the longest is taken.
    pub fn from_key(key: &str, prefixes: &[String]) -> Option<Self> {
        let prefix = prefixes
            .iter()
            .filter(|prefix| {
                key.strip_prefix(prefix.as_str())
                    .is_some_and(|rest| rest.starts_with(':'))
            })
            .max_by_key(|prefix| prefix.len())
            .cloned()
            .or_else(|| key.split(':').next().map(str::to_owned))?;
        let rest = key.get(prefix.len() + 1..)?;
        let (queue, id) = rest.split_once(':')?;
        Some(Self {
            prefix,
            queue: queue.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// A child of a parent.
#[derive(Debug, Clone)]
pub struct Child {
    /// Which job.
    pub relative: Relative,
    /// How far it is.
    pub standing: ChildStanding,
    /// The state that a pending child is in itself, where that was looked up and found.
    pub state: Option<&'static str>,
    /// Whether a pending child is itself among the failed jobs of its queue: it keeps its parent waiting.
    pub failed: bool,
}

impl Child {
    /// The word shown for it.
    pub fn label(&self) -> &'static str {
        match (self.standing, self.state) {
            (ChildStanding::Pending, Some(state)) => state,
            (standing, _) => standing.label(),
        }
    }
}

/// How far a child is, as its parent knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildStanding {
    /// Not finished.
    Pending,
    /// Completed.
    Done,
    /// Failed.
    Failed,
    /// Failed, and the parent goes on without it.
    Ignored,
}

impl ChildStanding {
    /// The word on pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Ignored => "failed, ignored",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_is_read_from_its_key_even_when_the_prefix_or_id_holds_colons() {
        let prefixes = ["bull", "app:bull", "bull:tenant"].map(str::to_owned);
        for (key, prefix) in [
            ("app:bull:email/v2:a:b:c", "app:bull"),
            ("bull:tenant:email/v2:a:b:c", "bull:tenant"),
        ] {
            let relative = Relative::from_key(key, &prefixes).unwrap();
            assert_eq!(
                (
                    relative.prefix.as_str(),
                    relative.queue.as_str(),
                    relative.id.as_str()
                ),
                (prefix, "email/v2", "a:b:c")
            );
        }
        assert_eq!(Relative::from_key("nonsense", &prefixes), None);
    }
}
