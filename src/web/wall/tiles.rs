//! The tiles of the wall.

use askama::Template;

use crate::clock::unix_millis;
use crate::domain::access::scope::Scope;
use crate::domain::wall::{FAILING_OVER, Severity};
use crate::service::live::snapshot::Snapshot;
use crate::service::wall::{WallFamily, wall_of};
use crate::web::app::App;
use crate::web::html::element_id::element_id;
use crate::web::html::format::{duration, thousands};
use crate::web::versions::stranded_text::since_words;

/// How many families have a tile: as many as fit on a screen of 1920 × 1080 in letters that one reads from three metres.
const MOST: usize = 12;

/// The tiles, and what has none.
#[derive(Template)]
#[template(path = "wall/_tiles.html")]
pub(crate) struct Tiles {
    base: String,
    /// How many families are of each severity: the class, and `2 stranded`.
    sums: Vec<(&'static str, String)>,
    tiles: Vec<Tile>,
    /// What the families without a tile are; empty if all have one.
    more: String,
}

impl askama::filters::HtmlSafe for Tiles {}

/// A family.
struct Tile {
    id: String,
    name: String,
    class: &'static str,
    icon: &'static str,
    word: &'static str,
    outstanding: String,
    /// Why it is not fine; of a fine one, its workers.
    detail: String,
    /// `oldest wait 3 min`; empty if no job waits.
    wait: String,
}

impl Tiles {
    /// The tiles for a viewer with `scope`.
    pub(crate) fn of(app: &App, snapshot: &Snapshot, scope: &Scope) -> Self {
        let now = unix_millis();
        let families = wall_of(snapshot, scope, now);
        let prefixes = app.services.store().prefixes().len();
        let count = |severity: Severity, families: &[WallFamily]| {
            let mut of = families.iter();
            let is = |family: &&WallFamily| family.severity == severity;
            of.by_ref().filter(is).count()
        };
        let sums = Severity::ALL.iter().filter_map(|severity| {
            let families = count(*severity, &families);
            let text = format!("{} {}", thousands(families as u64), severity.word());
            (families > 0).then(|| (class_of(*severity), text))
        });
        let rest = families.get(MOST..).unwrap_or_default();
        Self {
            base: app.base_path.clone(),
            sums: sums.collect(),
            more: more(rest.len(), count(Severity::Fine, rest)),
            tiles: families
                .iter()
                .take(MOST)
                .map(|family| tile(family, prefixes > 1, now))
                .collect(),
        }
    }
}

/// `and 40 more that are fine`; `and 8 more, 5 of them not fine`.
fn more(families: usize, fine: usize) -> String {
    let bad = families - fine;
    let count = |families: usize| thousands(families as u64);
    match (families, bad) {
        (0, _) => String::new(),
        (1, 0) => "and 1 more that is fine".to_owned(),
        (families, 0) => format!("and {} more that are fine", count(families)),
        (1, _) => "and 1 more that is not fine".to_owned(),
        (families, bad) if families == bad => {
            format!("and {} more that are not fine", count(families))
        }
        (families, bad) => format!(
            "and {} more, {} of them not fine",
            count(families),
            count(bad)
        ),
    }
}

fn class_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Stranded => "stranded",
        Severity::Failing => "failing",
        Severity::Growing => "growing",
        Severity::Fine => "fine",
    }
}

fn tile(family: &WallFamily, with_prefix: bool, now: u64) -> Tile {
    let facts = &family.facts;
    let name = match with_prefix {
        true => format!("{}:{}", family.prefix, family.name),
        false => family.name.clone(),
    };
    let waits = family
        .oldest_waiting
        .map(|since| duration(now.saturating_sub(since)));
    Tile {
        id: element_id('w', &[&family.prefix, &family.name]),
        name,
        class: class_of(family.severity),
        icon: match family.severity {
            Severity::Stranded => "alert",
            Severity::Failing => "failed",
            Severity::Growing => "promote",
            Severity::Fine => "check",
        },
        word: family.severity.word(),
        outstanding: thousands(facts.outstanding),
        detail: match family.severity {
            Severity::Stranded => stranded(family, now),
            Severity::Failing => format!(
                "{} of {} failed in {FAILING_OVER} min",
                thousands(facts.failed),
                thousands(facts.failed + facts.completed)
            ),
            Severity::Growing => {
                format!("{} more a minute", thousands(facts.growth.round() as u64))
            }
            Severity::Fine => workers(family.workers),
        },
        wait: waits.map_or_else(String::new, |waits| format!("oldest wait {waits}")),
    }
}

/// `email/v1 has no workers since 14:02 UTC`.
fn stranded(family: &WallFamily, now: u64) -> String {
    let Some((queue, stranded)) = &family.stranded else {
        return String::new();
    };
    let since = stranded.as_ref().map(|stranded| since_words(stranded, now));
    format!("{queue} has no workers {}", since.unwrap_or_default())
}

fn workers(workers: Option<u64>) -> String {
    match workers {
        None => "workers unknown".to_owned(),
        Some(1) => "1 worker".to_owned(),
        Some(workers) => format!("{} workers", thousands(workers)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_tile_is_told_in_one_line() {
        for (families, fine, told) in [
            (0, 0, ""),
            (1, 1, "and 1 more that is fine"),
            (1_200, 1_200, "and 1,200 more that are fine"),
            (1, 0, "and 1 more that is not fine"),
            (3, 0, "and 3 more that are not fine"),
            (8, 3, "and 8 more, 5 of them not fine"),
        ] {
            assert_eq!(more(families, fine), told);
        }
    }
}
