//! An entry as it is stored: the name of each field, their order, and how an entry is read back.
//!
//! A reader skips fields that it does not know, so that later releases can add some.

use std::borrow::Cow;

use super::earlier_releases::actor_of;
use super::entry::Entry;
use super::field::{EntryFields, StoredField};

/// A change up to this size, in bytes, is kept in its entry.
const LARGEST_INLINE: usize = 4096;

/// The fields of an entry but its actor's, in the order of an export's columns. A new one goes to the end, so that whoever
/// reads columns by their number still finds them.
macro_rules! stored_fields {
    ([$($first:ident),*], actor, [$($name:ident),*]) => {
        impl Entry {
            /// Every field with its name, empty or not, in the order of an export's columns.
            pub fn all(&self) -> Vec<(&'static str, Cow<'_, str>)> {
                vec![
                    $((stringify!($first), self.$first.stored()),)*
                    ("actor", Cow::Borrowed(self.actor().name())),
                    $((stringify!($name), self.$name.stored()),)*
                    ("actor_kind", Cow::Borrowed(self.actor_kind())),
                ]
            }

            /// Reads one field; one that is not known is skipped.
            fn read_field(&mut self, name: &str, text: String) {
                match name {
                    $(stringify!($first) => self.$first = StoredField::read(text),)*
                    $(stringify!($name) => self.$name = StoredField::read(text),)*
                    "v" => self.version = text,
                    _ => {}
                }
            }
        }

        impl EntryFields for Entry {
            fn field(&self, name: &str) -> Cow<'_, str> {
                match name {
                    $(stringify!($first) => self.$first.stored(),)*
                    $(stringify!($name) => self.$name.stored(),)*
                    "actor" => Cow::Borrowed(self.actor().name()),
                    "actor_kind" => Cow::Borrowed(self.actor_kind()),
                    _ => Cow::Borrowed(""),
                }
            }
        }
    };
}

stored_fields!(
    [time, event, request],
    actor,
    [
        role,
        ip,
        user_agent,
        prefix,
        queue,
        job,
        state,
        to_queue,
        to_job,
        run,
        action,
        schema,
        schema_hash,
        before,
        after,
        patch,
        before_text,
        apart,
        reason,
        outcome,
        note,
        error,
        large,
        first_changes,
        other_queue,
        count,
        first,
        last,
        subject,
        before_piece,
        undoes,
        policy,
        policy_hash,
        ticket,
        ticket_link
    ]
);

/// The fields of an entry that is being read.
struct Texts(Vec<(String, String)>);

impl EntryFields for Texts {
    fn field(&self, name: &str) -> Cow<'_, str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        Cow::Borrowed(found.map_or("", |(_, text)| text))
    }
}

impl Entry {
    /// The fields as they are stored: version first, then all that are not empty.
    pub fn fields(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut fields = vec![("v", Cow::Borrowed(self.version.as_str()))];
        fields.extend(self.all());
        fields.retain(|(_, text)| !text.is_empty());
        fields
    }

    /// Reads an entry back, of this release or another; fields that are missing are empty.
    pub fn from_fields(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut texts = Texts(fields.into_iter().collect());
        let actor = actor_of(&texts);
        let mut entry = Self::by_recorded(actor, &texts.field("actor_kind"));
        for (name, text) in texts.0.drain(..) {
            entry.read_field(&name, text);
        }
        entry
    }

    /// The same without what is large, and that as fields to be kept beside the log: reading a page of the log must not
    /// cost what was once changed.
    pub fn split(&self) -> (Self, Vec<(&'static str, Vec<u8>)>) {
        let mut entry = self.clone();
        let mut apart = Vec::new();
        if let Some(text) = entry.before_zlib.take() {
            apart.push(("before_zlib", text.as_stored().to_vec()));
        }
        let size = entry.patch.len() + entry.before_text.len() + entry.before_piece.len();
        if size > LARGEST_INLINE {
            for (name, text) in [
                ("patch", std::mem::take(&mut entry.patch)),
                ("before_text", std::mem::take(&mut entry.before_text)),
            ] {
                apart.push((name, text.into_bytes()));
            }
            if !entry.before_piece.is_empty() {
                let piece = std::mem::take(&mut entry.before_piece);
                apart.push(("before_piece", piece.into_bytes()));
            }
            entry.apart = "1".to_owned();
        }
        (entry, apart)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::access::Operator;
    use crate::domain::audit::action::{AuditAction, AuditOutcome};
    use crate::domain::queue::QueueId;

    fn stored(entry: &Entry) -> Vec<(String, String)> {
        let fields = entry.fields().into_iter();
        fields
            .map(|(name, text)| (name.to_owned(), text.into_owned()))
            .collect()
    }

    #[test]
    fn an_entry_comes_back_from_its_fields_as_it_was() {
        let queue = QueueId::new("bull", "email/v2").unwrap();
        let entry = Entry::new(
            &Operator::console(),
            AuditAction::EditData,
            AuditOutcome::Applied,
        )
        .on_queue(&queue)
        .reason("the address was wrong");
        let more = [("signature".to_owned(), "later".to_owned())];
        let fields = stored(&entry).into_iter().chain(more);
        assert_eq!(Entry::from_fields(fields), entry);
    }

    #[test]
    fn the_readme_says_what_every_field_is() {
        let readme = include_str!("../../../README.md");
        let rows: Vec<&str> = readme
            .lines()
            .filter(|line| line.starts_with("| `"))
            .filter_map(|line| line.split('|').nth(1))
            .collect();
        for (name, _) in Entry::from_fields([]).all() {
            let cell = format!("`{name}`");
            assert!(rows.iter().any(|row| row.contains(&cell)), "{name}");
        }
    }

    /// A text as some release may have stored it in a field.
    fn text() -> impl Strategy<Value = String> {
        const KNOWN: [&str; 8] = [
            "1", "console", "local", "user", "user.add", "job.edit", "applied", "admin",
        ];
        prop_oneof![
            proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned),
            ".{1,12}"
        ]
    }

    proptest! {
        #[test]
        fn an_entry_of_any_release_is_exported_as_it_is_stored(
            texts in proptest::collection::vec(proptest::option::of(text()), 46)
        ) {
            let blank = Entry::from_fields([]);
            let names = std::iter::once("v").chain(blank.all().into_iter().map(|(name, _)| name));
            let fields: Vec<(String, String)> = names
                .zip(texts)
                .filter_map(|(name, text)| Some((name.to_owned(), text?)))
                .collect();
            prop_assert_eq!(stored(&Entry::from_fields(fields.clone())), fields);
        }
    }
}
