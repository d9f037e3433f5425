//! Which of the values that a rule allows was meant.

use serde_json::Value;

/// The longest text that is compared letter by letter, in characters.
const LONGEST: usize = 60;

/// The shortest text in which a letter may be wrong, in characters. Of three letters, any other is another word.
const SHORTEST: usize = 4;

/// The most options that are compared.
const MOST_OPTIONS: usize = 500;

/// The option that `text` means: the same text apart from white space around it, apart from its case, or else the only one
/// that is clearly nearest. `is_string` is false for the text of a number or a boolean, which means an option only if it is
/// written the same.
pub(super) fn likely_option<'o>(
    text: &str,
    is_string: bool,
    options: &'o [Value],
) -> Option<&'o Value> {
    if options.len() > MOST_OPTIONS {
        return None;
    }
    let text = text.trim();
    let written = || {
        options
            .iter()
            .filter_map(|option| Some((option, text_of(option)?)))
    };
    let same: Vec<&Value> = written()
        .filter(|(_, option)| option == text)
        .map(|(option, _)| option)
        .collect();
    if let [only] = same[..] {
        return Some(only);
    }
    if !same.is_empty() || !is_string || text.is_empty() {
        return None;
    }
    let strings = || options.iter().filter(|option| option.is_string());
    let folded = text.to_lowercase();
    let in_other_case: Vec<&Value> = strings()
        .filter(|option| {
            option
                .as_str()
                .is_some_and(|one| one.to_lowercase() == folded)
        })
        .collect();
    match in_other_case[..] {
        [only] => Some(only),
        [] => nearest(&folded, strings()),
        _ => None,
    }
}

/// The only option near enough, if every other is at least two letters further.
fn nearest<'o>(folded: &str, options: impl Iterator<Item = &'o Value>) -> Option<&'o Value> {
    let length = folded.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return None;
    }
    let mut near: Vec<(usize, &Value)> = options
        .filter_map(|option| {
            let other = option.as_str()?.to_lowercase();
            let is_short = other.chars().count() <= LONGEST;
            is_short.then(|| (strsim::osa_distance(folded, &other), option))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let (distance, best) = near.first()?;
    let others_are_further = near.get(1).is_none_or(|(other, _)| *other >= distance + 2);
    // One letter in four. Digits are never mistyped: "v1" is not "v2".
    let is_near = *distance <= length / SHORTEST;
    let same_digits = digits(folded) == digits(best.as_str()?);
    (is_near && others_are_further && same_digits).then_some(*best)
}

fn digits(text: &str) -> String {
    text.chars().filter(|one| one.is_numeric()).collect()
}

/// A scalar as people write it. `null` has no text: whether the word stands for it is a guess.
fn text_of(option: &Value) -> Option<String> {
    match option {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn meant(text: &str, options: &Value) -> Option<Value> {
        likely_option(text, true, options.as_array().map_or(&[], Vec::as_slice)).cloned()
    }

    #[test]
    fn an_option_is_recognised_by_its_case_its_type_or_a_wrong_letter() {
        let states = json!(["pending", "shipped", "cancelled", "on hold"]);
        for (text, option) in [
            ("Pending", "pending"),
            (" SHIPPED ", "shipped"),
            ("canceled", "cancelled"),
            ("shiped", "shipped"),
            ("pedning", "pending"),
            ("on-hold", "on hold"),
        ] {
            assert_eq!(meant(text, &states), Some(json!(option)), "{text}");
        }
        assert_eq!(meant("2", &json!([1, 2, 3])), Some(json!(2)));
        assert_eq!(meant("true", &json!([true, null])), Some(json!(true)));
        let numbers = json!(["1", "2"]);
        assert_eq!(
            likely_option("2", false, numbers.as_array().unwrap()),
            Some(&json!("2"))
        );
    }

    #[test]
    fn where_two_may_be_meant_or_none_is_near_there_is_none() {
        for (text, options) in [
            ("sent", json!(["send", "seat"])),
            ("enabled", json!(["disabled"])),
            ("usd", json!(["EUR", "GBP"])),
            ("eut", json!(["EUR"])),
            ("size-12", json!(["size-13", "small"])),
            ("null", json!([null, "a"])),
            ("", json!(["", "a", null])),
            ("1", json!([1, "1"])),
            ("aa", json!(["Aa", "AA"])),
            ("delivered", json!(["shipped", "pending"])),
        ] {
            let meant = meant(text, &options).filter(|one| one != text);
            assert_eq!(meant, None, "{text}");
        }
        let one = [json!("12")];
        assert_eq!(likely_option("13", false, &one), None);
    }
}
