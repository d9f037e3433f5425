//! Whether the jobs of a family's versions would pass each other's schemas, in words.

use askama::Template;

use super::table::Columns;
use crate::domain::queue::QueueId;
use crate::domain::schema::compatibility::Tally;
use crate::service::versions::family_samples::FamilyCompatibility;
use crate::service::versions::schema_compatibility::{CHECKED, LARGEST_CHECKED, MOST_READ};
use crate::web::app::App;
use crate::web::html::format::{bytes, thousands};

/// How many kinds of violation are shown for a pair.
const SHOWN: usize = 3;

/// The section.
#[derive(Template)]
#[template(path = "versions/_schema_compatibility.html")]
pub(crate) struct SchemaCompatibilityView {
    base: String,
    /// `None` if there is no folder of schemas.
    pairs: Option<Vec<SchemaPairView>>,
    /// Whether there is more than one version.
    several: bool,
    /// How many jobs of a version are checked, and how large their data may be: each, and in all.
    checked: String,
    largest: String,
    most: String,
}

impl askama::filters::HtmlSafe for SchemaCompatibilityView {}

/// The jobs of one version under the schema of another.
struct SchemaPairView {
    from: String,
    to: String,
    question: String,
    /// `487 of 500 would pass`.
    pass: String,
    /// `s-good`, `s-warn` or `s-none`, and an icon.
    class: &'static str,
    icon: &'static str,
    /// Further results, a few words each.
    others: Vec<String>,
    /// How many jobs were checked: `all 312`, `500 of 12,480`.
    looked_at: String,
    /// The most common violations: the place, the message, and how many jobs have it.
    violations: Vec<(String, String, String)>,
}

impl SchemaCompatibilityView {
    pub(crate) fn of(app: &App, columns: &Columns, fits: Option<Vec<FamilyCompatibility>>) -> Self {
        let pairs = fits.map(|fits| {
            let pairs = fits.iter().flat_map(|fit| pairs_of(columns, fit));
            pairs.collect()
        });
        Self {
            base: app.base_path.clone(),
            pairs,
            several: columns.len() > 1,
            checked: thousands(CHECKED),
            largest: bytes(LARGEST_CHECKED),
            most: bytes(MOST_READ),
        }
    }
}

fn pairs_of(columns: &Columns, fit: &FamilyCompatibility) -> Vec<SchemaPairView> {
    let tallies = fit.under.iter();
    tallies
        .map(|(to, tally)| pair(columns, fit, to, tally.as_ref()))
        .collect()
}

fn pair(
    columns: &Columns,
    fit: &FamilyCompatibility,
    to: &QueueId,
    tally: Option<&Tally>,
) -> SchemaPairView {
    let place = |queue: &QueueId| columns.iter().position(|column| column.queue == *queue);
    let (from, under) = (columns.word(&fit.from), columns.word(to));
    let unread = Tally::default();
    let known = tally.unwrap_or(&unread);
    let (pass, class, icon) = match tally {
        None => (
            "unknown: the jobs could not be read".to_owned(),
            "s-none",
            "unknown",
        ),
        Some(tally) => verdict(tally),
    };
    SchemaPairView {
        question: match place(to) < place(&fit.from) {
            true => format!("Can {under}’s workers take {from}’s jobs?"),
            false => format!("Could {from}’s jobs go back to {under}?"),
        },
        from: from.to_owned(),
        to: under.to_owned(),
        pass,
        class,
        icon,
        others: others(known),
        looked_at: match (known.jobs, fit.is_sampled) {
            (0, _) => String::new(),
            (jobs, false) => format!("all {}", thousands(jobs)),
            (jobs, true) => format!("{} of {}", thousands(jobs), thousands(fit.outstanding)),
        },
        violations: known
            .commonest(SHOWN)
            .into_iter()
            .map(|(kind, jobs)| (kind.pointer.clone(), kind.message.clone(), thousands(jobs)))
            .collect(),
    }
}

/// How many jobs would pass, of those that have a schema.
fn verdict(tally: &Tally) -> (String, &'static str, &'static str) {
    let under_a_schema = tally.jobs - tally.no_schema - tally.schema_faulty;
    match under_a_schema {
        _ if tally.jobs == 0 => ("none is left".to_owned(), "s-none", "check"),
        0 if tally.schema_faulty > 0 => ("the schema is faulty".to_owned(), "s-bad", "alert"),
        0 => ("no schema".to_owned(), "s-none", "unknown"),
        all => {
            let words = format!("{} of {} would pass", thousands(tally.pass), thousands(all));
            match tally.pass == all {
                true => (words, "s-good", "check"),
                false => (words, "s-warn", "alert"),
            }
        }
    }
}

fn others(tally: &Tally) -> Vec<String> {
    let some_schema = tally.jobs > tally.no_schema + tally.schema_faulty;
    [
        (tally.breaks, "break it"),
        (tally.not_json, "no JSON"),
        (tally.too_large, "too large to be read"),
        (
            if some_schema { tally.no_schema } else { 0 },
            "without a schema",
        ),
        (
            if some_schema { tally.schema_faulty } else { 0 },
            "under a faulty schema",
        ),
    ]
    .into_iter()
    .filter(|(jobs, _)| *jobs > 0)
    .map(|(jobs, words)| format!("{} {words}", thousands(jobs)))
    .collect()
}
