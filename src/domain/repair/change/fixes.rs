//! The quick fixes of a schema, made one after the other as long as each is the only one that is offered for its problem.

use super::text_edit::{NotChanged, Splice, TextEdit};
use crate::domain::edit::patch::place;
use crate::domain::edit::problem::problems_of;
use crate::domain::schema::in_force::InForce;

/// How often a text is checked again: a fix may show what another rule says.
const MOST_ROUNDS: usize = 20;

/// Makes the fixes, of one place or of all. Problems for which nothing is offered stay; where nothing can be fixed and something
/// is wrong, that is said.
pub(super) fn apply(
    edit: &mut TextEdit,
    schema: &InForce,
    only: Option<&[String]>,
) -> Result<(), NotChanged> {
    if !matches!(schema, InForce::Schema(_)) {
        return Err(NotChanged::Unfitting(
            "there is no schema in force for it, so nothing says what is right".to_owned(),
        ));
    }
    let before = edit.places;
    for _ in 0..MOST_ROUNDS {
        let is_meant = |pointer: &str| {
            only.is_none_or(|only| place::read(pointer).is_ok_and(|place| place == only))
        };
        let problems = problems_of(&edit.text, schema);
        let meant = problems
            .iter()
            .filter(|problem| is_meant(problem.pointer.as_deref().unwrap_or_default()));
        let mut is_right = true;
        let mut splices: Vec<Splice> = Vec::new();
        for problem in meant {
            is_right = false;
            if let [fix] = &problem.fixes[..] {
                splices.push(Splice {
                    from: fix.range.start,
                    to: fix.range.end,
                    with: fix.text.clone(),
                });
            }
        }
        if splices.is_empty() {
            return match is_right || edit.places > before {
                true => Ok(()),
                false => Err(NotChanged::NoFix),
            };
        }
        splices.sort_by_key(|splice| (splice.from, splice.to));
        // Fixes that touch each other wait for the next round. From the back, so that places in front stay where they are.
        let mut left_of = usize::MAX;
        for splice in splices.into_iter().rev() {
            if splice.to < left_of {
                left_of = splice.from;
                edit.splice(splice)?;
            }
        }
    }
    Ok(())
}
