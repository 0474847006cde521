//! The settings that every connector binary has.

use super::setting::{Group, Setting, of, switch};
use super::settings::Settings;
use crate::app::App;
use connector_sdk::{Field, FieldKind};
use review_cli::COLOR_CHOICES;

/// Names of the shared settings.
pub(crate) mod name {
    pub(crate) const ALLOW_GAPS: &str = "allow-gaps";
    pub(crate) const COLOR: &str = "color";
    pub(crate) const CONFIG_PATH: &str = "config-path";
    pub(crate) const DEMO: &str = "demo";
    pub(crate) const FILE: &str = "file";
    pub(crate) const FILE_MODE: &str = "file-mode";
    pub(crate) const HTTP_TIMEOUT: &str = "http-timeout-seconds";
    pub(crate) const KEEP_SYNCS: &str = "keep-syncs";
    pub(crate) const LOG_FORMAT: &str = "log-format";
    pub(crate) const LOG_LEVEL: &str = "log-level";
    pub(crate) const LOG_PATH: &str = "log-path";
    pub(crate) const OUTPUT: &str = "output";
    pub(crate) const QUIET: &str = "quiet";
    pub(crate) const RECORD: &str = "record";
    pub(crate) const REPLAY: &str = "replay";
    pub(crate) const REPLACE: &str = "replace";
    pub(crate) const RESOURCE_TYPES: &str = "sync-resource-types";
    pub(crate) const SKIP_ACCESS: &str = "skip-entitlements-and-grants";
    pub(crate) const SKIP_CLEANUP: &str = "skip-cleanup";
    pub(crate) const STORAGE_ENGINE: &str = "storage-engine";
    pub(crate) const TARGETS: &str = "sync-resources";
    pub(crate) const WORKERS: &str = "workers";
}

/// What `--allow-gaps` without a list means.
pub(crate) const ALL: &str = "all";

/// The most requests in flight that can be asked for. A vendor's rate limit is reached far below it.
const MOST_WORKERS: i64 = 1024;

/// What a sync reads and where it writes.
pub(super) fn work(app: &App) -> Vec<Setting> {
    let mut settings = sync();
    let demo = switch(Group::Sync, name::DEMO, "Demo", app.demo.unwrap_or_default());
    settings.push(demo.not_in_file().common().offered_if(app.demo.is_some()));
    settings.extend(cassettes().map(|setting| setting.offered_if(app.cassettes)));
    settings
}

/// The artifact where nobody named one.
const ARTIFACT: &str = "sync.c1z";
/// The same for a demonstration, so that it never stands where a real one is expected.
const DEMO_ARTIFACT: &str = "demo.c1z";

/// The most syncs that an artifact can be asked to hold, short of all.
const MOST_KEPT: i64 = 1000;

impl Settings {
    /// The artifact to write, or in which a change looks ids up.
    pub(crate) fn artifact(&self) -> &str {
        if self.switch(name::DEMO) && !self.is_set(name::FILE) {
            return DEMO_ARTIFACT;
        }
        self.text(name::FILE).unwrap_or(ARTIFACT)
    }
}

fn sync() -> Vec<Setting> {
    let kept = FieldKind::Number {
        default: 2,
        min: 1,
        max: MOST_KEPT,
    };
    let workers = FieldKind::Number {
        default: 0,
        min: -1,
        max: MOST_WORKERS,
    };
    let timeout = FieldKind::Number {
        default: 300,
        min: 1,
        max: 1800,
    };
    let of = |name, title, about, kind| of(Group::Sync, name, title, about, kind);
    vec![
        of(
            name::FILE,
            "File",
            "The artifact to write, or in which a change looks ids up",
            FieldKind::Text(Some(ARTIFACT)),
        )
        .short('f')
        .common()
        .value_word("PATH"),
        of(
            name::FILE_MODE,
            "File mode",
            "Who may read the artifact, as an octal mode such as 0640",
            FieldKind::Text(None),
        )
        .value_word("MODE")
        .default_words("that of the file it replaces, else 0600"),
        of(
            name::STORAGE_ENGINE,
            "Storage engine",
            "How the artifact stores its rows: sqlite, which every reader opens, or pebble, which holds one sync",
            FieldKind::Text(None),
        )
        .value_word("ENGINE")
        .choices(&["sqlite", "pebble"])
        // Command lines of existing connectors have it for the default.
        .aliases(&[("", "")])
        .default_words("that of the file it replaces, else sqlite"),
        of(
            name::RESOURCE_TYPES,
            "Resource types",
            "Sync only these resource types",
            FieldKind::List,
        )
        .common()
        .default_words("every type"),
        of(
            name::TARGETS,
            "Resources",
            "Sync only these resources, each with its access: a partial sync",
            FieldKind::List,
        )
        .value_word("TYPE/ID,TYPE/ID")
        .default_words("every resource")
        .not_in_file(),
        switch(
            Group::Sync,
            name::SKIP_ACCESS,
            "Skip access",
            "Sync resources only, without who has access",
        ),
        Setting::new(
            Field::of(
                name::KEEP_SYNCS,
                "Keep syncs",
                "How many finished full syncs the artifact holds, this one included; 1 keeps no earlier one",
                kept,
            )
            .shell_only()
            .environment("BATON_KEEP_SYNC_COUNT"),
            Group::Sync,
        ),
        switch(
            Group::Sync,
            name::SKIP_CLEANUP,
            "Skip cleanup",
            "Keep every earlier sync of the artifact",
        ),
        switch(
            Group::Sync,
            name::REPLACE,
            "Replace",
            "Replace the artifact also where it is of another organization, or a full sync by one of some types",
        )
        .not_in_file(),
        of(
            name::WORKERS,
            "Workers",
            "The most requests in flight; 0 and -1 are automatic",
            workers,
        ),
        of(
            name::HTTP_TIMEOUT,
            "HTTP timeout",
            "How long one request may take, in seconds",
            timeout,
        )
        .operation(),
        of(
            name::ALLOW_GAPS,
            "Allow gaps",
            "Exit with 0 despite gaps: all, or only these kinds",
            FieldKind::List,
        )
        .common()
        .bare(ALL),
    ]
}

fn cassettes() -> [Setting; 2] {
    let folder = |name, title, about| {
        of(Group::Sync, name, title, about, FieldKind::Text(None))
            .value_word("DIR")
            .not_in_file()
    };
    [
        folder(
            name::RECORD,
            "Record",
            "Record the traffic with the vendor into this new folder, with what is private replaced",
        ),
        folder(
            name::REPLAY,
            "Replay",
            "Answer every request from this recording; no key is needed and nothing leaves this machine",
        ),
    ]
}

/// What a run tells.
pub(super) fn output() -> Vec<Setting> {
    let text = |name, title, about, default| of(Group::Output, name, title, about, FieldKind::Text(default));
    vec![
        text(
            name::OUTPUT,
            "Output",
            "The form of the result on stdout",
            Some("text"),
        )
        .short('o')
        .common()
        .value_word("FORM")
        .choices(&["text", "json"]),
        text(
            name::LOG_LEVEL,
            "Log level",
            "How much is logged to stderr",
            Some("info"),
        )
        .common()
        .value_word("LEVEL")
        .choices(&["debug", "info", "warn", "error"])
        .aliases(&[
            ("warning", "warn"),
            ("dpanic", "error"),
            ("panic", "error"),
            ("fatal", "error"),
        ])
        .operation(),
        text(name::LOG_FORMAT, "Log format", "The form of the log", None)
            .value_word("FORM")
            .choices(&["console", "json"])
            .default_words("console on a terminal, else json"),
        switch(
            Group::Output,
            name::QUIET,
            "Quiet",
            "Tell only what went wrong: no progress, no summary of a sync that ends with 0, no log below warn",
        )
        .short('q')
        .common(),
        text(
            name::COLOR,
            "Color",
            "Whether to use colours; without a choice NO_COLOR is heeded",
            Some("auto"),
        )
        .value_word("WHEN")
        .choices(&COLOR_CHOICES)
        .not_in_file(),
        of(
            Group::Output,
            name::LOG_PATH,
            "Log path",
            "Add the log to these files instead of stderr; the last line of a run that fails stands on stderr anyway",
            FieldKind::List,
        )
        .value_word("PATH,PATH")
        .default_words("stderr"),
        text(
            name::CONFIG_PATH,
            "Configuration file",
            "The configuration file (YAML)",
            None,
        )
        .common()
        .value_word("PATH")
        .default_words(".baton.yaml, .baton.yml, .baton.json or .baton here")
        .not_in_file(),
    ]
}
