//! Pages of a job's log: which lines are asked for, and what was found.

use super::LogLine;

/// Which lines of a log are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogAsked {
    /// Whether the newest line comes first.
    pub newest_first: bool,
    /// Where to begin: this line (from 0), or with the newest first the line before it. `None` for the first page.
    pub from: Option<u64>,
    /// A part of the line, in any case; empty for all lines.
    pub text: String,
}

impl LogAsked {
    /// Whether a line with this text is asked for.
    pub fn wants(&self, text: &str) -> bool {
        self.text.is_empty() || text.to_lowercase().contains(&self.text.to_lowercase())
    }
}

/// A page of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPart {
    /// The lines with their places (from 0), in the order that was asked for.
    pub lines: Vec<(u64, LogLine)>,
    /// How many lines the log has.
    pub total: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u64>,
    /// Whether the log can't be read, because its key has another type.
    pub is_unreadable: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_a_part_of_it_in_any_case() {
        let asked = |text: &str| LogAsked {
            text: text.to_owned(),
            ..LogAsked::default()
        };
        assert!(asked("").wants("Sent to ÜLI"));
        assert!(asked("to ül").wants("Sent to ÜLI"));
        assert!(!asked("to*").wants("Sent to ÜLI"));
    }
}
