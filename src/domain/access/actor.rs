//! Who does something: every actor is of one of these kinds, so that no user is taken for the command line, a policy or a
//! link.
//!
//! An audit entry keeps two texts of it: [`Actor::kind_name`] and [`Actor::name`].

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Actor {
    /// A user, by name.
    User(String),
    /// Whoever runs the program's command line.
    CommandLine,
    /// A policy of the settings.
    Policy(Policy),
    /// Whoever opened the link that makes the first admin.
    FirstAdminLink,
    /// Someone who is not signed in.
    #[default]
    Unknown,
    /// Many, in an entry that stands for events of more than one actor.
    Several,
    /// One that this release does not know, as another release recorded it.
    Other {
        /// What the entry says of its kind.
        kind: String,
        /// What the entry calls it.
        name: String,
    },
}

/// A policy of the settings that acts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantArray)]
pub enum Policy {
    /// Retires drained versions: the setting `auto_retire`.
    #[strum(serialize = "policy:auto-retire")]
    AutoRetire,
}

/// The kinds of actors, under the names that entries and filters use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_kind)]
pub enum ActorKind {
    /// A user.
    User,
    /// The command line.
    CommandLine,
    /// A policy of the settings.
    Policy,
    /// The link that makes the first admin.
    FirstAdminLink,
    /// Someone who is not signed in.
    Unknown,
    /// Many actors in one entry.
    Several,
}

/// What a user can't be called, beside the names of the kinds. `token` is kept free for API tokens.
const RESERVED: [&str; 2] = ["console", "token"];

impl Actor {
    /// The name that entries and the process's log have. It tells an actor apart from others of its kind alone: an earlier
    /// release let a user be called `console`, which is also the command line's name.
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Other { name, .. } => name,
            Self::CommandLine => "console",
            Self::Policy(policy) => policy.into(),
            Self::FirstAdminLink => "first-admin-link",
            Self::Unknown => "(unknown)",
            Self::Several => "(several)",
        }
    }

    /// The user's name; `None` where it is not a user.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::User(name) => Some(name),
            _ => None,
        }
    }

    /// The kind; `None` where this release does not know it.
    pub fn kind(&self) -> Option<ActorKind> {
        Some(match self {
            Self::User(_) => ActorKind::User,
            Self::CommandLine => ActorKind::CommandLine,
            Self::Policy(_) => ActorKind::Policy,
            Self::FirstAdminLink => ActorKind::FirstAdminLink,
            Self::Unknown => ActorKind::Unknown,
            Self::Several => ActorKind::Several,
            Self::Other { .. } => return None,
        })
    }

    /// The kind's name in entries; empty where the entry has none.
    pub fn kind_name(&self) -> &str {
        match (self, self.kind()) {
            (Self::Other { kind, .. }, _) => kind,
            (_, kind) => kind.map_or("", ActorKind::name),
        }
    }

    /// The actor of an entry that says its kind. A name that does not go with the kind is kept, and is not a user's.
    pub fn recorded(kind: &str, name: &str) -> Self {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let other = |kind, name| Self::Other { kind, name };
        let actor = match kind.parse() {
            Ok(ActorKind::User) => Self::User(name.clone()),
            Ok(ActorKind::CommandLine) => Self::CommandLine,
            Ok(ActorKind::FirstAdminLink) => Self::FirstAdminLink,
            Ok(ActorKind::Unknown) => Self::Unknown,
            Ok(ActorKind::Several) => Self::Several,
            Ok(ActorKind::Policy) => match name.parse() {
                Ok(policy) => Self::Policy(policy),
                Err(_) => return other(kind, name),
            },
            Err(_) => return other(kind, name),
        };
        let is_users = !name.contains(NEVER_IN_A_NAME);
        match actor.name() == name && (actor.user().is_none() || is_users) {
            true => actor,
            false => other(kind, name),
        }
    }

    /// The actor of a record without a kind, by a name that is not the command line's or the link's: whoever has one of
    /// those is a user.
    pub fn by_name(name: &str) -> Self {
        if let Ok(policy) = name.parse() {
            return Self::Policy(policy);
        }
        let named = [Self::Unknown, Self::Several];
        let named = named.into_iter().find(|actor| actor.name() == name);
        named.unwrap_or_else(|| match name.contains(NEVER_IN_A_NAME) {
            true => Self::Other {
                kind: String::new(),
                name: name.to_owned(),
            },
            false => Self::User(name.to_owned()),
        })
    }

    /// Whether no user may get this name any more, in whatever case, since it is another actor's or a kind's.
    pub fn is_reserved(name: &str) -> bool {
        Self::reserved().any(|reserved| reserved.eq_ignore_ascii_case(name))
    }

    /// The names that no user may get any more.
    pub fn reserved() -> impl Iterator<Item = &'static str> {
        let kinds = ActorKind::ALL.iter().map(|kind| kind.name());
        kinds.chain(RESERVED)
    }
}

/// No user's name holds one of these.
const NEVER_IN_A_NAME: [char; 2] = [':', '('];

impl fmt::Display for Actor {
    /// In words, as pages show it. A user's name holds no blank, so none looks like the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => f.write_str(name),
            Self::Policy(policy) => {
                let name: &str = policy.into();
                f.write_str(&name.replacen(':', " ", 1))
            }
            Self::CommandLine | Self::FirstAdminLink | Self::Unknown | Self::Several => {
                f.write_str(self.kind().map_or("", ActorKind::words))
            }
            Self::Other { kind, name } if kind.is_empty() => f.write_str(name),
            Self::Other { kind, name } => write!(f, "{name} ({kind})"),
        }
    }
}

impl ActorKind {
    /// Every kind.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The kind's name in entries and filters.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The kind in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::CommandLine => "command line",
            Self::Policy => "policy",
            Self::FirstAdminLink => "first-admin link",
            Self::Unknown => "unknown person",
            Self::Several => "several actors",
        }
    }
}

/// What is said of a text that names no kind.
fn no_kind(text: &str) -> String {
    let names: Vec<&str> = ActorKind::ALL.iter().map(|kind| kind.name()).collect();
    format!(
        "there is no kind of actor {text:?}; allowed are {}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_actor_comes_back_from_its_kind_and_name() {
        for actor in [
            Actor::User("ann".to_owned()),
            Actor::User("console".to_owned()),
            Actor::CommandLine,
            Actor::Policy(Policy::AutoRetire),
            Actor::FirstAdminLink,
            Actor::Unknown,
            Actor::Several,
            Actor::recorded("token", "deploys"),
            Actor::recorded("user", "policy:auto-retire"),
            Actor::recorded("command-line", "ann"),
            Actor::recorded("policy", "policy:of-a-later-release"),
        ] {
            assert_eq!(
                Actor::recorded(actor.kind_name(), actor.name()),
                actor,
                "{actor}"
            );
        }
    }

    #[test]
    fn only_a_users_entry_names_a_user() {
        assert_eq!(Actor::recorded("user", "ann").user(), Some("ann"));
        for (kind, name) in [
            ("user", "policy:auto-retire"),
            ("command-line", "ann"),
            ("token", "ann"),
            ("", "ann"),
        ] {
            assert_eq!(Actor::recorded(kind, name).user(), None, "{kind} {name}");
        }
        assert_eq!(Actor::by_name("policy:auto-retire").user(), None);
        assert_eq!(Actor::by_name("(unknown)"), Actor::Unknown);
    }

    #[test]
    fn no_user_looks_like_another_actor() {
        for name in ["console", "Console", "first-admin-link", "policy", "token"] {
            assert!(Actor::is_reserved(name), "{name}");
        }
        assert!(!Actor::is_reserved("ann"));
        let words = Actor::recorded("token", "deploys").to_string();
        assert_eq!(words, "deploys (token)");
        assert_eq!(Actor::CommandLine.to_string(), "command line");
        let policy = Actor::Policy(Policy::AutoRetire);
        assert_eq!(policy.to_string(), "policy auto-retire");
    }
}
