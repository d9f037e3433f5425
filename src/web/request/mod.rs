//! What is taken out of a request before a page's own handler runs, and what every answer is given.

pub(crate) mod extract;
pub(crate) mod forms;
pub(crate) mod health;
pub(crate) mod security;
