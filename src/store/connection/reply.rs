//! Reads Redis's replies. A reply of an unexpected type reads as absent, so that one odd key does not break a page.

use redis::Value;

/// The bytes of a string reply.
pub(crate) fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        Value::Int(number) => Some(number.to_string().into_bytes()),
        Value::Double(number) => Some(number.to_string().into_bytes()),
        Value::VerbatimString { text, .. } => Some(text.into_bytes()),
        _ => None,
    }
}

/// The text of a string reply; bytes that are not UTF-8 show as U+FFFD.
pub(crate) fn text(value: Value) -> Option<String> {
    bytes(value).map(lossy)
}

/// Text from bytes, without a copy if they are UTF-8.
pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The number of an integer reply, or of a string that holds one; `None` if it is negative.
pub(crate) fn number(value: Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(number).ok(),
        other => {
            let text = text(other)?;
            text.parse().ok().or_else(|| {
                let float: f64 = text.parse().ok()?;
                // Saturating is right for times and counters.
                (float >= 0.0).then_some(float as u64)
            })
        }
    }
}

/// The score of a sorted set's member.
pub(crate) fn score(value: Value) -> Option<f64> {
    match value {
        Value::Double(score) => Some(score),
        other => text(other)?.parse().ok(),
    }
}

/// The items of an array reply; none for any other reply.
pub(crate) fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        _ => Vec::new(),
    }
}

/// The members of a sorted set with their scores. RESP3 answers with pairs, RESP2 alternates.
pub(crate) fn scored(value: Value) -> Vec<(String, f64)> {
    let mut flat = Vec::new();
    for item in items(value) {
        match item {
            Value::Array(pair) => flat.extend(pair),
            other => flat.push(other),
        }
    }
    let mut flat = flat.into_iter();
    let pairs = std::iter::from_fn(|| Some((flat.next()?, flat.next()?)));
    pairs
        .filter_map(|(member, of_member)| Some((text(member)?, score(of_member)?)))
        .collect()
}

/// The texts of an array reply.
pub(crate) fn texts(value: Value) -> Vec<String> {
    items(value).into_iter().filter_map(text).collect()
}

/// The fields of a hash with their values. RESP3 answers with a map, RESP2 alternates.
pub(crate) fn pairs(value: Value) -> Vec<(Vec<u8>, Vec<u8>)> {
    let flat: Vec<Value> = match value {
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(field, value)| [field, value])
            .collect(),
        other => items(other),
    };
    let mut flat = flat.into_iter();
    let pairs = std::iter::from_fn(|| Some((flat.next()?, flat.next()?)));
    pairs
        .filter_map(|(field, value)| Some((bytes(field)?, bytes(value)?)))
        .collect()
}

/// Whether Redis answered that a key has the wrong type for the command.
pub(crate) fn is_wrong_type(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if error.code() == "WRONGTYPE")
}

/// Whether a reply of EXISTS, LPOS, ZSCORE, … says that something exists.
pub(crate) fn is_something(value: &Value) -> bool {
    !matches!(value, Value::Nil | Value::Int(0) | Value::ServerError(_))
}
