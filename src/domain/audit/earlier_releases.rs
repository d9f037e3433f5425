//! What entries of earlier releases mean: they have no `actor_kind` and no `subject`.
//!
//! They are shown as what they mean and exported as they are stored.

use std::borrow::Cow;

use super::action::AuditAction;
use super::entry::Entry;
use super::field::EntryFields;
use crate::domain::access::{Actor, LOCAL};
use crate::domain::accounts::user_name::is_name;

/// Who did what an entry is about. Without a kind the name alone may be the command line's or a user's, since a user could
/// be called `console`: then the address tells, which for the command line is this machine. Of the first-admin link there
/// are entries about the user it added alone, and no user of that name could add one.
pub(super) fn actor_of(entry: &dyn EntryFields) -> Actor {
    let (kind, name) = (entry.field("actor_kind"), entry.field("actor"));
    if !kind.is_empty() {
        return Actor::recorded(&kind, &name);
    }
    if name == Actor::CommandLine.name() && entry.field("ip") == LOCAL {
        return Actor::CommandLine;
    }
    let adds = entry.field("action") == AuditAction::AddUser.name();
    if name == Actor::FirstAdminLink.name() && adds {
        return Actor::FirstAdminLink;
    }
    Actor::by_name(&name)
}

impl Entry {
    /// The user whom a change of users is about; empty where it is about none. Earlier releases wrote the name into the
    /// reason, and for a new user the role and queues behind it.
    pub fn subject(&self) -> Cow<'_, str> {
        if !self.subject.is_empty() || self.has_actor_kind() {
            return Cow::Borrowed(&self.subject);
        }
        let name = match self.action.value() {
            Some(AuditAction::AddUser) => self.reason.split_once(" as ").map(|(name, _)| name),
            // One's own password was changed without a name.
            Some(AuditAction::ChangePassword) if !is_name(&self.reason) => self.actor().user(),
            Some(
                AuditAction::ChangePassword
                | AuditAction::ChangeUser
                | AuditAction::DisableUser
                | AuditAction::EnableUser
                | AuditAction::RemoveUser,
            ) => Some(self.reason.as_str()),
            _ => None,
        };
        Cow::Borrowed(name.filter(|name| is_name(name)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fields: &[(&str, &str)]) -> Entry {
        let fields = fields.iter();
        Entry::from_fields(fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_name_without_a_kind_is_whose_the_rest_of_the_entry_says() {
        let user = |name: &str| Actor::User(name.to_owned());
        for (name, ip, action, actor) in [
            ("console", "local", "user.add", Actor::CommandLine),
            ("console", "10.0.0.7", "job.edit", user("console")),
            (
                "first-admin-link",
                "127.0.0.1",
                "user.add",
                Actor::FirstAdminLink,
            ),
            (
                "first-admin-link",
                "127.0.0.1",
                "job.edit",
                user("first-admin-link"),
            ),
            ("(unknown)", "10.0.0.7", "session.sign-in", Actor::Unknown),
            ("ann", "10.0.0.7", "job.edit", user("ann")),
        ] {
            let old = entry(&[("actor", name), ("ip", ip), ("action", action)]);
            assert_eq!(*old.actor(), actor, "{name} {ip} {action}");
        }
        let new = entry(&[
            ("actor", "console"),
            ("actor_kind", "user"),
            ("ip", "local"),
        ]);
        assert_eq!(*new.actor(), user("console"));
    }

    #[test]
    fn whom_a_change_was_about_is_found_in_its_reason() {
        for (action, reason, subject) in [
            ("user.add", "ben as operator for email/*, billing", "ben"),
            ("user.change", "ben", "ben"),
            ("user.disable", "ben", "ben"),
            ("user.password", "ben", "ben"),
            ("user.password", "", "ann"),
            (
                "user.password",
                "hashed again with current parameters",
                "ann",
            ),
            ("job.edit", "ben", ""),
        ] {
            let old = [("actor", "ann"), ("action", action), ("reason", reason)];
            assert_eq!(entry(&old).subject(), subject, "{action} {reason}");
        }
        let new = [
            ("actor", "ann"),
            ("actor_kind", "user"),
            ("action", "user.remove"),
        ];
        let named = [&new[..], &[("reason", "eve"), ("subject", "ben")]].concat();
        assert_eq!(entry(&named).subject(), "ben");
    }
}
