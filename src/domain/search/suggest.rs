//! What a person may have meant who wrote a name that there is not.

/// What BullMQ and other programs call the fields.
const OTHER_NAMES: [(&str, &str); 17] = [
    ("failedreason", "error"),
    ("reason", "error"),
    ("message", "error"),
    ("timestamp", "added"),
    ("created", "added"),
    ("createdat", "added"),
    ("processedon", "started"),
    ("finishedon", "finished"),
    ("completed", "finished"),
    ("attemptsmade", "attempts"),
    ("result", "returnvalue"),
    ("return", "returnvalue"),
    ("options", "opts"),
    ("status", "state"),
    ("stacktrace", "stack"),
    ("payload", "data"),
    ("jobid", "id"),
];

/// The field that another name stands for, or the name among `names` that is most like it.
pub(super) fn meant<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_ascii_lowercase();
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == word);
    let mut best = None;
    for name in names {
        if other.is_some_and(|(_, field)| *field == name) {
            return Some(name);
        }
        let likeness = strsim::jaro_winkler(&word, name);
        if likeness > 0.8 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}
