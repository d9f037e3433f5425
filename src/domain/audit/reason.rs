//! Why somebody did something, in their words: what such a text may be, wherever one is taken.

/// The longest reason, in characters: the audit log is read a hundred entries at a time.
pub(crate) const LONGEST_REASON: usize = 2_000;

/// A reason that was checked; empty where none was given and none is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reason(String);

/// Whether there has to be a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// There has to be one.
    Required,
    /// It may be left out.
    Optional,
}

/// Why a text is not a reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReason {
    /// There is none.
    #[error("A reason is required.")]
    Missing,
    /// It has so many characters.
    #[error("The reason has {0} characters, and at most {LONGEST_REASON} are allowed.")]
    TooLong(usize),
    /// It has so many characters, and has to have more.
    #[error("The reason has {0} characters, and at least {1} are needed.")]
    TooShort(usize, usize),
    /// It holds this control character.
    #[error("The reason holds the control character U+{:04X}. Write it on one line, without control characters.", u32::from(*.0))]
    Control(char),
    /// No word of it is such a ticket, as a policy asks.
    #[error("The reason has to name a ticket that matches {0}.")]
    NoTicket(String),
}

impl Reason {
    /// The reason in a text that a person typed, without the white space around it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(typed: &str, need: Need) -> Result<Self, BadReason> {
        let text = typed.trim();
        let length = text.chars().count();
        if length > LONGEST_REASON {
            return Err(BadReason::TooLong(length));
        }
        if let Some(control) = text.chars().find(|one| one.is_control()) {
            return Err(BadReason::Control(control));
        }
        match need {
            Need::Required if text.is_empty() => Err(BadReason::Missing),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// What a refused request's entry keeps of a text that may be no reason: one line of bounded length.
    pub(crate) fn as_far_as_kept(typed: &str) -> String {
        let typed = typed.trim().chars();
        typed
            .filter(|one| !one.is_control())
            .take(LONGEST_REASON)
            .collect()
    }

    /// The reason as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_bounded_length() {
        let parse = |typed: &str| Reason::parse(typed, Need::Optional);
        let text = |typed: &str| parse(typed).map(|reason| reason.as_str().to_owned());
        assert_eq!(text("  wrong address\n"), Ok("wrong address".to_owned()));
        assert_eq!(text(&"ü".repeat(2_000)), Ok("ü".repeat(2_000)));
        assert_eq!(text(&"ü".repeat(2_001)), Err(BadReason::TooLong(2_001)));
        for (typed, control) in [("a\nb", '\n'), ("a\0b", '\0'), ("a\u{1b}[31m", '\u{1b}')] {
            assert_eq!(text(typed), Err(BadReason::Control(control)));
        }
        assert!(BadReason::Control('\u{1b}').to_string().contains("U+001B"));
    }

    #[test]
    fn of_a_text_that_is_no_reason_one_line_of_bounded_length_is_kept() {
        let kept = Reason::as_far_as_kept;
        assert_eq!(kept(" wrong\n\u{1b}[31m address\n"), "wrong[31m address");
        assert_eq!(kept(&"ü".repeat(2_001)), "ü".repeat(2_000));
    }

    #[test]
    fn white_space_is_no_reason_where_one_is_required() {
        for typed in ["", " ", "\n\t"] {
            assert_eq!(
                Reason::parse(typed, Need::Required),
                Err(BadReason::Missing)
            );
            assert_eq!(Reason::parse(typed, Need::Optional), Ok(Reason::default()));
        }
    }
}
