//! Reads a policy file, and lists everything that is wrong with it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::contradictions::contradictions;
use super::edit_limit::{EditLimit, MOST_EDITS, time};
use super::fault::PolicyFault;
use super::pointer_pattern::PointerPattern;
use super::reason_rule::{ReasonRule, TicketRule};
use super::repair_policy::RepairPolicy;
use crate::domain::job::JobState;
use crate::domain::json::{Document, JsonError, join_pointer};

/// The deepest nesting of a policy file.
const MAX_DEPTH: usize = 16;

/// The most pointers in one list.
const MOST_POINTERS: usize = 1_000;

const MEMBERS: [&str; 6] = [
    "editable",
    "sensitive",
    "critical",
    "states",
    "reason",
    "limit",
];

/// Reads the policy `text`. `file` is its path in the folder, which every fault names.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text; never empty.
pub fn parse(file: &str, text: &str) -> Result<RepairPolicy, Vec<PolicyFault>> {
    let syntax = |fault: JsonError| PolicyFault {
        file: file.to_owned(),
        line: fault.line,
        column: fault.column,
        pointer: String::new(),
        message: fault.message,
    };
    let document = Document::parse(text).map_err(|fault| vec![syntax(fault)])?;
    let value = document.to_value_within(MAX_DEPTH);
    let value = value.map_err(|fault| vec![syntax(fault)])?;
    let doubled = document.duplicate_keys().into_iter().map(syntax);
    let mut reader = Reader {
        file,
        document: &document,
        faults: doubled.collect(),
    };
    let mut policy = reader.policy(&value);
    policy.hash = base16ct::lower::encode_string(&Sha256::digest(text.as_bytes()));
    let mut faults = reader.faults;
    if faults.is_empty() {
        faults = contradictions(&policy);
    }
    if faults.is_empty() {
        return Ok(policy);
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

struct Reader<'t> {
    file: &'t str,
    document: &'t Document<'t>,
    faults: Vec<PolicyFault>,
}

impl Reader<'_> {
    fn policy(&mut self, value: &Value) -> RepairPolicy {
        let none = Map::new();
        let members = self
            .object("", value, "a policy", &MEMBERS)
            .unwrap_or(&none);
        let mut list = |name: &str| {
            let value = members.get(name)?;
            Some(self.pointers(&format!("/{name}"), value))
        };
        let (editable, sensitive, critical) =
            (list("editable"), list("sensitive"), list("critical"));
        let states = members.get("states").map(|value| self.states(value));
        let reason = members.get("reason").map(|value| self.reason(value));
        let limit = members.get("limit").and_then(|value| self.limit(value));
        RepairPolicy {
            name: self.file.to_owned(),
            hash: String::new(),
            editable,
            sensitive: sensitive.unwrap_or_default(),
            critical: critical.unwrap_or_default(),
            states,
            reason,
            limit,
            places: self.places(members),
        }
    }

    /// Where the members and the elements of their lists stand.
    fn places(&self, members: &Map<String, Value>) -> BTreeMap<String, (usize, usize)> {
        let mut pointers = Vec::new();
        for (name, value) in members {
            let member = join_pointer("", name);
            let elements = value.as_array().map_or(0, Vec::len).min(MOST_POINTERS);
            pointers.extend((0..elements).map(|index| format!("{member}/{index}")));
            pointers.push(member);
        }
        let place = |pointer: String| {
            let position = self.document.locate_nearest(&pointer);
            (pointer, (position.line, position.column))
        };
        pointers.into_iter().map(place).collect()
    }

    fn fault(&mut self, pointer: &str, message: impl Into<String>) {
        let position = self.document.locate_nearest(pointer);
        self.faults.push(PolicyFault {
            file: self.file.to_owned(),
            line: position.line,
            column: position.column,
            pointer: pointer.to_owned(),
            message: message.into(),
        });
    }

    /// The members of an object that may have `allowed`; a fault for each other one.
    fn object<'v>(
        &mut self,
        pointer: &str,
        value: &'v Value,
        what: &str,
        allowed: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(members) = value else {
            let members = allowed.join(", ");
            self.fault(
                pointer,
                format!("{what} is an object with any of {members}"),
            );
            return None;
        };
        for name in members
            .keys()
            .filter(|name| !allowed.contains(&name.as_str()))
        {
            let close = similar::get_close_matches(name.as_str(), allowed, 1, 0.6);
            let hint = close
                .first()
                .map_or_else(String::new, |name| format!("did you mean {name}? "));
            let place = join_pointer(pointer, name);
            let position = self.document.locate_name(&place);
            self.fault(
                &place,
                format!(
                    "there is no member {name:?}; {hint}{what} has {}",
                    allowed.join(", ")
                ),
            );
            if let (Some(fault), Some(position)) = (self.faults.last_mut(), position) {
                (fault.line, fault.column) = (position.line, position.column);
            }
        }
        Some(members)
    }

    fn pointers(&mut self, pointer: &str, value: &Value) -> Vec<PointerPattern> {
        let allowed =
            "a list of JSON pointers, in which * stands for one step and ** for any number";
        let Value::Array(elements) = value else {
            self.fault(pointer, format!("allowed is {allowed}"));
            return Vec::new();
        };
        if elements.len() > MOST_POINTERS {
            self.fault(
                pointer,
                format!("at most {MOST_POINTERS} pointers are allowed"),
            );
            return Vec::new();
        }
        let mut patterns: Vec<PointerPattern> = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let place = format!("{pointer}/{index}");
            let Value::String(text) = element else {
                self.fault(&place, format!("allowed is {allowed}"));
                continue;
            };
            match PointerPattern::parse(text) {
                Ok(pattern) if patterns.contains(&pattern) => {
                    self.fault(&place, format!("{text:?} stands here twice"));
                }
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.fault(&place, why),
            }
        }
        patterns
    }

    fn states(&mut self, value: &Value) -> Vec<JobState> {
        // A worker keeps its own copy of an active job, which nobody may change.
        let names = JobState::KEPT
            .iter()
            .filter(|state| **state != JobState::Active);
        let names: Vec<&str> = names.map(|state| state.name()).collect();
        let allowed = format!("allowed is a list of one or more of {}", names.join(", "));
        let elements = match value {
            Value::Array(elements) if !elements.is_empty() => elements,
            _ => {
                self.fault("/states", allowed);
                return Vec::new();
            }
        };
        let mut states = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let place = format!("/states/{index}");
            let state = element.as_str().filter(|name| names.contains(name));
            match state.and_then(|name| name.parse().ok()) {
                Some(state) if states.contains(&state) => {
                    self.fault(&place, format!("{element} stands here twice"));
                }
                Some(state) => states.push(state),
                None => self.fault(&place, format!("{element} is no such state; {allowed}")),
            }
        }
        states
    }

    fn reason(&mut self, value: &Value) -> ReasonRule {
        let nothing = ReasonRule { ticket: None };
        let Some(members) = self.object("/reason", value, "reason", &["ticket", "link"]) else {
            return nothing;
        };
        let link = members.get("link");
        let Some(ticket) = members.get("ticket") else {
            if link.is_some() {
                self.fault(
                    "/reason/link",
                    "a link needs a ticket: the pattern of what it leads to",
                );
            }
            return nothing;
        };
        let Some(pattern) = ticket.as_str() else {
            self.fault(
                "/reason/ticket",
                "allowed is a regular expression, such as \"^OPS-[0-9]+$\"",
            );
            return nothing;
        };
        let rule = match TicketRule::new(pattern) {
            Ok(rule) => rule,
            Err(why) => {
                self.fault("/reason/ticket", why);
                return nothing;
            }
        };
        let linked = match link {
            None => return ReasonRule { ticket: Some(rule) },
            Some(link) => rule.linked(link.as_str().unwrap_or_default()),
        };
        match linked {
            Ok(rule) => ReasonRule { ticket: Some(rule) },
            Err(why) => {
                self.fault("/reason/link", why);
                nothing
            }
        }
    }

    fn limit(&mut self, value: &Value) -> Option<EditLimit> {
        let members = self.object("/limit", value, "limit", &["edits", "per"])?;
        let edits = members.get("edits").and_then(Value::as_u64);
        let edits = edits.and_then(|edits| u32::try_from(edits).ok());
        let edits = edits.filter(|edits| (1..=MOST_EDITS).contains(edits));
        if edits.is_none() {
            self.fault(
                "/limit/edits",
                format!("edits is a whole number from 1 to {MOST_EDITS}"),
            );
        }
        let per = members.get("per").and_then(Value::as_str);
        let per = match time(per.unwrap_or_default()) {
            Ok(per) => per,
            Err(allowed) => {
                self.fault("/limit/per", format!("per: {allowed}"));
                return None;
            }
        };
        Some(EditLimit { edits: edits?, per })
    }
}
