//! How lists are written in flags, variables and the file.

#![allow(clippy::unwrap_used)]

use tempfile::TempDir;

use super::test_support::{env, flags, folder};
use super::*;

#[test]
fn commas_part_a_list_in_a_flag_as_they_do_in_a_variable_and_in_a_string_of_the_file() {
    let nowhere = TempDir::new().unwrap();
    let once = flags(&[("prefix", &["v4, v5,v6"])]);
    let again = flags(&[("prefix", &["v4", "v5,v6"])]);
    let variable = env(&[("BULLKEEPER_PREFIX", "v4,v5,v6")]);
    let file = folder("prefix = 'v4,v5,v6'");
    for settings in [
        Settings::load(&once, [], nowhere.path()),
        Settings::load(&again, [], nowhere.path()),
        Settings::load(&Flags::default(), variable, nowhere.path()),
        Settings::load(&Flags::default(), [], file.path()),
    ] {
        assert_eq!(settings.unwrap().prefix, ["v4", "v5", "v6"]);
    }
}

#[test]
fn every_list_s_flag_is_parted_at_its_commas() {
    let nowhere = TempDir::new().unwrap();
    let given = flags(&[
        ("trusted_proxies", &["10.0.0.0/8,192.0.2.7"]),
        ("redact", &["password,*token*"]),
        ("auto_retire", &["email=24h,billing=7d"]),
    ]);
    let settings = Settings::load(&given, [], nowhere.path()).unwrap();
    assert_eq!(settings.trusted_proxies.len(), 2);
    assert_eq!(settings.redact, ["password", "*token*"]);
    assert_eq!(settings.auto_retire.len(), 2);
}

#[test]
fn an_array_in_the_file_holds_values_with_commas_as_they_are() {
    let file = folder("prefix = ['v4,v5', 'v6']");
    let settings = Settings::load(&Flags::default(), [], file.path()).unwrap();
    assert_eq!(settings.prefix, ["v4,v5", "v6"]);
}

#[test]
fn an_empty_value_between_commas_and_one_given_twice_are_faults() {
    let nowhere = TempDir::new().unwrap();
    for values in [&["v4,,v5"][..], &["v4", "v5,v4"]] {
        let given = flags(&[("prefix", values)]);
        let error = Settings::load(&given, [], nowhere.path()).unwrap_err();
        let lines: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
        assert!(lines[0].starts_with("--prefix: "), "{lines:?}");
    }
}

#[test]
fn a_blank_in_an_address_or_a_token_is_a_fault_that_names_the_setting_and_not_the_secret() {
    let nowhere = TempDir::new().unwrap();
    for (setting, flag, value) in [
        (
            "webhooks",
            "--webhooks: ",
            "chat = json https://a.b/SECRET x",
        ),
        (
            "metrics_token",
            "--metrics-token: ",
            "SECRET of many letters",
        ),
        ("wall_token", "--wall-token: ", "SECRETofmanyletters\n"),
    ] {
        let given = flags(&[(setting, &[value])]);
        let error = Settings::load(&given, [], nowhere.path()).unwrap_err();
        let lines: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
        let [line] = &lines[..] else {
            panic!("one fault: {lines:?}")
        };
        assert!(line.starts_with(flag) && line.contains("blank"), "{line}");
        assert!(line.contains("without blanks"), "what is allowed: {line}");
        assert!(!line.contains("SECRET"), "{line}");
    }
}
