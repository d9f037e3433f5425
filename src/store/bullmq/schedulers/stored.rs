//! The hash of a scheduler. Anything may stand in it, so each field is measured before it is read.

use redis::{Pipeline, Value};

use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::job_ids::LegacyKey;
use crate::domain::schedulers::scheduler::{Schedule, Scheduler, SchedulerId, SchedulerKind};
use crate::store::connection::reply;

/// The fields that hold numbers.
const NUMBERS: [&str; 6] = ["endDate", "every", "offset", "startDate", "limit", "ic"];

/// A number of more digits than this is not read.
const LONGEST_NUMBER: u64 = 32;

/// A name, pattern or time zone larger than this, in bytes, is not read.
pub(crate) const LONGEST_TEXT: u64 = 2 * 1024;

/// The fields that hold texts.
const TEXTS: [&str; 3] = ["name", "tz", "pattern"];

/// The fields of the template, which are only measured.
const TEMPLATE: [&str; 2] = ["data", "opts"];

/// The sizes of the fields, in bytes.
pub(super) struct Sizes {
    numbers: [u64; NUMBERS.len()],
    texts: [u64; TEXTS.len()],
    template: [u64; TEMPLATE.len()],
}

impl Sizes {
    /// The answers to what [`Stored::measure`] asks.
    pub(super) fn of(answers: &mut impl Iterator<Item = Value>) -> Self {
        let mut size = || answers.next().and_then(reply::number).unwrap_or(0);
        Self {
            numbers: NUMBERS.map(|_| size()),
            texts: TEXTS.map(|_| size()),
            template: TEMPLATE.map(|_| size()),
        }
    }
}

/// The fields of a scheduler's hash.
pub(super) struct Stored {
    name: Option<String>,
    zone: Option<String>,
    pattern: Option<String>,
    end: Option<u64>,
    every: Option<u64>,
    offset: Option<u64>,
    start: Option<u64>,
    limit: Option<u64>,
    made: Option<u64>,
    sizes: Sizes,
}

impl Stored {
    /// Asks for the size of each field.
    pub(super) fn measure(pipeline: &mut Pipeline, key: &str) {
        for field in NUMBERS.iter().chain(&TEXTS).chain(&TEMPLATE) {
            pipeline.cmd("HSTRLEN").arg(key).arg(field);
        }
    }

    /// Asks for the fields that are small enough to be read.
    pub(super) fn ask(pipeline: &mut Pipeline, key: &str, sizes: &Sizes) {
        // A field without a name stands for one that is not read.
        let small = |fields: &[&'static str], sizes: &[u64], limit: u64| -> Vec<&'static str> {
            let fields = fields.iter().zip(sizes);
            fields
                .map(|(field, size)| if *size <= limit { *field } else { "" })
                .collect()
        };
        pipeline
            .cmd("HMGET")
            .arg(key)
            .arg(small(&NUMBERS, &sizes.numbers, LONGEST_NUMBER))
            .arg(small(&TEXTS, &sizes.texts, LONGEST_TEXT));
    }

    /// The fields that were asked for.
    pub(super) fn read(sizes: Sizes, fields: Value) -> Self {
        let mut fields = reply::items(fields).into_iter();
        let mut number = || fields.next().and_then(reply::number);
        let (end, every, offset) = (number(), number(), number());
        let (start, limit, made) = (number(), number(), number());
        let mut text = || fields.next().and_then(reply::text);
        let (name, zone, pattern) = (text(), text(), text());
        Self {
            name,
            zone,
            pattern,
            end,
            every,
            offset,
            start,
            limit,
            made,
            sizes,
        }
    }

    /// Only schedulers count what they made, and have a template (5.81). Without a hash, the id may be a repeatable job's key.
    fn kind(&self, key: Option<&LegacyKey>) -> SchedulerKind {
        let ([name, _, pattern], [data, options]) = (self.sizes.texts, self.sizes.template);
        match name > 0 || pattern > 0 || self.every.is_some() {
            true if self.made.is_some() || data > 0 || options > 0 => SchedulerKind::Scheduler,
            true => SchedulerKind::Legacy,
            false if key.is_some() => SchedulerKind::Legacy,
            false => SchedulerKind::Unknown,
        }
    }

    /// The scheduler, without its next job.
    pub(super) fn scheduler(
        self,
        queue: &QueueId,
        dialect: Dialect,
        id: SchedulerId,
        next: u64,
    ) -> Scheduler {
        let key = LegacyKey::parse(id.as_str());
        let kind = self.kind(key.as_ref());
        let [name_size, zone_size, pattern_size] = self.sizes.texts;
        let has_hash = name_size > 0 || pattern_size > 0 || self.every.is_some();
        let too_large = |size: u64, what: &str| format!("(a {what} of {size} bytes)");
        let text = |read: Option<String>, size: u64, what: &str| match size > LONGEST_TEXT {
            true => Some(too_large(size, what)),
            false => read.filter(|text| !text.is_empty()),
        };
        let (name, schedule, end) = match key.filter(|_| !has_hash) {
            Some(key) => {
                let schedule = match key.rule.parse() {
                    Ok(every) => Schedule::Every(every),
                    Err(_) => Schedule::Pattern {
                        pattern: key.rule,
                        zone: key.zone,
                    },
                };
                (key.name, schedule, key.end)
            }
            None => {
                let zone = text(self.zone, zone_size, "time zone");
                let schedule = match (text(self.pattern, pattern_size, "pattern"), self.every) {
                    (Some(pattern), _) => Schedule::Pattern { pattern, zone },
                    (None, Some(every)) => Schedule::Every(every),
                    (None, None) => Schedule::Unknown,
                };
                let name = text(self.name, name_size, "name").unwrap_or_default();
                (name, schedule, self.end)
            }
        };
        Scheduler {
            queue: queue.clone(),
            id,
            kind,
            dialect,
            name,
            schedule,
            offset: self.offset.unwrap_or(0),
            next,
            start: self.start,
            end,
            limit: self.limit,
            made: self.made,
            counted: None,
            template_sizes: self.sizes.template,
            pending: None,
        }
    }
}
