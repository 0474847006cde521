//! Settings as a struct.

use super::program::{Answer, TOKEN, app};
use crate::config::{self, Environment, Parsed, Settings, Table};
use http_kit::Secret;
use insta::assert_snapshot;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use std::ffi::OsString;
use std::fmt::Debug;
use std::path::Path;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "its form for developers is looked at")]
struct Own {
    access_token: Option<Secret>,
    #[serde(default, deserialize_with = "short")]
    organization_id: Option<String>,
    base_url: Option<String>,
    with_projects: bool,
    page_size: u8,
    #[serde(default)]
    regions: Vec<Region>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Region {
    East,
    West,
}

fn short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.len() {
        0..=3 => Ok(Some(text)),
        _ => Err(D::Error::custom("it has more than 3 characters")),
    }
}

fn settings(arguments: &[&str], environment: &[(&str, &str)], folder: &Path) -> Settings {
    let app = app(Answer::Rows);
    let table = Table::of(&app);
    let arguments = std::iter::once("baton-example").chain(arguments.iter().copied());
    let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
    let Ok(Parsed::Run(_, flags)) = config::parse(&app, &table, &arguments) else {
        panic!("the command line is wrong");
    };
    let environment = Environment::of(environment);
    config::resolve(&app, &table, &flags, &environment, folder, false).expect("settings")
}

fn read<T: DeserializeOwned + Debug>(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    match settings(arguments, environment, Path::new("/nowhere")).deserialize::<T>() {
        Ok(own) => format!("{own:?}"),
        Err(error) => format!("exit {}: {error}", error.outcome().number()),
    }
}

#[test]
fn each_field_has_the_value_of_its_setting() {
    assert_snapshot!(read::<Own>(&[], &[]), @r#"Own { access_token: None, organization_id: None, base_url: Some("https://api.example.test"), with_projects: false, page_size: 50, regions: [] }"#);
    let environment = [("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "o-1")];
    let arguments = ["--with-projects", "--page-size", "7", "--regions", "west,east"];
    assert_snapshot!(read::<Own>(&arguments, &environment), @r#"Own { access_token: Some([redacted]), organization_id: Some("o-1"), base_url: Some("https://api.example.test"), with_projects: true, page_size: 7, regions: [West, East] }"#);
}

#[test]
fn what_is_ignored_is_absent() {
    let environment = [("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "far too long")];
    assert_snapshot!(read::<Own>(&["--demo"], &environment), @r#"Own { access_token: None, organization_id: None, base_url: Some("https://api.example.test"), with_projects: false, page_size: 50, regions: [] }"#);
}

/// By the name by which a person set it: the flag, the variable, the key with its file.
#[test]
fn an_error_names_the_setting_as_it_was_set() {
    assert_snapshot!(read::<Own>(&["--organization-id", "o-123"], &[]), @"exit 2: not configured correctly: --organization-id: it has more than 3 characters");
    assert_snapshot!(read::<Own>(&[], &[("BATON_ORG", "o-123")]), @"exit 2: not configured correctly: BATON_ORG: it has more than 3 characters");
    assert_snapshot!(read::<Own>(&["--regions", "north"], &[]), @r#"exit 2: not configured correctly: --regions: "north" is unknown; valid are east, west"#);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.yaml");
    std::fs::write(&file, "organization-id: o-123\n").unwrap();
    let path = file.display().to_string();
    let error = settings(&["--config-path", &path], &[], folder.path()).deserialize::<Own>();
    let told = error.unwrap_err().to_string().replace(&path, "[file]");
    assert_snapshot!(told, @"not configured correctly: organization-id in [file]: it has more than 3 characters");

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Needs {
        #[serde(rename = "organization-id")]
        _organization: String,
    }
    assert_snapshot!(read::<Needs>(&[], &[]), @"exit 2: not configured correctly: --organization-id: it is not set");
}

/// A struct whose `Debug` would show it is a defect of the program, found by the first run of it.
#[test]
#[should_panic(
    expected = "the setting access-token: it is a secret, and its field is of a type that may show it"
)]
fn a_secret_is_given_to_secret_types_alone() {
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Loose {
        #[serde(rename = "access-token")]
        _key: Option<String>,
    }
    read::<Loose>(&[], &[("BATON_API_TOKEN", TOKEN)]);
}

#[test]
#[should_panic(expected = "no setting is called colour")]
fn a_field_without_a_setting_is_a_defect() {
    #[derive(Debug, Deserialize)]
    struct Strange {
        #[serde(rename = "colour")]
        _colour: Option<String>,
    }
    read::<Strange>(&[], &[]);
}
