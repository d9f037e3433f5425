//! What a typed or pasted text may name: a job of any queue, a job of one queue, a queue.
//!
//! People paste what a log, a chat or `redis-cli` shows: with blanks and quotes around it, with characters that can't be
//! seen, broken over two lines, or as a key of BullMQ. An id may hold any of these itself, so the text is also tried as it is.

use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// The longest text that is looked for, in bytes.
pub(crate) const LONGEST: usize = 1_000;

/// From this length on, in bytes, a text without a digit may be a job's id that somebody pasted.
const LONG_AS_AN_ID: usize = 16;

/// The suffixes of the keys beside a job's hash, without which the key names the job.
const BESIDE_JOB: [&str; 7] = [
    ":logs",
    ":lock",
    ":dependencies",
    ":processed",
    ":failed",
    ":unsuccessful",
    ":events",
];

/// The pairs of quotes that may be around a pasted text.
const QUOTES: [(char, char); 7] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('„', '“'),
    ('‘', '’'),
    ('«', '»'),
];

/// A job that was named with its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedJob {
    /// The prefix, if the text names it.
    pub(crate) prefix: Option<String>,
    /// The queue's name, or a part of it.
    pub(crate) queue: String,
    /// The job's id.
    pub(crate) id: JobId,
}

/// What a text may name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    /// The text without what is around it.
    pub(crate) text: String,
    /// The ids that it may be, the likeliest first; at most three.
    pub(crate) ids: Vec<JobId>,
    /// The jobs that it may name with their queue, the likeliest first; at most two.
    pub(crate) named: Vec<NamedJob>,
    /// The queue that it names by a key: `bull:email/v2:meta`, `bull:email/v2`.
    pub(crate) queue: Option<QueueId>,
}

impl Wanted {
    /// Reads a text. `prefixes` are those that queues are looked for under.
    pub(crate) fn parse(typed: &str, prefixes: &[String]) -> Self {
        let text = bare(typed);
        if text.is_empty() {
            return Self::default();
        }
        let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let mut ids: Vec<JobId> = Vec::new();
        for id in [text.as_str(), joined.as_str(), typed] {
            ids.extend(JobId::new(id).filter(|id| !ids.contains(id)));
        }
        let mut named = Vec::new();
        let mut queue = None;
        for prefix in prefixes {
            let Some(rest) = after_prefix(&text, &joined, prefix) else {
                continue;
            };
            match rest.split_once(':') {
                Some((name, id)) => {
                    queue = queue.or(QueueId::new(prefix, name).ok());
                    named.extend(named_job(Some(prefix), name, id));
                }
                None => queue = queue.or(QueueId::new(prefix, rest).ok()),
            }
        }
        if named.is_empty()
            && queue.is_none()
            && let Some((name, id)) = text.split_once(':')
        {
            named.extend(named_job(None, name.trim(), id.trim()));
        }
        named.truncate(2);
        Self {
            text,
            ids,
            named,
            queue,
        }
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the text looks like the id of a job. Ids that applications choose may be plain words; those are looked for only
    /// when somebody asks for it, since a word is mostly the beginning of a name that is being typed.
    pub(crate) fn looks_like_an_id(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
            || self.text.len() >= LONG_AS_AN_ID
            || !self.named.is_empty()
    }
}

/// What follows the prefix in a key, if the text is one.
fn after_prefix<'a>(text: &'a str, joined: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = |text: &'a str| text.strip_prefix(prefix)?.strip_prefix(':');
    rest(text)
        .or_else(|| rest(joined))
        .filter(|rest| !rest.is_empty())
}

/// The jobs that a queue's name and the rest of a key may mean: a job, and the job beside whose hash the key is.
fn named_job(prefix: Option<&str>, queue: &str, id: &str) -> Vec<NamedJob> {
    let beside = BESIDE_JOB.iter().find_map(|end| id.strip_suffix(end));
    let all = [Some(id), beside].into_iter().flatten();
    let named = all.filter_map(|id| {
        Some(NamedJob {
            prefix: prefix.map(str::to_owned),
            queue: (!queue.is_empty()).then(|| queue.to_owned())?,
            id: JobId::new(id)?,
        })
    });
    named.collect()
}

/// The text without blanks, quotes, commas and invisible characters around it, and without the invisible ones within.
fn bare(typed: &str) -> String {
    let visible: String = typed.chars().filter(|c| !is_invisible(*c)).collect();
    let mut text = visible.as_str();
    loop {
        let before = text;
        text = text.trim().trim_end_matches([',', ';']);
        for (open, close) in QUOTES {
            let inner = text.strip_prefix(open);
            text = inner
                .and_then(|inner| inner.strip_suffix(close))
                .unwrap_or(text);
        }
        if text == before {
            return text.to_owned();
        }
    }
}

/// Characters that nobody sees and that come along when a text is copied: joiners, marks of direction, the byte order mark,
/// soft hyphens, variation selectors and control characters; blanks are none of them.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn wanted(typed: &str) -> Wanted {
        Wanted::parse(typed, &["bull".to_owned(), "{v4}".to_owned()])
    }

    fn ids(typed: &str) -> Vec<String> {
        let ids = wanted(typed).ids;
        ids.iter().map(|id| id.as_str().to_owned()).collect()
    }

    fn named(typed: &str) -> Vec<(Option<String>, String, String)> {
        let named = wanted(typed).named.into_iter();
        named
            .map(|one| (one.prefix, one.queue, one.id.as_str().to_owned()))
            .collect()
    }

    fn of(prefix: Option<&str>, queue: &str, id: &str) -> (Option<String>, String, String) {
        (prefix.map(str::to_owned), queue.to_owned(), id.to_owned())
    }

    #[test]
    fn what_is_around_a_pasted_id_is_left_out() {
        for typed in [
            "invoice-1041",
            "  invoice-1041\n",
            "\"invoice-1041\",",
            "“invoice-1041”",
            "`'invoice-1041'`;",
            "\u{feff}invoice\u{ad}-1041\u{200b}",
            "\u{a0}\u{2003}«invoice-1041»\t",
        ] {
            assert_eq!(ids(typed)[0], "invoice-1041", "{typed:?}");
        }
    }

    #[test]
    fn an_id_broken_over_two_lines_and_one_that_really_has_blanks_or_quotes_are_both_tried() {
        let broken = ids("5d3e-\n  9f01");
        assert_eq!(broken[1], "5d3e-9f01");
        assert_eq!(ids(" \"a b\" "), ["a b", "ab", " \"a b\" "]);
        assert_eq!(ids("7"), ["7"]);
        assert!(wanted(" \u{200b}\"\" ").is_empty());
    }

    #[test]
    fn a_key_of_bullmq_names_a_job_or_a_queue() {
        assert_eq!(
            named("bull:email/v2:123"),
            [of(Some("bull"), "email/v2", "123")]
        );
        assert_eq!(
            named("\"bull:email/v2:123:logs\""),
            [
                of(Some("bull"), "email/v2", "123:logs"),
                of(Some("bull"), "email/v2", "123")
            ]
        );
        assert_eq!(
            named("{v4}:a b:repeat:x:17"),
            [of(Some("{v4}"), "a b", "repeat:x:17")]
        );
        let queue = wanted("bull:email/v2:meta").queue.unwrap();
        assert_eq!((queue.prefix(), queue.name()), ("bull", "email/v2"));
        assert_eq!(wanted("bull:email/v2").queue.unwrap().name(), "email/v2");
        assert_eq!(wanted("bull:").queue, None);
    }

    #[test]
    fn a_queue_and_an_id_may_be_written_with_a_colon_between() {
        assert_eq!(named("email/v2:123"), [of(None, "email/v2", "123")]);
        assert_eq!(named("email : 123 "), [of(None, "email", "123")]);
        assert_eq!(named(":123"), []);
        assert_eq!(named("email:"), []);
    }

    #[test]
    fn a_word_is_no_id_until_somebody_says_so() {
        for (typed, looks) in [
            ("email", false),
            ("audit log", false),
            ("email/v2", true),
            ("1041", true),
            ("email:x", true),
            ("the-quick-brown-fox", true),
        ] {
            assert_eq!(wanted(typed).looks_like_an_id(), looks, "{typed}");
        }
    }
}
