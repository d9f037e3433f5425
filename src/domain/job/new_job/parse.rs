//! Reads the options of a new job from what was typed.

use std::collections::HashMap;

use super::custom_id::custom_id;
use super::fields::{
    self, BACKOFF, BACKOFF_DELAY, DEDUPLICATION, DEDUPLICATION_TTL, JOB_ID, LONGEST_TEXT,
    ON_COMPLETE, ON_FAIL, ON_FAILURE, PARENT_ID, PARENT_QUEUE,
};
use super::keep::Keep;
use super::options::{Backoff, Deduplication, JobOptions, Parent};
use crate::domain::job::JobId;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::parameters::{
    ParameterFault, ParameterKind, ParameterSpec, Parameters, duration,
};
use crate::domain::queue::QueueId;

/// The longest that a backoff or a deduplication may last, in milliseconds: a hundred years.
const LONGEST: u64 = 100 * 365 * 24 * 3_600_000;

/// What was typed, and what was found wrong with it so far.
struct Reader<'a> {
    typed: &'a HashMap<String, String>,
    now: u64,
    faults: Vec<ParameterFault>,
}

impl JobOptions {
    /// The options that were typed for a job of `queue` at `now`, in Unix milliseconds.
    ///
    /// # Errors
    /// What is wrong with each field that is wrong.
    pub fn parse(
        typed: &HashMap<String, String>,
        queue: &QueueId,
        now: u64,
    ) -> Result<Self, Vec<ParameterFault>> {
        let mut reader = Reader {
            typed,
            now,
            faults: Vec::new(),
        };
        let options = Self {
            delay: reader.number("delay"),
            priority: reader.number("priority"),
            lifo: reader.value("lifo") == "1",
            attempts: reader.number("attempts"),
            backoff: reader.backoff(),
            id: reader.id(),
            deduplication: reader.deduplication(),
            remove_on_complete: reader.keep(ON_COMPLETE),
            remove_on_fail: reader.keep(ON_FAIL),
            parent: reader.parent(queue),
        };
        if options.deduplication.is_some() && options.parent.is_some() {
            reader.fault(DEDUPLICATION, "can't be used together with a parent.");
        }
        match reader.faults.is_empty() {
            true => Ok(options),
            false => Err(reader.faults),
        }
    }
}

impl Reader<'_> {
    fn spec(name: &str) -> Option<&'static ParameterSpec> {
        fields::all().find(|spec| spec.name == name)
    }

    fn fault(&mut self, name: &'static str, what: &str) {
        let label = Self::spec(name).map_or(name, |spec| spec.label);
        self.faults.push(ParameterFault {
            name,
            message: format!("{label} {what}"),
        });
    }

    /// The value of a field that is not text, as a script would take it; a time as how long it is from now.
    fn value(&mut self, name: &str) -> String {
        let Some(spec) = Self::spec(name) else {
            return String::new();
        };
        let typed = |name: &str| self.typed.get(name).map(String::as_str);
        match Parameters::parse(std::slice::from_ref(spec), typed, self.now) {
            Ok(parameters) => parameters.for_script().pop().unwrap_or_default(),
            Err(faults) => {
                self.faults.extend(faults);
                String::new()
            }
        }
    }

    fn number(&mut self, name: &str) -> u64 {
        self.value(name).parse().unwrap_or(0)
    }

    /// What was typed into a field of the kind text; empty where that is too long.
    fn text(&mut self, name: &'static str) -> String {
        debug_assert!(matches!(
            Self::spec(name).map(|spec| &spec.kind),
            Some(ParameterKind::Text { .. })
        ));
        let typed = self.typed.get(name).map_or("", |text| text.trim());
        let length = typed.chars().count();
        if length <= LONGEST_TEXT {
            return typed.to_owned();
        }
        let what = format!("has {length} characters. At most {LONGEST_TEXT} are allowed.");
        self.fault(name, &what);
        String::new()
    }

    /// A duration in milliseconds; `None` for nothing, or where it is wrong.
    fn millis(&mut self, name: &'static str) -> Option<u64> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        let millis = duration(&text).and_then(|long| u64::try_from(long.as_millis()).ok());
        let millis = millis.filter(|millis| (1..=LONGEST).contains(millis));
        if millis.is_none() {
            let what =
                format!("can't be {text:?}. Allowed is a duration, such as 5 s or 1 h 30 min.");
            self.fault(name, &what);
        }
        millis
    }

    fn backoff(&mut self) -> Option<Backoff> {
        let kind = self.value(BACKOFF);
        let delay = self.millis(BACKOFF_DELAY);
        let has_delay = self
            .typed
            .get(BACKOFF_DELAY)
            .is_some_and(|text| !text.trim().is_empty());
        match (kind.as_str(), delay) {
            ("", _) => None,
            ("none", _) => {
                if has_delay {
                    self.fault(
                        BACKOFF_DELAY,
                        "is for attempts between which there is a wait.",
                    );
                }
                None
            }
            (_, Some(delay)) => Some(Backoff { kind, delay }),
            (_, None) => {
                if !has_delay {
                    self.fault(BACKOFF_DELAY, "is missing.");
                }
                None
            }
        }
    }

    fn id(&mut self) -> Option<JobId> {
        match custom_id(&self.text(JOB_ID)) {
            Ok(id) => id,
            Err(what) => {
                self.fault(JOB_ID, what);
                None
            }
        }
    }

    fn deduplication(&mut self) -> Option<Deduplication> {
        let (id, ttl) = (self.text(DEDUPLICATION), self.millis(DEDUPLICATION_TTL));
        if id.is_empty() && ttl.is_some() {
            self.fault(DEDUPLICATION, "is missing.");
        }
        if id.contains(char::is_control) {
            self.fault(DEDUPLICATION, "can't hold control characters.");
        }
        (!id.is_empty()).then_some(Deduplication { id, ttl })
    }

    fn keep(&mut self, name: &'static str) -> Option<Keep> {
        let text = self.text(name);
        Keep::parse(&text).unwrap_or_else(|what| {
            self.fault(name, &what);
            None
        })
    }

    fn parent(&mut self, queue: &QueueId) -> Option<Parent> {
        let (id, named) = (self.text(PARENT_ID), self.text(PARENT_QUEUE));
        let on_failure = self.value(ON_FAILURE);
        let Some(id) = JobId::new(id) else {
            if !named.is_empty() || !matches!(on_failure.as_str(), "" | "wait") {
                self.fault(PARENT_ID, "is missing.");
            }
            return None;
        };
        let queue = match named.as_str() {
            "" => queue.clone(),
            named => match QueueId::new(queue.prefix(), named) {
                Ok(queue) => queue,
                Err(bad) => {
                    self.fault(PARENT_QUEUE, &format!("is not a queue's name: {bad}."));
                    return None;
                }
            },
        };
        let choices = Self::spec(ON_FAILURE).map(|spec| &spec.kind);
        let on_failure = match choices {
            Some(ParameterKind::Choice(choices)) => choices
                .iter()
                .map(|choice| choice.value)
                .find(|value| *value == on_failure && *value != "wait"),
            _ => None,
        };
        Some(Parent {
            job: JobRef::new(&queue, &id),
            on_failure,
        })
    }
}
