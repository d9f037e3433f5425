//! The field for one's own password, in a form that takes it again.

use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::web::request::fresh_password::PasswordProblem;

/// The field, where a form has it.
#[derive(Debug, Clone)]
pub(crate) struct PasswordField {
    /// Whose password it is; password managers look for it.
    pub(crate) user: String,
    /// What is wrong with the one that was typed; empty for nothing.
    pub(crate) problem: String,
}

impl PasswordField {
    /// The field for `operator`; `None` where the password that they typed before still counts and nothing is wrong.
    pub(crate) fn unless_fresh(
        operator: Option<&Operator>,
        problem: Option<&PasswordProblem>,
    ) -> Option<Self> {
        let operator = operator?;
        let is_fresh = operator.fresh_password(unix_millis()).is_some();
        (!is_fresh || problem.is_some()).then(|| Self {
            user: operator.name().to_owned(),
            problem: problem.map_or_else(String::new, |problem| problem.text.clone()),
        })
    }
}
