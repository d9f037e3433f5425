use super::moment::{parse_moment, rfc3339};
use super::*;

const CHOICES: &[Choice] = &[
    Choice {
        value: "keep",
        label: "kept",
    },
    Choice {
        value: "reset",
        label: "reset",
    },
];

const fn spec(
    name: &'static str,
    label: &'static str,
    kind: ParameterKind,
    default: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        label,
        help: "",
        kind,
        default,
    }
}

const SPECS: &[ParameterSpec] = &[
    spec(
        "number",
        "Number",
        ParameterKind::Number { least: 1, most: 9 },
        "3",
    ),
    spec("until", "Until", ParameterKind::Moment, ""),
    spec(
        "attempts",
        "Attempts",
        ParameterKind::Choice(CHOICES),
        "keep",
    ),
    spec("lifo", "Run next", ParameterKind::Flag, ""),
    spec("text", "Text", ParameterKind::Text { longest: 4 }, "none"),
];

/// 2026-03-01T14:00:00Z.
const NOW: u64 = 1_772_373_600_000;

fn parsed(form: &[(&str, &str)]) -> Result<Parameters, Vec<String>> {
    let typed = |name: &str| {
        let field = form.iter().find(|(other, _)| *other == name);
        field.map(|(_, text)| *text)
    };
    Parameters::parse(SPECS, typed, NOW)
        .map_err(|faults| faults.into_iter().map(|fault| fault.message).collect())
}

#[test]
fn what_is_left_out_is_as_the_description_says() {
    let parameters = parsed(&[("until", "in 2 h"), ("number", " ")]).unwrap();
    let until = (NOW + 7_200_000).to_string();
    assert_eq!(
        parameters.for_script(),
        ["3", &until, "7200000", "keep", "0", "none"]
    );
    assert_eq!(
        parameters.words(),
        "Number: 3; Until: 2026-03-01T16:00:00Z; Attempts: kept; Run next: no; Text: none"
    );
}

#[test]
fn what_is_kept_means_the_same_at_another_time() {
    let kept = parsed(&[("until", "1 h 30 min"), ("lifo", "1"), ("number", "9")]).unwrap();
    let texts = kept.to_keep();
    let typed = |name: &str| {
        let field = texts.iter().find(|(other, _)| *other == name);
        field.map(|(_, text)| text.as_str())
    };
    let later = Parameters::parse(SPECS, typed, NOW + 60_000).unwrap();
    assert_eq!(later.words(), kept.words());
    assert_eq!(later.for_script()[2], "5340000", "a minute less is left");
}

#[test]
fn each_fault_names_its_field_and_what_is_allowed() {
    let faults = parsed(&[
        ("number", "10"),
        ("attempts", "none"),
        ("lifo", "yes"),
        ("text", "longer"),
    ]);
    assert_eq!(
        faults.unwrap_err(),
        [
            "Number is too large: 10. Allowed is a whole number from 1 to 9.",
            "Until is missing. Allowed is how long from now, such as \"in 2 h\" or \"1 h 30 min\", or a time to come, such as \"2030-01-31 14:00\" (UTC).",
            "Attempts can't be \"none\". Allowed is keep or reset.",
            "Run next can't be \"yes\". Allowed is 1 for on, or nothing.",
            "Text has 6 characters. Allowed is a text of up to 4 characters.",
        ]
    );
    for number in ["-1", "1.5", "99999999999999999999", "five"] {
        let faults = parsed(&[("until", "now"), ("number", number)]).unwrap_err();
        assert!(
            faults[0].contains("a whole number from 1 to 9"),
            "{faults:?}"
        );
    }
}

#[test]
fn a_time_is_typed_as_a_time_or_as_how_long_from_now() {
    for (text, at) in [
        ("now", NOW),
        ("in 2 h", NOW + 7_200_000),
        ("2h", NOW + 7_200_000),
        ("1 h 30 min", NOW + 5_400_000),
        ("in 90 seconds", NOW + 90_000),
        ("2026-03-01 15:00", NOW + 3_600_000),
        ("2026-03-01 15:00:01 UTC", NOW + 3_601_000),
        ("2026-03-01T15:00", NOW + 3_600_000),
        ("2026-03-01T17:00:00+02:00", NOW + 3_600_000),
        ("2026-03-01T14:00:00.250Z", NOW + 250),
    ] {
        assert_eq!(parse_moment(text, NOW), Ok(at), "{text}");
    }
    for text in [
        "",
        "7",
        "2 h 30",
        "1 month",
        "1y",
        "tomorrow",
        "2026-13-01 10:00",
        "-5 min",
    ] {
        assert!(parse_moment(text, NOW).is_err(), "{text}");
    }
    assert_eq!(parse_moment("2026-03-01 13:00", NOW), Err("is in the past"));
    assert!(parse_moment("2040-01-01 00:00", NOW).is_err());
    assert!(parse_moment("99999999999999 weeks", NOW).is_err());
    assert_eq!(rfc3339(NOW), "2026-03-01T14:00:00Z");
}

#[test]
fn a_length_of_time_is_typed_with_its_unit() {
    const HOUR: u64 = 3_600_000;
    const SPECS: &[ParameterSpec] = &[spec(
        "age",
        "Age",
        ParameterKind::HowLong {
            least: 1,
            most: 2 * HOUR,
        },
        "1 h",
    )];
    let parsed = |text: &str| Parameters::parse(SPECS, |_| Some(text), NOW);
    for (text, millis, words) in [
        ("", "3600000", "Age: 1h"),
        ("90 min", "5400000", "Age: 1h 30m"),
        ("1 ms", "1", "Age: 1ms"),
    ] {
        let parameters = parsed(text).unwrap();
        assert_eq!(parameters.for_script(), [millis], "{text}");
        assert_eq!(parameters.words(), words, "{text}");
    }
    for (text, fault) in [
        ("0", "Age is too short: \"0\"."),
        ("3 h", "Age is too long: \"3 h\"."),
        ("5", "Age is not a length of time: \"5\"."),
        ("now", "Age is not a length of time: \"now\"."),
    ] {
        let faults = parsed(text).unwrap_err();
        assert!(faults[0].message.starts_with(fault), "{faults:?}");
        assert!(faults[0].message.ends_with("from 1ms to 2h."), "{faults:?}");
    }
}
