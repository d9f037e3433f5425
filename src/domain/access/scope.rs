//! Which queues a person may know of.

use std::fmt;

use super::glob::glob;
use crate::domain::queue::QueueId;

/// Which queues a person may know of: patterns with `*` over the queue's name, or over `prefix:name` where the
/// pattern holds a colon. No pattern at all means every queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Every queue.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Only queues that one of `patterns` matches; `*` alone is everything.
    pub fn of(patterns: Vec<String>) -> Self {
        if patterns.iter().any(|pattern| pattern == "*") {
            return Self::everything();
        }
        Self(patterns)
    }

    /// The patterns; empty for every queue.
    pub fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether it holds every queue there is.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `queue` may be seen.
    pub fn holds(&self, queue: &QueueId) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|pattern| {
                if pattern.contains(':') {
                    glob(pattern, &queue.to_string())
                } else {
                    glob(pattern, queue.name())
                }
            })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("every queue");
        }
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_name_and_names_a_prefix_with_a_colon() {
        for (pattern, name, matches) in [
            ("email/*", "email/v1", true),
            ("email/*", "xemail/v1", false),
            ("*", "anything", true),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
            ("*v1", "email/v1", true),
            ("email", "email/v1", false),
            ("ab*ba", "aba", false),
            ("[a]*", "[a]{b}", true),
        ] {
            assert_eq!(glob(pattern, name), matches, "{pattern} {name}");
        }
        let scope = Scope::of(vec!["bull:email/*".into()]);
        assert!(scope.holds(&QueueId::new("bull", "email/v1").unwrap()));
        assert!(!scope.holds(&QueueId::new("other", "email/v1").unwrap()));
    }
}
