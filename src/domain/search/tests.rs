//! Every operator, odd digits, Unicode, quoting, and the places of errors.
#![allow(clippy::unwrap_used)]

use super::evaluate::Match;
use super::query::Query;
use crate::domain::job::JobState;
use crate::domain::job::field::{FieldValue, JobField, JobFields};

/// 2025-11-28 20:00 UTC.
const NOW: u64 = 1_764_360_000_000;

fn query(text: &str) -> Query {
    Query::parse_at(text, NOW).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn of_data(text: &str, data: &[u8]) -> Match {
    let job = JobFields::new("1", JobState::Waiting).with(JobField::Data, FieldValue::Bytes(data));
    query(text).matches(&job)
}

/// A failed job with every field.
fn a_job() -> JobFields<'static> {
    let bytes = |text: &'static str| FieldValue::Bytes(text.as_bytes());
    JobFields::new("order-1041", JobState::Failed)
        .with(JobField::Name, bytes("send"))
        .with(JobField::Data, bytes(r#"{"to":"ann"}"#))
        .with(JobField::Options, bytes(r#"{"attempts":3,"delay":0}"#))
        .with(JobField::ReturnValue, bytes("null"))
        .with(JobField::FailedReason, bytes("Error: No Such address"))
        .with(
            JobField::Stacktrace,
            bytes(r#"["at mail (\/app\/mail.js:12)"]"#),
        )
        .with(JobField::Added, bytes("1764352800000"))
        .with(JobField::Started, bytes("1764356400000"))
        .with(JobField::Finished, bytes("1764356445500"))
        .with(JobField::AttemptsMade, bytes("3"))
}

#[test]
fn every_operator_on_data_means_what_it_says() {
    let data = r#"{"user":{"id":42,"name":"Änne"},"amount":"12,50","paid":false,"email":null,"odd name":{"a.b":1},
        "items":[{"sku":"Lantern-1","count":2},{"sku":"ROPE","count":0.5}],"tags":[],"day":"2026-01-31"}"#;
    for (text, yes) in [
        ("data.user.id = 42", true),
        ("data.user.id = 42.0", true),
        ("data.user.id == 4.2e1", true),
        ("data.user.id = \"42\"", false),
        ("data.user.id != 42", false),
        ("data.user.id != 43", true),
        ("data.user.id > 41.999999999999999999999", true),
        ("data.user.id > 42", false),
        ("data.user.id >= 42", true),
        ("data.user.id < 1e9", true),
        ("data.user.id <= 41", false),
        ("data.user.id between 42 and 50", true),
        ("data.user.id between 43 and 50", false),
        ("data.user.id in (1, 42)", true),
        ("data.user.id in (\"42\", x)", false),
        ("data.user.id not in (1, 2)", true),
        ("data.user.id ~ 4", true),
        ("data.user.name = Änne", true),
        ("data.user.name = änne", false),
        ("data.user.name ~ ÄNN", true),
        ("data.user.name !~ ÄNN", false),
        ("data.user.missing = 1", false),
        ("data.user.missing != 1", true),
        ("data.user.missing !~ x", true),
        ("data.user ~ änne", true),
        ("data.email exists", true),
        ("data.email missing", false),
        ("data.email = null", true),
        ("data.email is null", true),
        ("data.phone missing", true),
        ("data.phone exists", false),
        ("data.paid = false", true),
        ("data.paid = \"false\"", false),
        ("data.paid is boolean", true),
        ("data.amount is string", true),
        ("data.amount is not number", true),
        ("data.day is date", true),
        ("data.day is not date", false),
        ("data.day is date-time", false),
        ("data.day is not email", true),
        ("data.user.id is not uuid", true),
        ("data.amount > 1", false),
        ("data.amount = \"12,50\"", true),
        ("data.day > 2026-01-30", true),
        ("data.day between \"2026-02\" and \"2026-03\"", false),
        ("data.items is array", true),
        ("data is object", true),
        ("data.items[0].sku = Lantern-1", true),
        ("data.items[1].sku = Lantern-1", false),
        ("data.items[2] missing", true),
        ("data.items[*].sku ~ lantern", true),
        ("data.items[*].sku = ROPE", true),
        ("data.items[*].sku != ROPE", false),
        ("data.items[*].sku != NONE", true),
        ("data.items[*].count < 1", true),
        ("data.items[*].price missing", true),
        ("data.items[*].sku missing", false),
        ("data.tags[*] exists", false),
        ("data.tags[*] missing", true),
        ("data.items.sku exists", false),
        ("data[\"odd name\"][\"a.b\"] = 1", true),
        ("data.\"odd name\".'a.b' = 1", true),
        ("data [0] missing", true),
        ("lantern rope", true),
        ("lantern and not rope", false),
        ("lantern -anchor", true),
        ("anchor or (rope lantern)", true),
        ("\"2026-01\"", true),
        ("'odd name'", true),
    ] {
        // A blank ends the field.
        if text.starts_with("data [") {
            assert!(Query::parse_at(text, NOW).is_err(), "{text}");
            continue;
        }
        let expected = if yes { Match::Yes } else { Match::No };
        assert_eq!(of_data(text, data.as_bytes()), expected, "{text}");
    }
}

#[test]
fn digits_are_compared_exactly_and_escapes_are_read() {
    for (data, text, yes) in [
        (
            r#"{"id":12345678901234567890}"#,
            "data.id = 12345678901234567890",
            true,
        ),
        (
            r#"{"id":12345678901234567891}"#,
            "data.id = 12345678901234567890",
            false,
        ),
        (
            r#"{"id":9007199254740993}"#,
            "data.id > 9007199254740992",
            true,
        ),
        (
            r#"{"id":1234567890123456789.0e1}"#,
            "data.id = 12345678901234567890",
            true,
        ),
        (r#"{"id":"\u0041nn"}"#, "data.id = Ann", true),
        (r#"{"id":"\u0041nn"}"#, "data.id ~ ANN", true),
        (r#"{"id":"\u0041nn"}"#, "ann", true),
        (r#"{"\u0069d":1}"#, "data.id = 1", true),
        (r#"{"id":1,"id":2}"#, "data.id = 1", false),
        (r#"{"id":1,"id":2}"#, "data.id = 2", true),
        (r#"{"a":{"b":1},"a":{}}"#, "data.a.b missing", true),
        (r#"{"id":"\ud800"}"#, "data.id = \"\u{fffd}\"", false),
        (r#"{"id":"\ud800x"}"#, "data.id ~ x", true),
        (r#"{"\ud800":1,"b":2}"#, "data.b = 2", true),
        (r#"{"id":"042"}"#, "data.id = 042", true),
        (r#"{"id":-0.0}"#, "data.id = 0", true),
        (
            r#"{"id":1e99999999999999999999999}"#,
            "data.id > 1e999999999",
            true,
        ),
        ("  42\n", "data = 42", true),
        ("\"a b\"", "data = \"a b\"", true),
        ("[1,[2,3]]", "data[*][1] = 3", true),
        (r#"{"":{"":7}}"#, "data[\"\"][''] = 7", true),
    ] {
        let expected = if yes { Match::Yes } else { Match::No };
        assert_eq!(of_data(text, data.as_bytes()), expected, "{text} in {data}");
    }
}

#[test]
fn fields_of_a_job_are_asked_by_their_kind() {
    for (text, yes) in [
        ("", true),
        ("state = failed", true),
        ("State in (failed, completed)", true),
        ("state != failed", false),
        ("name = send", true),
        ("name = s*d", true),
        ("name = end", false),
        ("name ~ EN", true),
        ("name in (a, send)", true),
        ("id = order-*", true),
        ("id != order-*", false),
        ("error ~ \"no such\"", true),
        ("error = \"Error:*\"", true),
        ("error exists", true),
        ("stack ~ \"/app/mail.js\"", true),
        ("stack missing", false),
        ("added < 1h ago", true),
        ("added > 2h ago", false),
        ("added >= 2h ago", true),
        ("added = today", true),
        ("added = 2025-11-28", true),
        ("added > 2025-11-28", false),
        ("added > yesterday", true),
        (
            "added between 2025-11-28 17:00 and 2025-11-28T19:30+01:00",
            true,
        ),
        ("finished > 2025-11-28 20:00 +01:00", true),
        (
            "finished > 2025-11-28 19:00 UTC and finished < \"30 min ago\"",
            true,
        ),
        ("added = 1764352800000", true),
        ("finished missing", false),
        ("duration > 45s", true),
        ("duration = 45.5s", true),
        ("duration between 40 s and 1 min", true),
        ("duration < 45500", false),
        ("attempts = 3", true),
        ("attempts > 2.5", true),
        ("priority = 0", true),
        ("opts.attempts = 3", true),
        ("returnvalue = null", true),
        ("returnvalue missing", false),
        ("not (state = completed or attempts > 5)", true),
    ] {
        let expected = if yes { Match::Yes } else { Match::No };
        assert_eq!(query(text).matches(&a_job()), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_said_only_where_it_decides() {
    let unreadable = |value: FieldValue<'_>, text: &str| {
        let job = JobFields::new("1", JobState::Failed).with(JobField::Data, value);
        query(text).matches(&job)
    };
    let broken = FieldValue::Bytes(b"{\"id\":42,");
    let large = FieldValue::TooLarge(9_000_000);
    for (value, text, expected) in [
        (broken, "data.id = 42", Match::Unreadable),
        (broken, "data.id != 42", Match::Unreadable),
        (broken, "not data.id missing", Match::Unreadable),
        (broken, "data is object", Match::Unreadable),
        (broken, "data exists", Match::Yes),
        (broken, "42", Match::Yes),
        (broken, "43", Match::No),
        (broken, "data.id = 42 and state = completed", Match::No),
        (broken, "data.id = 42 or state = failed", Match::Yes),
        (large, "data.id = 42", Match::Unreadable),
        (large, "text", Match::Unreadable),
        (large, "data exists", Match::Yes),
        (FieldValue::Absent, "data.id missing", Match::Yes),
        (FieldValue::Absent, "data missing", Match::Yes),
        (
            FieldValue::Bytes(b"\xff\xfe"),
            "data.id = 42",
            Match::Unreadable,
        ),
        (FieldValue::Bytes(b"\xff ann"), "ann", Match::Yes),
        (
            FieldValue::Bytes(b"[{\"id\":42}"),
            "data[*].id = 42",
            Match::Unreadable,
        ),
        (
            FieldValue::Bytes(b"{\"id\":42} x"),
            "data.id = 42",
            Match::Unreadable,
        ),
        (FieldValue::Bytes(b""), "data.id = 42", Match::Unreadable),
    ] {
        assert_eq!(unreadable(value, text), expected, "{text} of {value:?}");
    }
}

#[test]
fn megabytes_and_200_000_levels_are_read_in_a_bounded_stack() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let in_member = format!("{{\"a\":{deep},\"b\":7}}");
    let objects = format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000));
    let many = format!("[{}{{\"id\":42}}]", "{\"id\":1},".repeat(500_000));
    let path = format!("data{} exists", ".a".repeat(32));
    for (data, text, expected) in [
        (&deep, "data[0][*] is array", Match::Yes),
        (&in_member, "data.b = 7", Match::Yes),
        (&in_member, "data.a ~ 2", Match::No),
        (&objects, path.as_str(), Match::Yes),
        (&objects, "data.a.a.b exists", Match::No),
        (&many, "data[*].id = 42", Match::Yes),
        (&many, "data[500000].id = 42", Match::Yes),
        (&"[".repeat(5_000_000), "data[*] = 1", Match::Unreadable),
        (
            &"{\"a\":".repeat(1_000_000),
            "data.a = 1",
            Match::Unreadable,
        ),
    ] {
        assert_eq!(of_data(text, data.as_bytes()), expected, "{text}");
    }
}

#[test]
fn a_query_says_which_states_and_fields_it_is_about() {
    use JobState::{Active, Completed, Delayed, Failed, Paused, Waiting};
    for (text, states) in [
        ("state = failed", vec![Failed]),
        ("state = waiting", vec![Waiting, Paused]),
        (
            "state in (delayed, active) error ~ x",
            vec![Active, Delayed],
        ),
        (
            "state = failed or (state = completed and id = 1)",
            vec![Completed, Failed],
        ),
        ("not (state != failed)", vec![Failed]),
        ("state = failed state = completed", vec![]),
        ("state = failed or error ~ x", JobState::KEPT.to_vec()),
        ("", JobState::KEPT.to_vec()),
    ] {
        assert_eq!(query(text).states(), states, "{text}");
    }
    let needs = |text| query(text).needs();
    assert_eq!(needs("state = failed id = 1"), []);
    assert_eq!(
        needs("duration > 1s or opts.a = 1 or (name = x and word)"),
        [
            JobField::Name,
            JobField::Data,
            JobField::Options,
            JobField::Started,
            JobField::Finished
        ]
    );
}

#[test]
fn a_query_is_written_in_one_way() {
    for (text, written) in [
        ("STATE=failed", "state = failed"),
        ("a  b", "a and b"),
        ("a AND b Or c", "a and b or c"),
        ("(a or b) c", "(a or b) and c"),
        ("-a", "not a"),
        ("not (a b)", "not (a and b)"),
        ("((a))", "a"),
        ("data ~ word", "word"),
        ("data['a'].b==1.0", "data.a.b = 1.0"),
        ("data.x in (a)", "data.x = a"),
        ("data.x = '42'", "data.x = \"42\""),
        ("added > 120min ago", "added > 2h ago"),
        (
            "added > 2026-01-31 14:00 +01:00",
            "added > 2026-01-31T13:00:00Z",
        ),
        ("duration > 1h 30 min", "duration > 90min"),
        ("data.x missing", "data.x missing"),
        ("data.x is not String", "data.x is not string"),
    ] {
        assert_eq!(query(text).text(), written);
    }
    let fixed = query("added > 2h ago and finished = today").fixed_text();
    assert_eq!(
        fixed,
        "added > 2025-11-28T18:00:00Z and finished = 2025-11-28"
    );
}

#[test]
fn an_error_points_at_the_place_and_says_what_is_allowed() {
    for (text, marked, says) in [
        (
            "stat = failed",
            "stat",
            "There is no field `stat`; did you mean `state`?",
        ),
        ("failedReason ~ x", "failedReason", "did you mean `error`?"),
        ("customer.id = 1", "customer.id", "`data.customer.id`"),
        (
            "state = fialed",
            "fialed",
            "Did you mean `failed`? The states are waiting,",
        ),
        (
            "state > failed",
            ">",
            "`>` can't be asked of `state`. Allowed is `state = failed`",
        ),
        ("a \"open", "\"", "Unclosed quote"),
        ("a = \"b\\x\"", "a", "There is no field `a`"),
        ("data.a = \"b\\x\"", "\\", "Write \\\\ for a backslash"),
        ("(a or b", "(", "This parenthesis is not closed"),
        ("a or b)", ")", "No parenthesis is open here"),
        ("a and", "", "A term is missing after `and`"),
        ("or a", "or", "A term is missing before `or`"),
        ("()", ")", "There is no term in these parentheses"),
        ("not", "", "A term is missing after `not`"),
        ("data.a =", "", "A value is missing after `=`"),
        ("data.a = and b", "and", "Put quotes around it"),
        ("data.a", "data.a", "write an operator after it"),
        (
            "error timeout",
            "error",
            "`error` is a field: write an operator after it",
        ),
        ("state:failed", "state:failed", "Write `state = failed`"),
        ("data. = 1", " ", "A name is missing after the dot"),
        ("data.* = 1", "*", "[*]"),
        ("data[x] = 1", "[", "Write [0] for the first element"),
        ("data[] = 1", "[", "[*] for any element"),
        (
            "data.a is text",
            "text",
            "The types are string, number, boolean, null, object, array; the formats of texts are uuid, email, date-time, date, url.",
        ),
        ("data.a in 1, 2", "1", "Write a list in parentheses"),
        ("data.a in (1 2)", "2", "Write a comma"),
        ("data.a in (1", "(", "This list is not closed"),
        ("data.a = 1, 2", ",", "A comma only stands between"),
        (
            "data.a between 1 or 2",
            "o",
            "Write `and` between both bounds",
        ),
        ("data.a > true", "true", "Only numbers and texts"),
        (
            "data.a = f(x)",
            "f",
            "Put quotes around a text that holds (",
        ),
        ("f(x)", "f", "quotes around the whole text"),
        ("'it''s'", "'it'", "Put a blank before '"),
        ("added > 2h", "2h", "Write `2h ago` for a time."),
        ("added > tomorrow", "tomorrow", "This is not a time."),
        ("added > 2026-02-31", "2026-02-31", "This is not a time."),
        ("duration > long", "long", "This is not a duration."),
        ("attempts > x", "x", "`attempts` is a number"),
        ("= 1", "=", "Write a field before an operator"),
        ("“a”", "“", "Write straight quotes"),
        ("data.a = 1e9999999999", "1e9999999999", "The exponent"),
        ("\"\"", "\"\"", "There is no text in the quotes."),
    ] {
        let error = Query::parse_at(text, NOW).expect_err(text);
        assert!(error.message.contains(says), "{text}: {}", error.message);
        assert_eq!(&text[error.at.clone()], marked, "{text}: {}", error.message);
    }
}

#[test]
fn length_depth_and_terms_are_bounded() {
    for (text, says) in [
        ("x".repeat(2_001), "A query can have 2000 characters."),
        ("a ".repeat(51), "A query can have 50 terms."),
        ("(".repeat(1_900), "20 deep"),
        ("-".repeat(1_900) + "a", "20 deep"),
        ("not ".repeat(400), "20 deep"),
        (format!("data{} = 1", ".a".repeat(33)), "32 steps"),
        (format!("data.a in ({}1)", "1,".repeat(100)), "100 values"),
    ] {
        let error = Query::parse_at(&text, NOW).expect_err(&text);
        assert!(error.message.contains(says), "{}", error.message);
    }
    assert!(Query::parse_at(&"ü".repeat(2_000), NOW).is_ok());
}

#[test]
fn the_jobs_of_an_error_group_are_found_by_its_id() {
    use crate::domain::failures::Fingerprint;
    let stacks = br#"["Error: no user 7\n    at find (/srv/a/src/users.ts:1:2)"]"#;
    let failed = |reason: &'static [u8]| {
        JobFields::new("1", JobState::Failed)
            .with(JobField::FailedReason, FieldValue::Bytes(reason))
            .with(JobField::Stacktrace, FieldValue::Bytes(stacks))
    };
    let group = Fingerprint::of(FieldValue::Bytes(b"no user 7"), FieldValue::Bytes(stacks)).id();
    let query = Query::parse(&format!("state = failed and group = {group}")).unwrap();
    assert_eq!(query.text(), format!("state = failed and group = {group}"));
    assert_eq!(
        query.needs(),
        [JobField::FailedReason, JobField::Stacktrace]
    );
    assert_eq!(query.matches(&failed(b"no user 12345")), Match::Yes);
    assert_eq!(query.matches(&failed(b"no host")), Match::No);
    let unread = failed(b"no user 7").with(JobField::Stacktrace, FieldValue::TooLarge(5_000));
    assert_eq!(query.matches(&unread), Match::Unreadable);
    let fault = Query::parse("group = abc").unwrap_err();
    assert!(
        fault.to_string().contains("12 hexadecimal digits"),
        "{fault}"
    );
}
