//! Recipes: repairs that are kept under a name, to be run again.

use serde::{Deserialize, Serialize};

use super::change::ChangeSpec;
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::failures::GroupId;
use crate::domain::job::filter::JobFilter;
use crate::domain::queue::QueueId;

/// How many recipes are kept.
pub(crate) const MOST_RECIPES: usize = 100;

/// How many versions of a recipe are kept; the oldest go first.
pub(crate) const MOST_VERSIONS: usize = 20;

/// The most bytes of a recipe.
pub(crate) const LARGEST_RECIPE: usize = 128 * 1024;

/// How many error groups a recipe remembers that it mended.
pub(crate) const MOST_GROUPS: usize = 50;

/// The longest name, in characters.
const LONGEST_NAME: usize = 80;

/// The format of an exported file.
const FORMAT: &str = "bullkeeper-recipe/1";

/// A repair that is kept under a name. The query is kept as it was typed, so that `24h ago` means the day before each run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// The prefix of the queue that it is for.
    pub prefix: String,
    /// The queue's name.
    pub queue: String,
    /// Which jobs.
    pub filter: JobFilter,
    /// The change.
    pub change: ChangeSpec,
    /// Whether each job is retried in the same step.
    #[serde(default)]
    pub retry: bool,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// The error groups that it mended, the newest first.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A version of a recipe as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRecipe {
    /// The version, from 1.
    pub version: u64,
    /// Who saved it.
    pub by: String,
    /// When, in Unix milliseconds.
    pub at: u64,
    /// The recipe.
    pub recipe: Recipe,
}

/// A recipe as a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeFile {
    format: String,
    recipe: Recipe,
}

impl Recipe {
    /// The queue that it is for.
    pub fn queue_id(&self) -> Option<QueueId> {
        QueueId::new(&self.prefix, &self.queue).ok()
    }

    /// Whether it can be kept, or what is wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || self.name.trim() != self.name {
            return Err("A recipe needs a name without white space around it.".to_owned());
        }
        if length > LONGEST_NAME || self.name.chars().any(char::is_control) {
            return Err(format!(
                "The name of a recipe has at most {LONGEST_NAME} characters, and no control characters."
            ));
        }
        if self.queue_id().is_none() {
            return Err("The recipe names no queue.".to_owned());
        }
        if !self.filter.ids.is_empty() {
            return Err(
                "A recipe finds its jobs by a query or a filter. A selection of ids can’t be kept."
                    .to_owned(),
            );
        }
        let reason = self.reason.chars().count();
        if reason > LONGEST_REASON {
            return Err(format!(
                "The reason has {reason} characters, and {LONGEST_REASON} are allowed."
            ));
        }
        if self.groups.len() > MOST_GROUPS
            || self
                .groups
                .iter()
                .any(|one| one.parse::<GroupId>().is_err())
        {
            return Err(format!(
                "A recipe remembers at most {MOST_GROUPS} error groups, each by its id."
            ));
        }
        self.filter.check()?;
        self.change.ready()?;
        let size = self.to_file().len();
        match size > LARGEST_RECIPE {
            true => Err(format!(
                "The recipe has {size} bytes, and {LARGEST_RECIPE} are allowed."
            )),
            false => Ok(()),
        }
    }

    /// As a file.
    pub fn to_file(&self) -> String {
        let file = RecipeFile {
            format: FORMAT.to_owned(),
            recipe: self.clone(),
        };
        // Texts and numbers can always be written.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// Reads what [`Recipe::to_file`] wrote.
    ///
    /// # Errors
    ///
    /// In words for the person who sent it.
    pub fn from_file(text: &str) -> Result<Self, String> {
        if text.len() > LARGEST_RECIPE {
            return Err(format!(
                "The file has {} bytes, and {LARGEST_RECIPE} are allowed.",
                text.len()
            ));
        }
        let file: RecipeFile = serde_json::from_str(text)
            .map_err(|error| format!("The file is not a recipe of Bullkeeper: {error}."))?;
        if file.format != FORMAT {
            return Err(format!(
                "The file has the format {:?}, and {FORMAT:?} is read.",
                file.format
            ));
        }
        file.recipe.check()?;
        Ok(file.recipe)
    }
}
