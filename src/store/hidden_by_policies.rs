//! What policies hide in the data of the jobs of one queue.

use std::sync::Arc;

use super::policy_files::Policies;
use super::schema_paths::stems;
use crate::domain::policy::PolicyInForce;
use crate::domain::policy::mask::Hiding;
use crate::domain::versions::VersionedName;

/// What policies hide in the data of the jobs of one queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct QueueHiding {
    lineage: Option<VersionedName>,
    /// What each policy file of the queue hides, by its path without its ending.
    files: Vec<(String, Hiding)>,
    /// What is hidden where there is no file.
    otherwise: Hiding,
}

impl QueueHiding {
    /// Hides everything.
    pub(crate) fn everything() -> Self {
        Self {
            otherwise: Hiding::Everything,
            ..Self::default()
        }
    }

    /// Whether nothing is hidden.
    pub(crate) fn is_nothing(&self) -> bool {
        self.of_any_job().is_nothing()
    }

    /// What is hidden in the data of jobs named `job`: what the most specific file says.
    pub(crate) fn of_job(&self, job: &str) -> Hiding {
        let Some(lineage) = &self.lineage else {
            return self.otherwise.clone();
        };
        let stems = stems(lineage, job);
        let found = stems
            .iter()
            .find_map(|stem| self.files.iter().find(|(file, _)| file == stem));
        found.map_or_else(|| self.otherwise.clone(), |(_, hiding)| hiding.clone())
    }

    /// What is hidden in the data of jobs of any name.
    pub(crate) fn of_any_job(&self) -> Hiding {
        let files = self.files.iter();
        files.fold(self.otherwise.clone(), |all, (_, hiding)| all.and(hiding))
    }

    /// What `policies` hide in the data of the jobs of a queue of `lineage`, and `otherwise` where there is no file. If the folder
    /// can't be read now, the last good policies hide.
    pub(super) fn of_queue(
        lineage: &VersionedName,
        policies: &Policies,
        is_readable: bool,
        otherwise: Hiding,
    ) -> Self {
        // Those of the family and of one of its names or versions; not those of names in other versions.
        let [family, version] =
            [&lineage.family, &lineage.label].map(|part| part.replace('%', "%25"));
        let version = version.replace('/', "%2F");
        let is_of_queue = |stem: &&String| {
            let Some(rest) = stem.strip_prefix(&family) else {
                return false;
            };
            let mut parts = rest.split('/').skip(1);
            match (
                rest.is_empty() || rest.starts_with('/'),
                parts.next(),
                parts.next(),
            ) {
                (false, ..) => false,
                (true, Some(first), Some(_)) => first == version,
                (true, ..) => true,
            }
        };
        let files = policies.iter().filter(|(stem, _)| is_of_queue(stem));
        let hiding = files.map(|(stem, file)| {
            let in_force = match (is_readable, &file.last_good) {
                (true, _) => file.in_force(),
                (false, Some(last_good)) => PolicyInForce::Policy(Arc::clone(last_good)),
                (false, None) => file.in_force(),
            };
            (stem.clone(), Hiding::under_policy(&in_force))
        });
        Self {
            lineage: Some(lineage.clone()),
            files: hiding.collect(),
            otherwise,
        }
    }
}
