//! A scheduler as BullMQ stores it: its texts, the document that the audit log compares, and the plan of the script that sets it
//! up.

use serde_json::{Map, Value, json};

use super::{SchedulerSetup, TemplateOption};
use crate::domain::json::Document;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::Schedule;

/// How many of a pattern's next runs the script may choose from: those at whose times a finished job is are passed over.
const RUNS: usize = 32;

/// The stored texts that a person may change; absent where there is no such field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchedulerTexts {
    /// The name of its jobs.
    pub name: Option<Vec<u8>>,
    /// The time zone.
    pub zone: Option<Vec<u8>>,
    /// The pattern.
    pub pattern: Option<Vec<u8>>,
    /// The interval.
    pub every: Option<Vec<u8>>,
    /// The start.
    pub start: Option<Vec<u8>>,
    /// The end.
    pub end: Option<Vec<u8>>,
    /// The limit.
    pub limit: Option<Vec<u8>>,
    /// The data of its jobs.
    pub data: Option<Vec<u8>>,
    /// Their options.
    pub options: Option<Vec<u8>>,
}

impl SchedulerTexts {
    /// As one JSON document, in which numbers and data keep how they are written.
    pub fn document(&self) -> String {
        let string = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes)).to_string();
        let number = |bytes: &[u8]| match bytes.iter().all(u8::is_ascii_digit) && !bytes.is_empty()
        {
            true => String::from_utf8_lossy(bytes).into_owned(),
            false => string(bytes),
        };
        let json = |bytes: &[u8]| match std::str::from_utf8(bytes).map(Document::parse) {
            Ok(Ok(document)) => document.compact(),
            _ => string(bytes),
        };
        let members = [
            ("name", self.name.as_deref().map(string)),
            ("pattern", self.pattern.as_deref().map(string)),
            ("tz", self.zone.as_deref().map(string)),
            ("every", self.every.as_deref().map(number)),
            ("startDate", self.start.as_deref().map(number)),
            ("endDate", self.end.as_deref().map(number)),
            ("limit", self.limit.as_deref().map(number)),
            ("opts", self.options.as_deref().map(json)),
            ("data", self.data.as_deref().map(json)),
        ];
        let members = members.into_iter();
        let members: Vec<String> = members
            .filter_map(|(name, text)| Some(format!("\"{name}\":{}", text?)))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

impl SchedulerSetup {
    /// What is stored of it, with this data of its jobs. Of the options only the values count: BullMQ's script writes them in an
    /// order of its own.
    pub fn texts(&self, data: &[u8]) -> SchedulerTexts {
        let number = |number: Option<u64>| number.map(|number| number.to_string().into_bytes());
        let timing = &self.timing;
        let (pattern, zone, every) = match &timing.schedule {
            Schedule::Pattern { pattern, zone } => (Some(pattern.clone()), zone.clone(), None),
            Schedule::Every(millis) => (None, None, Some(*millis)),
            Schedule::Unknown => (None, None, None),
        };
        let options: Map<String, Value> = self.options.iter().cloned().collect();
        SchedulerTexts {
            name: Some(self.name.clone().into_bytes()),
            zone: zone.map(String::into_bytes),
            pattern: pattern.map(String::into_bytes),
            every: number(every),
            start: number(timing.start),
            end: number(timing.end),
            limit: number(timing.limit),
            data: (data != b"{}").then(|| data.to_vec()),
            options: (!options.is_empty()).then(|| Value::Object(options).to_string().into_bytes()),
        }
    }

    /// The plan of the script that sets it up at `now` (set_scheduler.lua). Its lists are in the order in which a program gives
    /// them to BullMQ, on which BullMQ's own text of the options depends. `stays` is whether it runs by this pattern already.
    pub fn plan(&self, dialect: Dialect, now: u64, stays: bool) -> String {
        let timing = &self.timing;
        let mut given: Vec<TemplateOption> = Vec::new();
        let mut give = |name: &str, value: Value| given.push((name.to_owned(), value));
        match &timing.schedule {
            Schedule::Pattern { pattern, zone } => {
                give("pattern", json!(pattern));
                if let Some(zone) = zone {
                    give("tz", json!(zone));
                }
            }
            Schedule::Every(millis) => give("every", json!(millis)),
            Schedule::Unknown => {}
        }
        let dates = [("startDate", timing.start), ("endDate", timing.end)];
        for (name, number) in dates.into_iter().chain([("limit", timing.limit)]) {
            if let Some(number) = number {
                give(name, json!(number));
            }
        }
        let pair = |(name, value): &TemplateOption| json!([name, value]);
        let mut repeat: Vec<Value> = given.iter().map(pair).collect();
        repeat.extend([json!(["offset"]), json!(["count", 1])]);
        let absent = dates.into_iter().filter(|(_, date)| date.is_none());
        repeat.extend(absent.map(|(name, _)| json!([name])));
        let mut plan = Map::new();
        let mut put = |name: &str, value: Value| plan.insert(name.to_owned(), value);
        put("name", json!(self.name));
        put("fields", given.iter().map(pair).collect());
        put("template", self.options.iter().map(pair).collect());
        put("repeat", repeat.into());
        put("stays", json!(stays && !timing.immediately));
        for (name, number) in [("start", timing.start), ("ends", timing.end)] {
            if let Some(number) = number {
                put(name, json!(number));
            }
        }
        match timing.schedule {
            Schedule::Every(millis) => put("every", json!(millis)),
            _ => put("runs", json!(timing.first_runs(dialect, now, RUNS))),
        };
        Value::Object(plan).to_string()
    }
}

/// The options of a template for one job outside the schedule, as a program gives them to BullMQ: a JSON list of pairs. What
/// only the scheduler sets is left out.
///
/// # Errors
/// If they can't be read.
pub fn options_of_one_job(stored: Option<&[u8]>) -> Result<String, serde_json::Error> {
    const OF_SCHEDULER: [&str; 11] = [
        "jobId",
        "delay",
        "repeat",
        "timestamp",
        "prevMillis",
        "repeatJobKey",
        "parent",
        "fpof",
        "rdof",
        "idof",
        "cpof",
    ];
    let options: Map<String, Value> = match stored {
        Some(stored) => serde_json::from_slice(stored)?,
        None => Map::new(),
    };
    let own = options
        .into_iter()
        .filter(|(name, value)| !OF_SCHEDULER.contains(&name.as_str()) && !value.is_null());
    let pairs = own.map(|(name, value)| match name.as_str() {
        "de" => json!(["deduplication", value]),
        _ => json!([name, value]),
    });
    Ok(Value::from_iter(pairs).to_string())
}
