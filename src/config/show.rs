//! The settings as text: those in force for `bullkeeper config`, and all there are for the README.

use super::row::{SettingDefault, SettingRow};
use super::sources::ValueSource;
use super::sources::collected::ShownValue;
use super::sources::file::DEFAULT_FILE;
use super::table::Settings;

impl Settings {
    /// The settings in force as TOML, each with a comment that says where it came from; secrets are masked.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# The settings in force. A flag wins over a variable, that over the file, that over the default.\n",
        );
        let mut heading = "";
        for (row, shown) in Self::rows().iter().zip(&self.shown) {
            if row.heading != heading {
                heading = row.heading;
                text.push_str(&format!("\n# {heading}\n"));
            }
            text.push_str(&line(row, shown));
        }
        text
    }

    /// The README's table of every setting, in Markdown, ending with a line break.
    pub fn markdown_table() -> String {
        let mut text = String::from(
            "| In the file | Flag | Variable | Default | Allowed | What it is for |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        text.push_str(&format!(
            "| | `--config` | `BULLKEEPER_CONFIG` | `{DEFAULT_FILE}`, if there is one | a TOML file | The settings file. |\n"
        ));
        for row in Self::rows() {
            text.push_str(&markdown(row));
        }
        text
    }
}

fn line(row: &SettingRow, shown: &ShownValue) -> String {
    let source = match &shown.source {
        ValueSource::Default => "default".to_owned(),
        ValueSource::File(place) => format!("file: {place}"),
        ValueSource::Variable(name) => format!("variable: {name}"),
        ValueSource::Flag(name) => format!("flag: {name}"),
    };
    // A path may hold anything, a line break too.
    let source = source.escape_debug();
    format!("{} = {} # {source}\n", row.name, shown.toml)
}

fn markdown(row: &SettingRow) -> String {
    let default = match row.default_in_words() {
        "" => String::new(),
        text if matches!(row.default, SettingDefault::Text(_)) => format!("`{text}`"),
        words => words.to_owned(),
    };
    let cells = [
        format!("`{}`", row.name),
        format!("`{}`", row.flag),
        format!("`{}`", row.variable),
        default,
        // A glob's star would open emphasis.
        row.kind.allowed.replace('*', "\\*"),
        row.help.clone(),
    ];
    // A bar ends a cell, even inside of code.
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::test_support::{env, flags, folder};
    use super::*;

    #[test]
    fn what_is_shown_is_toml_that_says_where_from_and_hides_secrets() {
        let folder = folder("redaction_key = 'hunter2hunter2hunter2'\nredact = ['a\"b', 'c']\n");
        let variables = env(&[("BULLKEEPER_REDIS", "redis://ann:hunter2@h/3")]);
        let given = flags(&[("read_only", &["true"]), ("environment", &["PROD"])]);
        let settings = Settings::load(&given, variables, folder.path()).unwrap();
        let shown = settings.to_toml();
        for line in [
            "redis = \"redis://ann:***@h/3\" # variable: BULLKEEPER_REDIS\n",
            "redaction_key = \"***\" # file: bullkeeper.toml line 1\n",
            "read_only = true # flag: --read-only\n",
            "prefix = [\"bull\"] # default\n",
            "environment_color = \"red\" # default\n",
            "schemas = \"\" # default\n",
        ] {
            assert!(shown.contains(line), "{line}{shown}");
        }
        for text in [
            shown.clone(),
            format!("{settings:#?}"),
            format!("{given:?}"),
        ] {
            assert!(!text.contains("hunter2"), "{text}");
        }

        // Read again, it means the same.
        let again = shown.replace("\"***\"", "\"0123456789abcdef\"");
        std::fs::write(folder.path().join("again.toml"), again).unwrap();
        let given = flags(&[("config", &["again.toml"])]);
        let again = Settings::load(&given, [], folder.path()).unwrap();
        assert_eq!(again.redact, ["a\"b", "c"]);
        assert_eq!(
            again.version_pattern.as_str(),
            settings.version_pattern.as_str()
        );
        assert!(again.read_only);
    }

    #[test]
    fn the_readme_s_table_has_a_row_for_each_setting_and_whole_columns() {
        let table = Settings::markdown_table();
        assert_eq!(table.lines().count(), Settings::rows().len() + 3);
        for line in table.lines() {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 7, "{line}");
        }
        for row in Settings::rows() {
            assert!(table.contains(&format!(
                "| `{}` | `{}` | `{}` |",
                row.name, row.flag, row.variable
            )));
            assert!(row.help.ends_with('.'), "{}", row.name);
        }
    }
}
