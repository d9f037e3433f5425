//! A rule of the settings: `stranded on email/* for 5m clears after 2m critical to pager and chat`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::condition::{ALLOWED, Condition};
use super::duration;
use super::webhook::is_webhook_name;
use crate::domain::access::scope::Scope;

/// The words that begin a part of a rule behind its condition.
const PARTS: [&str; 6] = ["on", "for", "clears", "critical", "warning", "to"];

/// How bad it is when a rule fires.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Somebody should look today.
    Warning,
    /// Somebody should look now; every page says so.
    Critical,
}

impl Severity {
    /// Its name in rules and messages.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What is watched, where, for how long, and whom to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    /// What it watches.
    pub condition: Condition,
    /// In which queues; every queue for a condition of the server.
    pub queues: Scope,
    /// For how long it has to hold before it fires.
    pub hold: Duration,
    /// The value at or below which it clears, where that is not the one at which it fires.
    pub clears_at: Option<u64>,
    /// For how long it has to be clear before it is resolved.
    pub clears_after: Duration,
    /// How bad that is.
    pub severity: Severity,
    /// The webhooks that are told; none for all of them.
    pub to: Vec<String>,
}

impl AlertRule {
    /// What names the rule: its severity, condition and queues. Times and webhooks may change, and it stays the same rule.
    pub fn name(&self) -> String {
        match self.condition.is_of_server() {
            true => self.watch(),
            false => format!("{} on {}", self.watch(), patterns(&self.queues)),
        }
    }

    /// The same without its queues, for those who may not know of all queues: `critical: stranded`.
    pub fn watch(&self) -> String {
        format!("{}: {}", self.severity.name(), self.condition)
    }

    /// Whether a value is one at which it fires.
    pub(crate) fn is_breached(&self, value: u64) -> bool {
        value > self.condition.threshold()
    }

    /// Whether a value is one at which what fires is clear again.
    pub(crate) fn is_clear(&self, value: u64) -> bool {
        value <= self.clears_at.unwrap_or(self.condition.threshold())
    }
}

/// What a rule may be, in words.
pub(crate) fn allowed() -> String {
    format!(
        "one of [{ALLOWED}]; then, each at most once, on and queue patterns, for 5m, clears at a value or clears after 5m, \
         critical or warning, to and names of webhooks; such as stranded on email/* for 5m critical to pager and chat"
    )
}

impl FromStr for AlertRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (condition, mut rest) = Condition::read(&words)?;
        let mut rule = Self {
            condition,
            queues: Scope::everything(),
            hold: Duration::ZERO,
            clears_at: None,
            clears_after: Duration::ZERO,
            severity: Severity::Warning,
            to: Vec::new(),
        };
        let mut read = Vec::new();
        while let [part, behind @ ..] = rest {
            let name = match *part {
                "critical" | "warning" => "severity",
                name => name,
            };
            if read.contains(&name) {
                return Err(format!("says {name:?} twice"));
            }
            read.push(name);
            rest = rule.read_part(part, behind)?;
        }
        if !rule.condition.is_of_server() && !read.contains(&"on") {
            return Err("does not say on which queues".to_owned());
        }
        Ok(rule)
    }
}

impl AlertRule {
    /// Reads one part from the words behind its first, and returns those behind the part.
    fn read_part<'w, 't>(
        &mut self,
        part: &str,
        words: &'w [&'t str],
    ) -> Result<&'w [&'t str], String> {
        let lacks = || format!("ends behind {part:?}");
        match (part, words) {
            ("on", _) if self.condition.is_of_server() => {
                Err("names queues, but its condition is of no queue".to_owned())
            }
            ("on", words) => {
                let (list, rest) = list(words);
                if list.iter().any(String::is_empty) {
                    return Err("holds an empty queue pattern".to_owned());
                }
                let is_bad = |one: char| one.is_whitespace() || one.is_control();
                if let Some(bad) = list.iter().find(|pattern| pattern.contains(is_bad)) {
                    return Err(format!(
                        "holds the queue pattern {bad:?}; patterns are parted by a comma or and, and * stands for a blank"
                    ));
                }
                self.queues = Scope::of(list);
                Ok(rest)
            }
            ("to", words) => {
                let (list, rest) = list(words);
                if let Some(bad) = list.iter().find(|name| !is_webhook_name(name)) {
                    return Err(format!("names {bad:?}, which can't be a webhook's name"));
                }
                self.to = list;
                Ok(rest)
            }
            ("for", [time, rest @ ..]) => {
                self.hold = duration::parse(time)?;
                Ok(rest)
            }
            ("clears", ["at", value, rest @ ..]) => {
                self.clears_at = Some(self.condition.clearing_value(value)?);
                Ok(rest)
            }
            ("clears", ["after", time, rest @ ..]) => {
                self.clears_after = duration::parse(time)?;
                Ok(rest)
            }
            ("critical", rest) => {
                self.severity = Severity::Critical;
                Ok(rest)
            }
            ("warning", rest) => Ok(rest),
            ("for" | "clears", _) => Err(lacks()),
            (other, _) => Err(format!("holds {other:?}, which begins no part of a rule")),
        }
    }
}

/// The values up to the next part, split at commas and "and", and the words behind them.
fn list<'w, 't>(words: &'w [&'t str]) -> (Vec<String>, &'w [&'t str]) {
    let end = words.iter().position(|word| PARTS.contains(word));
    let (own, rest) = words.split_at(end.unwrap_or(words.len()));
    let text = own.join(" ");
    // A flag and a variable split a list at its commas, so "and" does the same there.
    let values = text.split(',').flat_map(|part| part.split(" and "));
    (values.map(|value| value.trim().to_owned()).collect(), rest)
}

fn patterns(queues: &Scope) -> String {
    match queues.is_everything() {
        true => "*".to_owned(),
        false => queues.patterns().join(", "),
    }
}

impl fmt::Display for AlertRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)?;
        if !self.condition.is_of_server() {
            write!(f, " on {}", patterns(&self.queues))?;
        }
        if !self.hold.is_zero() {
            write!(f, " for {}", duration::words(self.hold))?;
        }
        if let Some(value) = self.clears_at {
            write!(f, " clears at {}", self.condition.amount(value))?;
        }
        if !self.clears_after.is_zero() {
            write!(f, " clears after {}", duration::words(self.clears_after))?;
        }
        write!(f, " {}", self.severity.name())?;
        if !self.to.is_empty() {
            write!(f, " to {}", self.to.join(" and "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
