//! What a form says of a run that takes a second person, and the password of someone who begins it without one.

use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::password_field::PasswordField;
use crate::web::request::fresh_password::{PasswordAgain, PasswordProblem, TypedPassword};

/// What a form says of a run that takes a second person.
#[derive(Debug)]
pub(crate) struct SecondPerson {
    /// Whether the reader may begin it alone.
    pub(crate) may_begin_alone: bool,
    /// The field for the password that this takes.
    pub(crate) password: Option<PasswordField>,
}

impl SecondPerson {
    /// For a run on a queue; `problem` is of the password that was typed.
    pub(crate) fn new(
        app: &App,
        operator: &Operator,
        queue: &QueueId,
        problem: Option<&PasswordProblem>,
    ) -> Self {
        Self {
            may_begin_alone: app.services.may_break_glass(operator, queue),
            password: PasswordField::unless_fresh(Some(operator), problem),
        }
    }
}

/// The same person with a fresh password, where they ask to begin a run alone and may. What they may not is for the service to
/// refuse.
pub(crate) async fn confirmed(
    app: &App,
    again: &PasswordAgain,
    operator: Operator,
    queue: &QueueId,
    typed: TypedPassword,
) -> Result<Result<Operator, PasswordProblem>, PageError> {
    match app.services.may_break_glass(&operator, queue) {
        true => again.confirm(app, operator, typed).await,
        false => Ok(Ok(operator)),
    }
}
