//! The backlogs of a family's versions over the last hour, on a common scale, so that one sees the work move from one
//! version to the other.

use askama::Template;

use super::plot::{Blank, Chart, OUTSTANDING};
use super::scale::{Scale, Unit};
use crate::domain::stats::series::{MINUTES, Minute};
use crate::web::html::format::thousands;

/// A chart for each version with outstanding jobs in that hour; empty if none has any.
#[derive(Template)]
#[template(path = "versions/_backlogs.html")]
pub(crate) struct Backlogs {
    charts: Vec<Backlog>,
}

impl askama::filters::HtmlSafe for Backlogs {}

/// The chart of one version.
struct Backlog {
    chart: Chart,
    /// Its development in words: `840 at 04:20, 312 at 05:19`.
    words: String,
}

/// The backlogs of the versions, each given by its label and its minutes.
pub(crate) fn backlogs(versions: &[(String, [Minute; MINUTES])]) -> Backlogs {
    let left = |minute: &Minute| minute.outstanding.filter(|jobs| *jobs > 0);
    let busy: Vec<(&str, &[Minute])> = versions
        .iter()
        .map(|(word, minutes)| (word.as_str(), &minutes[..MINUTES - 1]))
        .filter(|(_, whole)| whole.iter().any(|minute| left(minute).is_some()))
        .collect();
    let all = busy.iter().flat_map(|(_, whole)| whole.iter());
    let most = all.filter_map(left).max().unwrap_or_default();
    let scale = Scale::of(f64::from(most), Unit::Jobs);
    let chart = |(at, (word, whole)): (usize, &(&str, &[Minute]))| Backlog {
        chart: Blank::new(format!("backlog-{at}"), *word, "jobs", whole, Unit::Jobs)
            .lines_on(scale, &[OUTSTANDING]),
        words: words(whole),
    };
    Backlogs {
        charts: busy.iter().enumerate().map(chart).collect(),
    }
}

fn words(whole: &[Minute]) -> String {
    let known = |minute: &&Minute| minute.outstanding.is_some();
    let told = |minute: &Minute| {
        let jobs = thousands(minute.outstanding.unwrap_or_default().into());
        format!(
            "{jobs} at {}",
            crate::web::html::charts::plot::clock(minute)
        )
    };
    let ends = [whole.iter().find(known), whole.iter().rfind(known)];
    let [first, last] = ends.map(|minute| minute.map(told).unwrap_or_default());
    match first == last {
        true => last,
        false => format!("{first}, {last}"),
    }
}
