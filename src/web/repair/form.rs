//! The form of a repair: its fields, and what they ask for.

use crate::domain::edit::patch::apply::LONGEST_PATCH;
use crate::domain::failures::GroupId;
use crate::domain::job::JobState;
use crate::domain::job::filter::{JobFilter, MOST_SELECTED};
use crate::domain::queue::QueueId;
use crate::domain::repair::change::ChangeSpec;
use crate::domain::repair::change::steps::Step;
use crate::domain::repair::recipe::{KeptRecipe, Recipe};
use crate::domain::repair::spec::{REPAIRABLE, RepairSpec};
use crate::domain::search::Query;
use crate::service::jobs::operate_many::TypedCount;
use crate::web::app::{App, SMALL_FORM};
use crate::web::html::error::PageError;
use crate::web::queue::selected_form::SELECTION_FORM;
use crate::web::request::address::QueueAt;

/// The largest form, in bytes: two patches, steps, and a selection; encoding may triple a text.
pub(crate) const REPAIR_FORM: usize = 9 * LONGEST_PATCH + SELECTION_FORM + SMALL_FORM;

/// How many rows for steps the form has at least, and at most.
pub(super) const LEAST_ROWS: usize = 3;
pub(super) const MOST_ROWS: usize = 20;

/// All fields of the form and of the dry run. A ticked box may hold any text.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepairForm {
    pub(crate) queue: String,
    pub(crate) prefix: String,
    /// The states that are ticked, by name.
    pub(crate) states: Vec<String>,
    /// The query as it was typed, and with the times that it had when it was reviewed.
    pub(crate) query: String,
    pub(crate) fixed_query: String,
    pub(crate) job_name: String,
    pub(crate) job_id: String,
    pub(crate) error: String,
    /// The ids of a selection, instead of the query.
    pub(crate) ids: Vec<String>,
    /// Whether all jobs of the list are meant instead of the selection.
    pub(crate) all: bool,
    /// The error group that it came from; empty for none.
    pub(crate) group: String,
    /// The error groups that its recipe mended before.
    pub(crate) groups: Vec<String>,
    /// `steps`, `patch`, `merge` or `fixes`.
    pub(crate) kind: String,
    pub(crate) patch: String,
    pub(crate) merge: String,
    pub(crate) steps: Vec<Step>,
    /// Whether another row for a step is asked for.
    pub(crate) more: bool,
    pub(crate) retry: String,
    pub(crate) reason: String,
    pub(crate) confirm: String,
    pub(crate) count: String,
    pub(crate) typed_count: String,
    /// What was reviewed, and what the rules were.
    pub(crate) reviewed: String,
    pub(crate) rules: String,
    /// The job to test it on; empty for the first that would change.
    pub(crate) job_to_try: String,
    /// The recipe that it is, and the version that it was made from.
    pub(crate) recipe: String,
    pub(crate) recipe_version: String,
    /// Whether it is to begin without the second person that it takes.
    pub(crate) alone: bool,
}

impl RepairForm {
    /// Reads the fields of an address or form. Those of a row of steps come in this order: what, at, to.
    pub(crate) fn parse(fields: Vec<(String, String)>) -> Result<Self, PageError> {
        let mut form = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "queue" => form.queue = value,
                "prefix" => form.prefix = value,
                "state" if !value.is_empty() => form.states.push(value),
                "query" => form.query = value,
                "fixed_query" => form.fixed_query = value,
                "job_name" => form.job_name = value,
                "job_id" => form.job_id = value,
                "error" => form.error = value,
                "job" if !value.is_empty() && !form.ids.contains(&value) => form.ids.push(value),
                "all" => form.all = true,
                "group" => form.group = value,
                "mended" => form.groups.push(value),
                "kind" => form.kind = value,
                "patch" => form.patch = value,
                "merge" => form.merge = value,
                "what" => form.steps.push(Step {
                    what: value,
                    ..Step::default()
                }),
                "at" => form.steps.last_mut().map_or((), |step| step.at = value),
                "to" => form.steps.last_mut().map_or((), |step| step.to = value),
                "more" => form.more = true,
                "retry" => form.retry = value,
                "reason" => form.reason = value,
                "confirm" => form.confirm = value,
                "count" => form.count = value,
                "typed_count" => form.typed_count = value,
                "reviewed" => form.reviewed = value,
                "rules" => form.rules = value,
                "job_to_try" => form.job_to_try = value.trim().to_owned(),
                "recipe" => form.recipe = value.trim().to_owned(),
                "alone" => form.alone = !value.is_empty(),
                "version" => form.recipe_version = value,
                _ => {}
            }
        }
        form.tidied()
    }

    fn tidied(mut self) -> Result<Self, PageError> {
        if self.ids.len() > MOST_SELECTED {
            return Err(PageError::bad(format!(
                "At most {MOST_SELECTED} jobs can be selected at once. Select fewer, or filter the list and use its button for all."
            )));
        }
        if self.all {
            self.ids.clear();
        }
        if self.steps.len() > MOST_ROWS {
            return Err(PageError::bad(format!(
                "At most {MOST_ROWS} steps are taken."
            )));
        }
        // Jobs that wait may be in either list.
        for state in &mut self.states {
            if state == JobState::Paused.name() {
                *state = JobState::Waiting.name().to_owned();
            }
        }
        let mut seen = Vec::new();
        self.states.retain(|state| {
            let is_new = !seen.contains(state);
            seen.push(state.clone());
            is_new
        });
        self.steps.retain(|step| {
            let is_blank = step.at.trim().is_empty() && step.to.trim().is_empty();
            !is_blank
        });
        if self.kind.is_empty() {
            self.kind = "steps".to_owned();
        }
        Ok(self)
    }

    /// The queue that it is for.
    pub(crate) fn queue(&self, app: &App) -> Result<QueueId, PageError> {
        QueueAt::named(&self.queue, &self.prefix).queue(app)
    }

    /// Ticks all states where none is named, as in an address.
    pub(super) fn tick_all_or_named(&mut self) {
        if self.states.is_empty() {
            let all = REPAIRABLE.iter().map(|one| one.name().to_owned());
            self.states = all.collect();
        }
    }

    /// Which jobs are meant, with the times of the query as they were when it was reviewed, or as they are now.
    pub(crate) fn filter(&self) -> Result<JobFilter, String> {
        let states = self.states.clone();
        if !self.ids.is_empty() {
            return Ok(JobFilter {
                states,
                ids: self.ids.clone(),
                ..JobFilter::default()
            });
        }
        let text = match self.fixed_query.is_empty() {
            true => self.query.trim(),
            false => self.fixed_query.as_str(),
        };
        let query = Query::parse(text).map_err(|error| {
            let before = text.get(..error.at.start).unwrap_or_default();
            format!(
                "The query, at character {}: {error}",
                before.chars().count() + 1
            )
        })?;
        Ok(JobFilter {
            states,
            name: self.job_name.trim().to_owned(),
            id: self.job_id.trim().to_owned(),
            error: self.error.trim().to_owned(),
            query: match query.wants_all() {
                true => String::new(),
                false => query.fixed_text(),
            },
            ids: Vec::new(),
        })
    }

    /// The change that is chosen.
    pub(crate) fn change(&self) -> Result<ChangeSpec, String> {
        Ok(match self.kind.as_str() {
            "steps" => ChangeSpec::Steps {
                steps: self.steps.clone(),
            },
            "patch" => ChangeSpec::Patch {
                patch: self.patch.clone(),
            },
            "merge" => ChangeSpec::Merge {
                merge: self.merge.clone(),
            },
            "fixes" => ChangeSpec::Fixes,
            other => return Err(format!("There is no kind of change {other:?}.")),
        })
    }

    /// What is asked for.
    pub(crate) fn spec(&self) -> Result<RepairSpec, String> {
        Ok(RepairSpec {
            filter: self.filter()?,
            change: self.change()?,
            retry: !self.retry.is_empty(),
            rules: self.rules.clone(),
        })
    }

    pub(crate) fn counts(&self) -> TypedCount {
        let number = |text: &str| text.trim().replace(',', "").parse().ok();
        TypedCount {
            shown: number(&self.count),
            typed: number(&self.typed_count),
        }
    }

    /// The recipe that the form describes. Its query stays as it was typed.
    pub(crate) fn to_recipe(&self, queue: &QueueId) -> Result<Recipe, String> {
        if !self.ids.is_empty() {
            return Err("A recipe finds its jobs by a query. This form has a selection of ids, which can’t be kept.".to_owned());
        }
        let mut groups: Vec<String> = Vec::new();
        for group in std::iter::once(&self.group).chain(&self.groups) {
            if group.parse::<GroupId>().is_ok() && !groups.contains(group) {
                groups.push(group.clone());
            }
        }
        groups.truncate(crate::domain::repair::recipe::MOST_GROUPS);
        Ok(Recipe {
            name: self.recipe.clone(),
            prefix: queue.prefix().to_owned(),
            queue: queue.name().to_owned(),
            filter: JobFilter {
                query: self.query.trim().to_owned(),
                ..self.filter()?
            },
            change: self.change()?,
            retry: !self.retry.is_empty(),
            reason: self.reason.trim().to_owned(),
            groups,
        })
    }

    /// Takes what a recipe says. A newer version is made from the newest.
    pub(crate) fn fill_from(&mut self, kept: &KeptRecipe, newest: u64) {
        let recipe = &kept.recipe;
        self.recipe_version = newest.to_string();
        self.states = recipe.filter.states.clone();
        self.query = recipe.filter.query.clone();
        self.job_name = recipe.filter.name.clone();
        self.job_id = recipe.filter.id.clone();
        self.error = recipe.filter.error.clone();
        self.retry = if recipe.retry { "1" } else { "" }.to_owned();
        self.reason = recipe.reason.clone();
        self.groups = recipe.groups.clone();
        match &recipe.change {
            ChangeSpec::Steps { steps } => {
                (self.kind, self.steps) = ("steps".to_owned(), steps.clone());
            }
            ChangeSpec::Patch { patch } => {
                (self.kind, self.patch) = ("patch".to_owned(), patch.clone());
            }
            ChangeSpec::Merge { merge } => {
                (self.kind, self.merge) = ("merge".to_owned(), merge.clone());
            }
            ChangeSpec::Fixes => self.kind = "fixes".to_owned(),
        }
    }
}
