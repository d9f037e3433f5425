//! Whether someone is a second person. Users are compared by the id that they keep for as long as they exist, and by name; a
//! tab, a browser or a session makes nobody another person.

use std::str::FromStr;

/// A user who may be a second person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person<'a> {
    /// The name.
    pub name: &'a str,
    /// The id, which begins with the time when the user was made; empty for a user that an earlier release made.
    pub id: &'a str,
}

/// Why someone is no second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSecond {
    /// It is the requester.
    #[error("the requester can't approve their own change: another person has to")]
    Requester,
    /// The user was made after the proposal, and so may be the requester under a new name.
    #[error(
        "this user was made after the change was proposed: someone who was a user before has to approve it"
    )]
    MadeAfter,
}

/// Checks whether `approver` may be a second person beside `requester`, who proposed something at `made`, in Unix
/// milliseconds.
pub(crate) fn check_second(
    requester: Person<'_>,
    approver: Person<'_>,
    made: u64,
) -> Result<(), NotSecond> {
    let same_id = !requester.id.is_empty() && requester.id == approver.id;
    if same_id || requester.name.eq_ignore_ascii_case(approver.name) {
        return Err(NotSecond::Requester);
    }
    match ulid::Ulid::from_str(approver.id) {
        Ok(id) if id.timestamp_ms() >= made => Err(NotSecond::MadeAfter),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(at: u64) -> String {
        ulid::Ulid::from_parts(at, 7).to_string()
    }

    #[test]
    fn only_another_user_who_was_there_before_is_a_second_person() {
        let (old, new) = (id_of(1_000), id_of(3_000));
        let ann = Person {
            name: "ann",
            id: &old,
        };
        let check = |name, id: &str| check_second(ann, Person { name, id }, 2_000);
        assert_eq!(check("bob", &id_of(1_500)), Ok(()));
        assert_eq!(check("bob", ""), Ok(()), "made by an earlier release");
        assert_eq!(check("ann", &old), Err(NotSecond::Requester));
        assert_eq!(check("ann", &new), Err(NotSecond::Requester), "made again");
        assert_eq!(check("Ann", &new), Err(NotSecond::Requester));
        assert_eq!(check("bob", &old), Err(NotSecond::Requester), "renamed");
        assert_eq!(check("bob", &new), Err(NotSecond::MadeAfter));
        assert_eq!(check("bob", &id_of(2_000)), Err(NotSecond::MadeAfter));
    }

    #[test]
    fn users_of_an_earlier_release_are_told_apart_by_name() {
        let ann = Person {
            name: "ann",
            id: "",
        };
        let bob = Person {
            name: "bob",
            id: "",
        };
        assert_eq!(check_second(ann, bob, 1), Ok(()));
        assert_eq!(check_second(ann, ann, 1), Err(NotSecond::Requester));
    }
}
