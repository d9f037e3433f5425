//! Recipes: saving a repair under a name, reading its versions, deleting it, and taking it along as a file. Only those who may repair
//! the jobs of its queue see it.

use crate::clock::unix_millis;
use crate::domain::access::permission::RepairMany;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::queue::QueueId;
use crate::domain::repair::recipe::{KeptRecipe, MOST_RECIPES, Recipe};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::recipes::RecipeWritten;

/// What came of saving a recipe.
#[derive(Debug, PartialEq, Eq)]
pub enum RecipeSaved {
    /// It is kept as this version.
    Version(u64),
    /// It can't be kept, in words.
    Not(String),
    /// This version is the newest, and another one was edited.
    Newer(u64),
}

impl Services {
    /// The newest version of every recipe that this person may run; none for those who may not repair. A recipe may name values,
    /// so those who may not see all data of its queue do not see it either.
    pub async fn recipes(&self, operator: &Operator) -> Result<Vec<KeptRecipe>, ServiceError> {
        self.check_may_anywhere(operator, Action::View).await?;
        let mut seen = Vec::new();
        for kept in self.store.recipes().await? {
            let Some(queue) = kept.recipe.queue_id() else {
                continue;
            };
            let may = operator.may(Action::RepairMany, &queue);
            if may && self.hidden_from(operator, &queue).await.is_none() {
                seen.push(kept);
            }
        }
        Ok(seen)
    }

    /// The recipes for a queue that mended an error group before; none for those who may not repair.
    pub async fn recipes_for_group(
        &self,
        operator: &Operator,
        group: &str,
    ) -> Result<Vec<KeptRecipe>, ServiceError> {
        let mut recipes = self.recipes(operator).await?;
        recipes.retain(|kept| kept.recipe.groups.iter().any(|one| one == group));
        Ok(recipes)
    }

    /// The versions of a recipe that are kept, the newest first.
    pub async fn recipe_versions(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
    ) -> Result<Vec<KeptRecipe>, ServiceError> {
        self.check_may(operator, Action::RepairMany, queue, None)
            .await?;
        if self.hidden_from(operator, queue).await.is_some() {
            return Err(no_recipe(name));
        }
        let versions = self.store.recipe_versions(queue, name).await?;
        match versions.is_empty() {
            true => Err(no_recipe(name)),
            false => Ok(versions),
        }
    }

    /// Saves a recipe as the version behind `from`, 0 for a new one.
    pub async fn save_recipe(
        &self,
        operator: &Operator,
        recipe: Recipe,
        from: u64,
        how: &str,
    ) -> Result<RecipeSaved, ServiceError> {
        let Some(queue) = recipe.queue_id() else {
            self.check_may_anywhere(operator, Action::RepairMany)
                .await?;
            return Ok(RecipeSaved::Not("The recipe names no queue.".to_owned()));
        };
        let permit = self.permit::<RepairMany>(operator, queue.clone()).await?;
        if let Err(words) = recipe.check() {
            return Ok(RecipeSaved::Not(words));
        }
        let version = from + 1;
        let entry = UnrecordedEntry::new(&permit, Act::SAVE_RECIPE, AuditOutcome::Applied)
            .noting(format!("{how}recipe {:?}, version {version}", recipe.name))
            .reason(
                &self
                    .kept_reason_in(&queue, &recipe.reason, Vec::new)
                    .await?,
            );
        let kept = KeptRecipe {
            version,
            by: operator.name().to_owned(),
            at: unix_millis(),
            recipe,
        };
        let written = self.store.save_recipe(&entry, &kept, from).await;
        Ok(match self.witnessed(entry.as_entry(), written)? {
            RecipeWritten::Version(version) => RecipeSaved::Version(version),
            RecipeWritten::Newer(version) => RecipeSaved::Newer(version),
            RecipeWritten::Full => RecipeSaved::Not(format!(
                "{MOST_RECIPES} recipes are kept, and there is no room for another. Delete one first."
            )),
        })
    }

    /// Deletes a recipe with all its versions.
    pub async fn delete_recipe(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
    ) -> Result<(), ServiceError> {
        let permit = self.permit::<RepairMany>(operator, queue.clone()).await?;
        let entry = UnrecordedEntry::new(&permit, Act::DELETE_RECIPE, AuditOutcome::Applied)
            .noting(format!("recipe {name:?}"));
        let deleted = self.store.delete_recipe(&entry, name).await;
        match self.witnessed(entry.as_entry(), deleted)? {
            true => Ok(()),
            false => Err(no_recipe(name)),
        }
    }

    /// A version of a recipe as a file.
    pub async fn export_recipe(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
        version: Option<u64>,
    ) -> Result<KeptRecipe, ServiceError> {
        let versions = self.recipe_versions(operator, queue, name).await?;
        let found = versions
            .into_iter()
            .find(|kept| version.is_none_or(|version| kept.version == version));
        let kept = found.ok_or_else(|| no_recipe(name))?;
        let entry = Entry::new(operator, AuditAction::ExportRecipe, AuditOutcome::Applied)
            .on_queue(queue)
            .noting(format!("recipe {name:?}, version {}", kept.version));
        self.note(&entry).await;
        Ok(kept)
    }
}

fn no_recipe(name: &str) -> ServiceError {
    ServiceError::NotFound(format!("recipe {name:?}"))
}
