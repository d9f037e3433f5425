//! The paths in the folder of schemas that belong to a queue and a job name.

use crate::domain::versions::VersionedName;

/// The paths that a job's schema may have, the most specific first.
pub(super) fn candidates(lineage: &VersionedName, job: &str) -> Vec<String> {
    let stems = stems(lineage, job).into_iter();
    stems
        .map(|stem| match stem.strip_suffix(".policy") {
            Some(rest) => format!("{rest}%2Epolicy.json"),
            None => format!("{stem}.json"),
        })
        .collect()
}

/// Those paths without their ending. `%`, and in a job's name `/`, are written `%25` and `%2F`, so that two names never share
/// a file.
pub(super) fn stems(lineage: &VersionedName, job: &str) -> Vec<String> {
    let family = lineage.family.replace('%', "%25");
    let version = lineage.label.replace('%', "%25").replace('/', "%2F");
    let job = job.replace('%', "%25").replace('/', "%2F");
    let mut paths = Vec::with_capacity(4);
    if !version.is_empty() {
        paths.push(format!("{family}/{version}/{job}"));
        paths.push(format!("{family}/{version}"));
    }
    paths.push(format!("{family}/{job}"));
    paths.push(family);
    paths
}

/// The path in a folder of schemas for the jobs of a queue of `lineage`, or for those named `job` alone.
pub(crate) fn path_of(lineage: &VersionedName, job: Option<&str>) -> String {
    let mut paths = candidates(lineage, job.unwrap_or_default()).into_iter();
    let path = match (lineage.label.is_empty(), job) {
        // The path for jobs of a name comes before that for all.
        (_, Some(_)) => paths.next(),
        (false, None) => paths.nth(1),
        (true, None) => paths.next_back(),
    };
    path.unwrap_or_default()
}
