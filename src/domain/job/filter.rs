//! Which jobs of a queue are meant: by state, name, id, error and a query, or by their ids alone.

use serde::{Deserialize, Serialize};

use super::JobState;
use crate::domain::access::glob::glob;
use crate::domain::search::Query;

/// Which jobs of a queue are meant. What is empty leaves none out. Kept as JSON in the records of runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobFilter {
    /// The names of their states.
    pub states: Vec<String>,
    /// Their name.
    #[serde(default)]
    pub name: String,
    /// A pattern with `*` that their id fits.
    #[serde(default)]
    pub id: String,
    /// A text that the reason of their failure holds, in whatever case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// A query that they match, as text whose times do not depend on when it is read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The ids of a selection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// How many jobs can be selected by their ids: as many as the longest page lists.
pub(crate) const MOST_SELECTED: usize = 200;

/// The longest text of a filter, in characters.
const LONGEST: usize = 500;

/// The longest query of a filter, in characters.
const LONGEST_QUERY: usize = 4_000;

impl JobFilter {
    /// The states, each as a queue keeps it: jobs that wait may lie in either of two lists, and go from one to the other when
    /// their queue is paused or resumed.
    ///
    /// States whose jobs the query can't want are left out.
    pub fn kept_states(&self) -> Vec<JobState> {
        let wanted = self.parsed_query().ok().flatten();
        let wanted = wanted.map(|query| query.states());
        let named = self.states.iter().filter_map(|name| name.parse().ok());
        let mut kept = Vec::new();
        for state in named.flat_map(|state| match state {
            JobState::Waiting | JobState::Paused => vec![JobState::Paused, JobState::Waiting],
            other => vec![other],
        }) {
            let is_wanted = wanted.as_ref().is_none_or(|states| states.contains(&state));
            if is_wanted && !kept.contains(&state) {
                kept.push(state);
            }
        }
        kept
    }

    /// The query; `None` if there is none.
    ///
    /// # Errors
    ///
    /// What is wrong with its text.
    pub fn parsed_query(&self) -> Result<Option<Query>, String> {
        if self.query.is_empty() {
            return Ok(None);
        }
        let query = Query::parse(&self.query);
        query
            .map(Some)
            .map_err(|error| format!("The query {:?}: {error}", self.query))
    }

    /// Whether it leaves out any job of its states.
    pub fn is_selective(&self) -> bool {
        let texts = [&self.name, &self.id, &self.error, &self.query];
        texts.iter().any(|text| !text.is_empty()) || !self.ids.is_empty()
    }

    /// Whether a job of its states is meant that has this id, name and reason of its failure, if the query wants it.
    pub fn wants(&self, id: &str, name: &str, error: &str) -> bool {
        (self.name.is_empty() || self.name == name)
            && (self.id.is_empty() || glob(&self.id, id))
            && (self.error.is_empty() || holds(error, &self.error))
            && (self.ids.is_empty() || self.ids.iter().any(|one| one == id))
    }

    /// Whether it can be meant, or what is wrong.
    pub fn check(&self) -> Result<(), String> {
        if self.ids.len() > MOST_SELECTED {
            return Err(format!(
                "{} jobs are selected, and {MOST_SELECTED} are allowed.",
                self.ids.len()
            ));
        }
        for (what, text) in [
            ("name", &self.name),
            ("id", &self.id),
            ("error", &self.error),
            ("query", &self.query),
        ] {
            let longest = if what == "query" {
                LONGEST_QUERY
            } else {
                LONGEST
            };
            if text.chars().count() > longest {
                return Err(format!(
                    "The {what} to filter by is longer than {longest} characters."
                ));
            }
        }
        self.parsed_query().map(|_| ())
    }

    /// The same filter without what it looks for in data and errors, for words that everybody reads.
    pub(crate) fn without_values(&self) -> Self {
        let untold = |text: &str, words: &str| match text.is_empty() {
            true => String::new(),
            false => words.to_owned(),
        };
        Self {
            error: untold(&self.error, "a text that is not shown"),
            query: untold(&self.query, "a query that is not shown"),
            ..self.clone()
        }
    }

    /// In our words: `waiting, delayed jobs named "send"`.
    pub fn words(&self) -> String {
        let mut words = match self.ids.len() {
            0 => format!("{} jobs", self.states.join(", ")),
            1 => "1 selected job".to_owned(),
            count => format!("{count} selected jobs"),
        };
        if !self.name.is_empty() {
            words += &format!(" named {:?}", self.name);
        }
        if !self.id.is_empty() {
            words += &format!(" with an id like {:?}", self.id);
        }
        if !self.error.is_empty() {
            words += &format!(" with {:?} in their error", self.error);
        }
        if !self.query.is_empty() {
            words += &format!(" that match {}", self.query);
        }
        words
    }
}

/// Whether `text` holds `part`, in whatever case.
fn holds(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_goes_by_name_by_a_pattern_of_the_id_and_by_a_part_of_the_error() {
        let filter = JobFilter {
            states: vec!["waiting".into(), "failed".into()],
            name: "send".into(),
            id: "order-*".into(),
            error: "No Such".into(),
            ..JobFilter::default()
        };
        assert!(filter.wants("order-1", "send", "Error: no such address"));
        assert!(!filter.wants("order-1", "sent", "no such address"));
        assert!(!filter.wants("1", "send", "no such address"));
        assert!(!filter.wants("order-1", "send", "timeout"));
        assert_eq!(
            filter.kept_states(),
            [JobState::Paused, JobState::Waiting, JobState::Failed]
        );
        assert_eq!(
            filter.words(),
            "waiting, failed jobs named \"send\" with an id like \"order-*\" with \"No Such\" in their error"
        );
    }

    #[test]
    fn a_query_leaves_out_states_and_a_text_that_is_none_is_refused() {
        let filter = JobFilter {
            states: vec!["waiting".into(), "failed".into()],
            query: "state = failed".into(),
            ..JobFilter::default()
        };
        assert_eq!(filter.kept_states(), [JobState::Failed]);
        assert!(filter.is_selective());
        assert_eq!(filter.check(), Ok(()));
        let broken = JobFilter {
            query: "data.a = \"".into(),
            ..filter
        };
        assert!(broken.check().is_err());
        let kept: JobFilter = serde_json::from_str(r#"{"states":["failed"]}"#).unwrap();
        assert_eq!(kept.parsed_query(), Ok(None));
    }

    #[test]
    fn a_selection_is_its_ids_alone() {
        let filter = JobFilter {
            states: vec!["failed".into()],
            ids: vec!["1".into(), "3".into()],
            ..JobFilter::default()
        };
        assert!(filter.is_selective());
        assert!(filter.wants("3", "any", ""));
        assert!(!filter.wants("2", "any", ""));
    }
}
