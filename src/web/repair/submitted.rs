//! How the form of a repair is received.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};

use super::form::RepairForm;
use crate::domain::access::Operator;
use crate::web::app::App;
use crate::web::request::address::Form;
use crate::web::request::fresh_password::TypedPassword;
use crate::web::request::session::SignedInUser;

/// A repair that is being prepared: the user, and what was typed so far.
#[derive(Debug)]
pub(crate) struct RepairContext {
    pub(crate) app: App,
    /// The user; `None` if they are not known, as after a session has ended.
    pub(crate) operator: Option<Operator>,
    pub(crate) form: RepairForm,
}

/// A form from a signed-in user. A person who is not signed in is told so above what they typed.
pub(crate) struct SubmittedRepair {
    pub(crate) operator: Operator,
    pub(crate) context: RepairContext,
    /// The password is no part of what comes again.
    pub(super) password: TypedPassword,
}

impl FromRequest<App> for SubmittedRepair {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedInUser::from_request_parts(&mut parts, app).await;
        let request = Request::from_parts(parts, body);
        let Form(mut fields) = Form::<Vec<(String, String)>>::from_request(request, app).await?;
        let password = fields.iter().position(|(name, _)| name == "password");
        let password = password.map_or_else(String::new, |at| fields.remove(at).1);
        let mut context = RepairContext {
            app: app.clone(),
            operator: None,
            form: RepairForm::parse(fields).map_err(IntoResponse::into_response)?,
        };
        match signed_in {
            Ok(SignedInUser(operator)) => {
                context.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    context,
                    password: password.into(),
                })
            }
            Err(error) => Err(context.failed(&error)),
        }
    }
}
