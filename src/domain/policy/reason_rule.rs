//! The reason that a policy asks for: a ticket in it, and where that ticket can be read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

/// What a policy asks of a reason. There has to be one.
#[derive(Debug, Clone)]
pub struct ReasonRule {
    /// A word of the reason has to be such a ticket.
    pub ticket: Option<TicketRule>,
}

/// What a ticket looks like, and where it can be read.
#[derive(Debug, Clone)]
pub struct TicketRule {
    pattern: String,
    whole: Regex,
    link: Option<String>,
}

/// A ticket that a reason names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The ticket as it was typed.
    pub text: String,
    /// Where it can be read: an `http` or `https` address.
    pub link: Option<String>,
}

/// The part of a link that the ticket takes the place of.
const PLACE: &str = "{ticket}";

/// The largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// What is escaped in a link: all but what RFC 3986 leaves unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What may stand around a ticket in a sentence.
const AROUND: [char; 13] = [
    ',', ';', ':', '.', '!', '?', '(', ')', '[', ']', '"', '\'', '#',
];

impl TicketRule {
    /// The tickets that match `pattern` as a whole.
    ///
    /// # Errors
    /// Why it is no pattern, on one line.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let whole = regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
            .size_limit(LARGEST_PATTERN)
            .build();
        let whole = Regex::new(pattern).and(whole).map_err(|error| {
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim().to_owned();
            format!("this is not a regular expression ({why})")
        })?;
        if whole.is_match("") {
            return Err("this matches an empty ticket".to_owned());
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            whole,
            link: None,
        })
    }

    /// The same, with the address of a ticket, in which `{ticket}` stands for it.
    ///
    /// # Errors
    /// Why it is no such address.
    pub(super) fn linked(mut self, link: &str) -> Result<Self, String> {
        let allowed = "a link is an http:// or https:// address in which {ticket} stands for the ticket, \
                       such as https://tickets.example.com/{ticket}";
        let Some(rest) = after_scheme(link) else {
            return Err(allowed.to_owned());
        };
        let Some(host_end) = rest.find(['/', '?', '#']) else {
            return Err(format!("{{ticket}} belongs after the host; {allowed}"));
        };
        let odd = |letter: char| letter.is_whitespace() || letter.is_control();
        if host_end == 0 || link.contains(odd) {
            return Err(allowed.to_owned());
        }
        if !rest[host_end..].contains(PLACE) || rest[..host_end].contains(PLACE) {
            return Err(format!("{{ticket}} belongs after the host; {allowed}"));
        }
        self.link = Some(link.to_owned());
        Ok(self)
    }

    /// The pattern as it was written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The first word of `reason` that is a ticket.
    pub fn find(&self, reason: &str) -> Option<Ticket> {
        let bare = |word: &'_ str| {
            let bare = word.trim_matches(AROUND);
            [word, bare]
                .into_iter()
                .find(|word| self.whole.is_match(word))
                .map(str::to_owned)
        };
        let text = reason.split_whitespace().find_map(bare)?;
        let link = self.link.as_ref().map(|link| {
            let escaped = utf8_percent_encode(&text, ESCAPED).to_string();
            link.replace(PLACE, &escaped)
        });
        Some(Ticket { text, link })
    }
}

/// What follows `http://` or `https://`.
fn after_scheme(link: &str) -> Option<&str> {
    link.strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"))
}

/// Whether a stored address may be a link on a page.
pub fn is_safe_link(link: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control();
    after_scheme(link).is_some() && !link.contains(odd)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ops() -> TicketRule {
        TicketRule::new("^OPS-[0-9]+$")
            .unwrap()
            .linked("https://tickets.example.com/{ticket}?from={ticket}")
            .unwrap()
    }

    #[test]
    fn the_first_word_that_is_a_ticket_counts() {
        let found = |reason| ops().find(reason).map(|ticket| ticket.text);
        for (reason, ticket) in [
            ("OPS-17", Some("OPS-17")),
            ("wrong amount, see (OPS-17).", Some("OPS-17")),
            ("OPS-17: OPS-18", Some("OPS-17")),
            ("XOPS-17", None),
            ("OPS-17b", None),
            ("ops-17", None),
            ("OPS-", None),
            ("", None),
        ] {
            assert_eq!(found(reason).as_deref(), ticket, "{reason}");
        }
        let unanchored = TicketRule::new("[0-9]+").unwrap();
        assert_eq!(unanchored.find("see #17"), unanchored.find("17"));
        assert!(unanchored.find("a17").is_none());
    }

    #[test]
    fn a_link_holds_the_ticket_escaped() {
        assert_eq!(
            ops().find("OPS-17").unwrap().link.as_deref(),
            Some("https://tickets.example.com/OPS-17?from=OPS-17")
        );
        let any = TicketRule::new(".+").unwrap();
        let any = any.linked("http://t/{ticket}").unwrap();
        assert_eq!(
            any.find("\"><script>/../&?#+ü").unwrap().link.as_deref(),
            Some("http://t/%22%3E%3Cscript%3E%2F..%2F%26%3F%23%2B%C3%BC")
        );
    }

    #[test]
    fn only_web_addresses_with_the_ticket_after_the_host_are_links() {
        let rule = || TicketRule::new("A[0-9]").unwrap();
        for link in [
            "javascript:alert('{ticket}')",
            "JavaScript://x/{ticket}",
            "//tickets/{ticket}",
            "https://{ticket}.example.com/",
            "https://{ticket}",
            "https:///{ticket}",
            "https://tickets/",
            "https://tickets/ {ticket}",
            "https://tickets/\n{ticket}",
            "",
        ] {
            assert!(rule().linked(link).is_err(), "{link}");
        }
        for link in ["http://t?{ticket}", "https://t:80/a/{ticket}#b"] {
            assert!(rule().linked(link).is_ok(), "{link}");
            assert!(is_safe_link(link));
        }
        assert!(!is_safe_link("javascript:alert(1)"));
    }

    #[test]
    fn a_pattern_is_a_regular_expression_that_matches_something() {
        for (pattern, says) in [
            ("(", "unclosed group"),
            ("a)(b", "unopened"),
            ("[0-9]*", "empty"),
            ("a{1000}{1000}{1000}", "not a regular expression"),
            ("(?=a)", "not a regular expression"),
        ] {
            let fault = TicketRule::new(pattern).unwrap_err();
            assert!(
                fault.contains(says) && !fault.contains('\n'),
                "{pattern}: {fault}"
            );
        }
    }
}
