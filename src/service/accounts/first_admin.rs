//! The first admin. A link that works once, for a limited time, lets whoever started the process make one.

use super::session::SessionData;
use super::users::NewUser;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Actor, Operator, Origin, Role};
use crate::service::Services;
use crate::service::error::ServiceError;

/// The result of opening the form of the first admin.
#[derive(Debug)]
pub enum FirstAdmin {
    /// The admin was made and is signed in.
    Made(SessionData),
    /// The link no longer works: it is too old, it was used, or a user exists already.
    Expired,
    /// The name or password is not accepted, and why.
    Bad(String),
}

/// The link for the first admin, as someone who can't sign in has to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpLink {
    /// There is a user, so none is needed.
    NotNeeded,
    /// The process printed one when it began.
    Printed,
    /// The one that it printed is too old.
    Expired,
}

impl Services {
    /// Whether whoever can't sign in has to look for the link. Redis is asked only where this process printed one; while it is
    /// away, nothing is said of a link.
    pub async fn set_up_link(&self) -> SetUpLink {
        match self.set_up.is_good() {
            Some(good) if matches!(self.store.has_users().await, Ok(false)) => match good {
                true => SetUpLink::Printed,
                false => SetUpLink::Expired,
            },
            _ => SetUpLink::NotNeeded,
        }
    }

    /// Makes the link for the first admin: its secret part, good for [`SET_UP_WITHIN`](crate::service::accounts::first_admin_link::SET_UP_WITHIN), once.
    pub fn offer_set_up(&self) -> String {
        self.set_up.offer()
    }

    /// Whether `token` belongs to the link for the first admin, and the link still works.
    pub fn is_set_up_open(&self, token: &str) -> bool {
        self.set_up.is_open(token)
    }

    /// Makes the first admin, and signs them in.
    pub async fn set_up(
        &self,
        token: &str,
        name: &str,
        password: String,
        origin: Origin,
    ) -> Result<FirstAdmin, ServiceError> {
        // Taken before anything else, so that only one of several requests at once continues.
        let Some(offered) = self.set_up.take(token) else {
            return Ok(FirstAdmin::Expired);
        };
        let made = self.make_first_admin(name, password, origin).await;
        if matches!(made, Ok(FirstAdmin::Bad(_)) | Err(_)) {
            self.set_up.put_back(offered);
        }
        made
    }

    async fn make_first_admin(
        &self,
        name: &str,
        password: String,
        origin: Origin,
    ) -> Result<FirstAdmin, ServiceError> {
        if self.store.has_users().await? {
            return Ok(FirstAdmin::Expired);
        }
        let by = Operator::new(
            Actor::FirstAdminLink,
            Role::Admin,
            Scope::everything(),
            origin,
            self.rules.read_only,
        );
        let new = NewUser {
            name: name.to_owned(),
            role: Role::Admin,
            scope: Scope::everything(),
            password,
        };
        match self.add_user(&by, new).await? {
            Ok(user) => Ok(FirstAdmin::Made(SessionData::of(&user))),
            Err(bad) => Ok(FirstAdmin::Bad(bad.to_string())),
        }
    }
}
