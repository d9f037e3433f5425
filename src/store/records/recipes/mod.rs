//! Recipes in Redis: the newest version of each in a hash, and its last versions in a list of its own.

use std::sync::LazyLock;

use redis::Script;

use super::audit::add_entry;
use crate::domain::access::permission::RepairMany;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::queue::QueueId;
use crate::domain::repair::recipe::{KeptRecipe, MOST_RECIPES, MOST_VERSIONS};
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

static SAVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("save.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("delete.lua")));

/// What came of saving a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipeWritten {
    /// It is kept as this version.
    Version(u64),
    /// So many recipes are kept that there is no room.
    Full,
    /// Somebody else saved this version meanwhile.
    Newer(u64),
}

impl Store {
    /// The newest version of every recipe, by name.
    pub async fn recipes(&self) -> Result<Vec<KeptRecipe>, StoreError> {
        let mut command = redis::cmd("HVALS");
        let answer = self.redis.command(command.arg(self.own.recipes())).await?;
        let mut recipes: Vec<KeptRecipe> = reply::texts(answer)
            .iter()
            .filter_map(|text| kept(text))
            .collect();
        let name = |kept: &KeptRecipe| {
            let recipe = &kept.recipe;
            (
                recipe.name.clone(),
                recipe.prefix.clone(),
                recipe.queue.clone(),
            )
        };
        recipes.sort_by_key(name);
        Ok(recipes)
    }

    /// The versions of a recipe that are kept, the newest first; none where there is no such recipe.
    pub async fn recipe_versions(
        &self,
        queue: &QueueId,
        name: &str,
    ) -> Result<Vec<KeptRecipe>, StoreError> {
        let mut command = redis::cmd("LRANGE");
        command
            .arg(self.own.recipe(queue, name))
            .arg(0)
            .arg(MOST_VERSIONS - 1);
        let answer = self.redis.command(&command).await?;
        Ok(reply::texts(answer)
            .iter()
            .filter_map(|text| kept(text))
            .collect())
    }

    /// Saves a recipe as the version behind `from`, 0 for a new one, with its entry. The entry's permit is for the recipe's queue.
    pub async fn save_recipe(
        &self,
        entry: &UnrecordedEntry<RepairMany>,
        recipe: &KeptRecipe,
        from: u64,
    ) -> Result<RecipeWritten, StoreError> {
        let queue = entry.permit().target();
        if recipe.recipe.queue_id().as_ref() != Some(queue) {
            return Err(StoreError::Unexpected(format!(
                "a recipe for {:?} came with a permit for {queue}",
                recipe.recipe.queue
            )));
        }
        let text = serde_json::to_string(recipe)
            .map_err(|error| StoreError::Unexpected(error.to_string()))?;
        let name = &recipe.recipe.name;
        let mut invocation = SAVE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.recipes())
            .key(self.own.recipe(queue, name))
            .arg(field(queue, name))
            .arg(from)
            .arg(text)
            .arg(MOST_RECIPES)
            .arg(MOST_VERSIONS);
        add_entry(&mut invocation, entry.as_entry());
        let answer: i64 = self.redis.script(&invocation).await?;
        Ok(match answer {
            0 => RecipeWritten::Full,
            1.. => RecipeWritten::Version(answer.unsigned_abs()),
            _ => RecipeWritten::Newer(answer.unsigned_abs()),
        })
    }

    /// Deletes a recipe for the queue of the entry's permit; `false` if there is none.
    pub async fn delete_recipe(
        &self,
        entry: &UnrecordedEntry<RepairMany>,
        name: &str,
    ) -> Result<bool, StoreError> {
        let queue = entry.permit().target();
        let mut invocation = DELETE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.recipes())
            .key(self.own.recipe(queue, name))
            .arg(field(queue, name));
        add_entry(&mut invocation, entry.as_entry());
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }
}

/// A recipe's name is its own within a queue. No name of a recipe holds a line break.
fn field(queue: &QueueId, name: &str) -> String {
    format!("{queue}\n{name}")
}

/// A version as it is kept; `None` where it can't be read, as after a change of the program.
fn kept(text: &str) -> Option<KeptRecipe> {
    let (version, json) = text.split_once('\t')?;
    let mut kept: KeptRecipe = serde_json::from_str(json).ok()?;
    kept.version = version.parse().ok()?;
    Some(kept)
}
