//! How Bullkeeper's work on this Redis does.

use crate::domain::background::health::Leading;
use crate::service::background::health::BackgroundSeen;
use crate::web::html::format::{When, thousands};

/// Who leads, how far the history is recorded, and what failed in this process.
pub(super) fn facts(seen: &BackgroundSeen) -> Vec<(&'static str, String)> {
    let at = |millis: u64| {
        let when = When::of(millis);
        format!("{} ({})", when.at, when.distance)
    };
    let leading = seen.health.as_ref().map(|health| match &health.leading {
        Leading::Process(process) => {
            let who = match (process.is_this, process.name.as_deref()) {
                (true, name) => format!("this one ({})", name.unwrap_or("without a name")),
                (false, name) => name.unwrap_or("another one").to_owned(),
            };
            match process.since_ms {
                Some(since) => format!("{who}, since {}", at(since)),
                None => who,
            }
        }
        Leading::Nobody { since_ms } => match since_ms {
            Some(since) => format!("none, since {}", at(*since)),
            None => "none so far".to_owned(),
        },
    });
    let recorded = seen.health.as_ref().map(|health| {
        let recorded = health.recorded_ms.map(|end| format!("up to {}", at(end)));
        recorded.unwrap_or_else(|| "nothing so far".to_owned())
    });
    let mut facts = vec![
        ("Leading process", told(leading)),
        ("History recorded", told(recorded)),
        ("Failed turns of tasks", thousands(seen.failures)),
        ("Restarted tasks", thousands(seen.restarts)),
        ("Damaged records", thousands(seen.set_aside)),
    ];
    if let Some((task, failure)) = &seen.last {
        let (words, when) = (failure.words, at(failure.at_ms));
        facts.push(("Last failure", format!("{}: {words}, {when}", task.words())));
        facts.push(("What to do", failure.advice.to_owned()));
    }
    facts
}

fn told(text: Option<String>) -> String {
    text.unwrap_or_else(|| "unknown: Redis does not answer".to_owned())
}
