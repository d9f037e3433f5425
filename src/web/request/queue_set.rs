//! Which queues an address is about: `?queue=`, or `?family=`, or neither for all.

use crate::domain::queue::queue_set::QueueSet;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::links::Links;
use crate::web::request::address::{FamilyAt, QueueAt};

/// The queues that an address names by a queue, a family and their prefix.
pub(crate) fn queue_set(
    app: &App,
    queue: &str,
    family: &str,
    prefix: &str,
) -> Result<QueueSet, PageError> {
    match (queue, family) {
        ("", "") => Ok(QueueSet::All),
        (name, "") => Ok(QueueSet::Queue(QueueAt::named(name, prefix).queue(app)?)),
        ("", name) => Ok(QueueSet::Family {
            prefix: FamilyAt::named(name, prefix).prefix(app)?.to_owned(),
            name: name.to_owned(),
        }),
        _ => Err(PageError::bad(
            "An address names a queue or a family, not both.",
        )),
    }
}

/// An address that names these queues and has more parameters.
pub(crate) fn href_of_set(
    links: Links<'_>,
    path: &str,
    set: &QueueSet,
    more: &[(&str, &str)],
) -> String {
    let (queue, family, prefix) = match set {
        QueueSet::All => ("", "", ""),
        QueueSet::Family { prefix, name } => ("", name.as_str(), prefix.as_str()),
        QueueSet::Queue(queue) => (queue.name(), "", queue.prefix()),
    };
    let named = [
        ("queue", queue),
        ("family", family),
        ("prefix", links.prefix(prefix)),
    ];
    links.to(path, &[&named, more].concat())
}
