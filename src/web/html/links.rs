//! The addresses of pages. Names are in the query, where proxies leave `%2F` alone and `/` needs no escape. So every queue
//! name works, and addresses stay readable: `/queue?name=email/v2`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::job::flow::Relative;
use crate::domain::job::{JobId, JobState, JobText};
use crate::domain::queue::QueueId;

/// The characters that are escaped in a query's value: all except those that RFC 3986 leaves unreserved, and `/`, `:` and
/// `@`, which a query may hold.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b':')
    .remove(b'@');

/// The usual length of an address, in bytes. A large overview makes thousands of addresses, and allocating this much at
/// once saves growing each.
const USUAL_LENGTH: usize = 64;

/// Makes addresses under a base path. Addresses leave the first prefix out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<'a> {
    base: &'a str,
    prefixes: &'a [String],
}

impl<'a> Links<'a> {
    pub(crate) fn new(base: &'a str, prefixes: &'a [String]) -> Self {
        Self { base, prefixes }
    }

    /// The address of a page with a query. Pairs without a value are left out.
    pub(crate) fn to(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut address = String::with_capacity(USUAL_LENGTH);
        address.push_str(self.base);
        address.push_str(path);
        let mut sign = '?';
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            address.push(sign);
            address.push_str(name);
            address.push('=');
            address.extend(utf8_percent_encode(value, IN_QUERY));
            sign = '&';
        }
        address
    }

    pub(crate) fn queue(&self, queue: &QueueId, more: &[(&str, &str)]) -> String {
        let named = [
            ("name", queue.name()),
            ("prefix", self.prefix(queue.prefix())),
        ];
        self.to("/queue", &[&named, more].concat())
    }

    /// The workers of a queue.
    pub(crate) fn workers_of(&self, queue: &QueueId) -> String {
        let named = [
            ("queue", queue.name()),
            ("prefix", self.prefix(queue.prefix())),
        ];
        self.to("/workers", &named)
    }

    /// The search in the jobs of a queue.
    pub(crate) fn search_of(&self, queue: &QueueId) -> String {
        let named = [
            ("queue", queue.name()),
            ("prefix", self.prefix(queue.prefix())),
        ];
        self.to("/search", &named)
    }

    /// The page of a family, or one of the pages below it.
    pub(crate) fn family(&self, prefix: &str, family: &str, path: &str) -> String {
        self.to(path, &[("name", family), ("prefix", self.prefix(prefix))])
    }

    pub(crate) fn add_job(&self, queue: &QueueId, more: &[(&str, &str)]) -> String {
        let named = [
            ("name", queue.name()),
            ("prefix", self.prefix(queue.prefix())),
        ];
        self.to("/queue/add", &[&named, more].concat())
    }

    pub(crate) fn queue_state(&self, queue: &QueueId, state: JobState) -> String {
        self.queue(queue, &[("state", state.name())])
    }

    pub(crate) fn job(&self, queue: &QueueId, id: &JobId) -> String {
        self.of_job("/job", queue, id, &[])
    }

    pub(crate) fn of_job(
        &self,
        path: &str,
        queue: &QueueId,
        id: &JobId,
        more: &[(&str, &str)],
    ) -> String {
        let named = [
            ("queue", queue.name()),
            ("prefix", self.prefix(queue.prefix())),
            ("id", id.as_str()),
        ];
        self.to(path, &[&named, more].concat())
    }

    pub(crate) fn job_text(
        &self,
        path: &str,
        queue: &QueueId,
        id: &JobId,
        text: JobText,
    ) -> String {
        self.of_job(path, queue, id, &[("text", text.field())])
    }

    pub(crate) fn relative(&self, relative: &Relative) -> String {
        let query = [
            ("queue", relative.queue.as_str()),
            ("prefix", self.prefix(&relative.prefix)),
            ("id", relative.id.as_str()),
        ];
        self.to("/job", &query)
    }

    /// A prefix as addresses name it: empty if it is the default one.
    pub(crate) fn prefix<'p>(&self, prefix: &'p str) -> &'p str {
        match self.prefixes.first() {
            Some(default) if default == prefix => "",
            _ => prefix,
        }
    }

    /// A queue's name, with its prefix before it unless that is the default one: `billing`, `v4:billing`.
    pub(crate) fn name(&self, queue: &QueueId) -> String {
        match self.prefix(queue.prefix()) {
            "" => queue.name().to_owned(),
            prefix => format!("{prefix}:{}", queue.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_queue_name_stays_readable_and_comes_back_whole() {
        let prefixes = ["bull".to_owned()];
        let links = Links::new("/keep", &prefixes);
        let address =
            |prefix: &str, name: &str| links.queue(&QueueId::new(prefix, name).unwrap(), &[]);
        assert_eq!(address("bull", "email/v2"), "/keep/queue?name=email/v2");
        assert_eq!(
            address("other", "a%2F b&c=<ü>+#"),
            "/keep/queue?name=a%252F%20b%26c%3D%3C%C3%BC%3E%2B%23&prefix=other"
        );
    }
}
