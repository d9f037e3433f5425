//! Scopes: which queues a user may see.

use std::fmt;

use super::glob::glob;
use crate::domain::queue::QueueId;

/// The queues that a user may see. A pattern with `*` matches a queue's name, or `prefix:name` if the pattern holds a
/// colon. No pattern means every queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Every queue.
    pub fn everything() -> Self {
        Self::default()
    }

    /// The queues that one of `patterns` matches; `*` alone is every queue.
    pub fn of(patterns: Vec<String>) -> Self {
        if patterns.iter().any(|pattern| pattern == "*") {
            return Self::everything();
        }
        Self(patterns)
    }

    /// The patterns; none for every queue.
    pub fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether the scope is every queue.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `queue` is in the scope.
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
