//! Names that are almost right.

use super::changes::{KEY, grant, shown, synced};
use super::program::{Answer, run};
use super::resolution::{REQUIRED, check, with_files};
use insta::assert_snapshot;

/// A variable that is called almost like a setting is a slip: of one of the settings in the environment, not of what other
/// programs call theirs, and not of what is empty.
#[test]
fn a_variable_that_is_almost_a_setting_is_told() {
    let warned = |name: &str, value: &str| {
        let told = check(&[], &[REQUIRED, &[(name, value)]].concat());
        told.lines()
            .find_map(|line| line.strip_prefix("warning: ").map(str::to_owned))
    };
    for (name, meant) in [
        ("BATON_DRYRUN", "BATON_DRY_RUN"),
        ("BATON_DRY-RUN", "BATON_DRY_RUN"),
        ("BATONDRYRUN", "BATON_DRY_RUN"),
        ("baton_dry_rum", "BATON_DRY_RUN"),
        ("BATON_VERFIY", "BATON_VERIFY"),
        ("BATON_PROVISION", "BATON_PROVISIONING"),
        ("BATON_AUDITLOG", "BATON_AUDIT_LOG"),
        ("BATON_ORGANISATION_ID", "BATON_ORGANIZATION_ID"),
        ("BATON_API_TOKEN_FIEL", "BATON_API_TOKEN_FILE"),
    ] {
        let told = warned(name, "1").unwrap_or_default();
        assert!(
            told.contains(name) && told.ends_with(&format!("{meant} is one, and may be what was meant")),
            "{name}: {told}"
        );
        assert_eq!(warned(name, ""), None, "{name}");
    }
    for name in [
        "BATON_DRY_RUN",
        "BATON_OKTA_CLIENT_ID",
        "BATON_HOST_ID",
        "BATON_HOMEPAGE",
        "DRYRUN",
    ] {
        assert_eq!(warned(name, "1"), None, "{name}");
    }
}

/// What is no kind of gap would allow nothing, and is refused.
#[test]
fn gaps_that_there_are_not_are_refused() {
    assert_snapshot!(check(&["--allow-gaps=api_tokens,foo"], REQUIRED), @r#"
    exit 2
    not configured correctly: --allow-gaps: there is no gap "foo". Valid are all, api_tokens, expansion, group_members, not_planned, shrunk, unreadable_subject, vanished
    "#);
    assert!(with_files(&[(".baton.yaml", "allow-gaps: foo")], REQUIRED, &[]).contains("there is no gap"));
}

/// What may have been meant as a dry run changes nothing.
#[test]
fn a_mistyped_dry_run_changes_nothing() {
    let environment = [KEY, &[("BATON_DRYRUN", "1")]].concat();
    assert_snapshot!(shown(&grant("u-2"), &environment), @"
    exit 2
    baton-example: not configured correctly: BATON_DRYRUN in the environment is no setting; BATON_DRY_RUN is one, and may be what was meant. Nothing was sent. Correct the name, or unset the variable for this program
    ");
    let folder = synced();
    assert_eq!(
        run(Answer::Rows, folder.path(), &[], &environment).exit,
        0,
        "a sync changes nothing"
    );
}
