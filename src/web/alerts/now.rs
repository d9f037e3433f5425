//! What the page of alerts shows, and its stream changes.

use askama::Template;
use serde::Deserialize;

use super::rows::{AlertRow, SilenceRow, WebhookRow};
use crate::domain::access::{Action, Operator};
use crate::domain::alerts::book::Alert;
use crate::web::app::App;
use crate::web::html::format::thousands;

/// The times that the form offers, and in words.
const LASTS: [(&str, &str); 7] = [
    ("30m", "30 minutes"),
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("12h", "12 hours"),
    ("1d", "1 day"),
    ("7d", "7 days"),
    ("30d", "30 days"),
];

/// The form of a silence, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SilenceForm {
    #[serde(default)]
    pub(super) watch: String,
    #[serde(default)]
    pub(super) queues: String,
    #[serde(default)]
    pub(super) lasts: String,
    #[serde(default)]
    pub(super) why: String,
}

/// A choice of the form: its value, its words, and whether it is chosen.
type Chosen = (String, String, bool);

/// What the page shows.
#[derive(Template)]
#[template(path = "alerts/_now.html")]
pub(crate) struct AlertsNow {
    base: String,
    firing: Vec<AlertRow>,
    pending: Vec<AlertRow>,
    recent: Vec<AlertRow>,
    left_out: String,
    is_without_leader: bool,
    silences: Vec<SilenceRow>,
    rules: Vec<String>,
    has_rules: bool,
    may_see_rules: bool,
    webhooks: Option<Vec<WebhookRow>>,
    may_silence: bool,
    form: SilenceForm,
    problem: String,
    watches: Vec<Chosen>,
    lasts: Vec<Chosen>,
}

impl askama::filters::HtmlSafe for AlertsNow {}

impl AlertsNow {
    /// What it shows to someone, with the form as it was typed and why it was refused.
    pub(crate) fn of(app: &App, operator: &Operator, form: SilenceForm, problem: String) -> Self {
        let seen = app.services.alerts_seen(operator);
        let rows = |alerts: &[Alert]| {
            alerts
                .iter()
                .map(|alert| AlertRow::new(app, alert))
                .collect()
        };
        Self {
            base: app.base_path.clone(),
            firing: seen
                .firing
                .iter()
                .map(|one| AlertRow::firing(app, one))
                .collect(),
            pending: rows(&seen.pending),
            recent: seen
                .recent
                .iter()
                .map(|past| AlertRow::past(app, past))
                .collect(),
            left_out: match seen.left_out {
                0 => String::new(),
                left_out => thousands(left_out),
            },
            is_without_leader: app.services.is_without_leader(),
            silences: (seen.silences.iter())
                .map(|silence| SilenceRow::new(silence, operator))
                .collect(),
            has_rules: !app.services.rules().alerts.is_empty(),
            may_see_rules: operator.scope().is_everything(),
            rules: seen.rules,
            webhooks: seen
                .webhooks
                .map(|seen| seen.iter().map(WebhookRow::new).collect()),
            may_silence: operator.may_anywhere(Action::SilenceAlerts)
                && !app.services.rules().alerts.is_empty(),
            watches: watch_choices(&seen.watches, &form),
            lasts: lasts_choices(&form),
            form,
            problem,
        }
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        self.firing.len() + self.pending.len() + self.recent.len()
    }
}

/// The rules to choose from. What was chosen stays chosen, though it may be none any more: another choice would be a guess.
fn watch_choices(watches: &[String], form: &SilenceForm) -> Vec<Chosen> {
    let choice = |watch: &String| (watch.clone(), watch.clone(), *watch == form.watch);
    let is_gone = !form.watch.is_empty() && !watches.contains(&form.watch);
    let gone = is_gone.then_some(&form.watch);
    watches.iter().chain(gone).map(choice).collect()
}

fn lasts_choices(form: &SilenceForm) -> Vec<Chosen> {
    let chosen = match form.lasts.as_str() {
        "" => "4h",
        chosen => chosen,
    };
    let choices = LASTS.iter();
    let choices = choices.map(|(value, words)| {
        let is_chosen = *value == chosen;
        ((*value).to_owned(), (*words).to_owned(), is_chosen)
    });
    choices.collect()
}
