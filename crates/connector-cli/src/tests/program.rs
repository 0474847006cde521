//! The program under test.

use super::changer::{self, Changer};
use crate::app::{App, Modes, Source};
use crate::built::{Built, RequestCounts};
use crate::config::{Environment, Settings};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output::{Stderr, TaskLogs};
use crate::run::run_on;
use crate::signal::Stops;
use async_trait::async_trait;
use connector_runtime::Clock;
use connector_sdk::{
    Ability, ActionProvider, Code, ConfigSchema, Connector, ConnectorSpec, EntitlementRow, Field, FieldKind,
    Finding, GrantRow, Notice, Page, PageToken, Parent, Plan, Purpose, ResourceBuilder, ResourceKey,
    ResourceSyncer, SyncContext, TypeEntry, TypeSpec, Verdict, proto, resource_type,
};
use jiff::Timestamp;
use proto::connector::v2::resource_type::Trait;
use review_cli::Colours;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The token of the tests: it must never come out anywhere.
pub(super) const TOKEN: &str = "s3cr3t-t0ken-value";

/// What a run left behind.
pub(super) struct Ran {
    pub(super) exit: u8,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// The program, with a connector that answers a listing with this.
pub(super) fn app(answer: Answer) -> App {
    let mut spec = Example { answer }.spec();
    if answer == Answer::DoesLess {
        spec.types[1].abilities.insert(Ability::Delete);
    }
    App {
        name: "baton-example",
        version: "1.2.3",
        commit: Some("0123abc"),
        about: "Syncs an example directory into a .c1z artifact",
        spec,
        demo: Some("Sync a made-up directory; nothing is reached"),
        cassettes: false,
        telemetry: None,
        buckets: None,
        doctor: true,
        modes: Modes::All,
        verbs: Vec::new(),
        vendor_settings: &["access-token", "organization-id", "base-url"],
        source: Box::new(Example { answer }),
    }
}

/// Runs the program in a folder.
pub(super) fn run(answer: Answer, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    run_app(&app(answer), folder, arguments, environment)
}

/// Runs a program that a test has put together.
pub(super) fn run_app(app: &App, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    run_into(Captured::default(), app, folder, arguments, environment)
}

/// Runs the program where nothing can be written to stdout.
pub(super) fn run_into_nothing(
    answer: Answer,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Ran {
    let stdout = Captured {
        full: true,
        ..Captured::default()
    };
    run_into(stdout, &app(answer), folder, arguments, environment)
}

fn run_into(
    stdout: Captured,
    app: &App,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Ran {
    let stderr = Captured::default();
    // Most tests read what people read; a test of the log for programs sets it otherwise.
    let mut environment = environment.to_vec();
    if !environment.iter().any(|(name, _)| *name == "BATON_LOG_FORMAT") {
        environment.push(("BATON_LOG_FORMAT", "console"));
    }
    let shown = Arc::new(Stderr::new(Box::new(stderr.clone()), false));
    let host = Host {
        task_logs: TaskLogs::new(Arc::clone(&shown), Arc::new(Frozen)),
        arguments: std::iter::once("baton-example")
            .chain(arguments.iter().copied())
            .map(OsString::from)
            .collect(),
        environment: Environment::of(&environment),
        directory: folder.to_owned(),
        clock: Arc::new(Frozen),
        zone: jiff::tz::TimeZone::UTC,
        actor: "ines at laptop-7".to_owned(),
        stderr: shown,
        stdout: Mutex::new(Box::new(stdout.clone())),
        screen: None,
        colours: Colours::default(),
        stops: Stops::default(),
        is_attended: false,
        owns_log: false,
    };
    let exit = run_on(app, &host).number();
    let ran = Ran {
        exit,
        stdout: stdout.text(),
        stderr: stderr.text(),
    };
    assert!(
        !ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN),
        "the token came out"
    );
    ran
}

/// How the connector answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Two accounts, one of them in a team.
    Rows,
    /// The same, with something that could not be read.
    Gap,
    /// A gap whose words quote the token.
    Echo,
    /// An error that quotes the token.
    Leak,
    /// Rows, with something that could not be read of somebody whose name steers a terminal.
    Steering,
    /// Rows, by a connector that cannot do all that the program says of it.
    DoesLess,
    /// Rows, and what is done after the run fails.
    FailsAfter,
}

#[derive(Clone, Copy, Debug)]
struct Example {
    answer: Answer,
}

#[async_trait]
impl Source for Example {
    async fn connect(&self, settings: &Settings) -> Result<Built> {
        if settings
            .text("base-url")
            .is_some_and(|url| !url.starts_with("https://"))
        {
            return Err(Error::configuration(format!(
                "{}: only https is allowed",
                settings.shown("base-url")
            )));
        }
        Ok(Built {
            connector: Arc::new(*self),
            subject: format!(
                "example directory {}",
                settings.text("organization-id").unwrap_or_default()
            ),
            scope: BTreeMap::from([("organization".to_owned(), "o-1".to_owned())]),
            requests: Arc::new(|| RequestCounts {
                total: 1234,
                retried: 2,
                rate_limited: 1,
            }),
            after: match self.answer {
                Answer::FailsAfter => Some(Box::new(|| {
                    Err(Error::new(
                        Outcome::NotUnderstood,
                        "cannot finish the recording: the disk is full",
                    ))
                })),
                _ => None,
            },
            keep: None,
        })
    }

    async fn doctor(&self, settings: &Settings, probe_writes: bool) -> Result<Vec<Finding>> {
        if self.answer == Answer::Leak {
            return Err(Error::configuration(format!("the key {TOKEN} cannot be used")));
        }
        let key = match settings.secret("access-token") {
            Some(_) => Finding::new("key", Verdict::Works, "the directory accepts it"),
            None => Finding::new("key", Verdict::Fails { code: Code::Unknown }, "none is set")
                .advice("Set access-token"),
        };
        let writes = match probe_writes {
            true => Finding::new("change members", Verdict::Works, "open"),
            false => Finding::new(
                "change members",
                Verdict::UnknownUntilTried,
                "reading does not tell",
            ),
        };
        Ok(vec![key, writes])
    }

    async fn demo(&self, _: &Settings) -> Result<Built> {
        Ok(Built {
            connector: Arc::new(*self),
            subject: "a made-up directory".to_owned(),
            scope: BTreeMap::new(),
            requests: Arc::new(RequestCounts::default),
            after: None,
            keep: None,
        })
    }
}

#[async_trait]
impl Connector for Example {
    fn spec(&self) -> ConnectorSpec {
        let settings = ConfigSchema {
            display_name: "Example".into(),
            help_url: "https://example.test/help".into(),
            icon_url: String::new(),
            fields: vec![
                Field::string("access-token", "API key", "The key of the directory")
                    .required()
                    .secret()
                    .environment("BATON_API_TOKEN"),
                Field::string("organization-id", "Organization", "The directory to sync")
                    .required()
                    .environment("BATON_ORG"),
                Field::string("base-url", "Base URL", "Where the directory is")
                    .default_text("https://api.example.test")
                    .placeholder("URL"),
                Field::switch("with-projects", "Projects", "Sync projects too"),
                Field::of(
                    "page-size",
                    "Page size",
                    "Rows of a page",
                    FieldKind::Number {
                        default: 50,
                        min: 1,
                        max: 100,
                    },
                )
                .shell_only(),
                Field::of("regions", "Regions", "Only these regions", FieldKind::List),
            ],
        };
        ConnectorSpec {
            display_name: "Example".into(),
            description: "An example directory".into(),
            settings,
            types: self.types().iter().map(TypeSpec::of).collect(),
            actions: vec![changer::lock_schema()],
            account_schema: Some(changer::creation_schema()),
            gaps: vec!["api_tokens".into(), "group_members".into()],
            ..ConnectorSpec::default()
        }
    }

    fn types(&self) -> Vec<TypeEntry> {
        vec![
            TypeEntry {
                accounts: Some(Arc::new(Changer)),
                deleter: Some(Arc::new(Changer)),
                ..TypeEntry::new(
                    resource_type("user", "User", &[Trait::User]),
                    Arc::new(Users(self.answer)),
                )
            },
            TypeEntry {
                provisioner: Some(Arc::new(Changer)),
                ..TypeEntry::new(resource_type("team", "Team", &[Trait::Group]), Arc::new(Teams))
            },
        ]
    }

    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        Some(Arc::new(Changer))
    }
}

struct Users(Answer);
struct Teams;

#[async_trait]
impl ResourceSyncer for Users {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> connector_sdk::Result<Page> {
        let user = |id: &str| ResourceBuilder::new(ResourceKey::new("user", id), id).listed();
        let gap = Notice::gap(
            "api_tokens",
            "directory o-1",
            "the tokens cannot be listed (status 403)",
        );
        match self.0 {
            Answer::Leak => Err(connector_sdk::Error::new(
                connector_sdk::Code::Unauthenticated,
                format!("the directory does not accept {TOKEN}"),
            )
            .with_hint("Check the key")),
            answer => Ok(Page {
                resources: vec![user("u-1"), user("u-2")],
                notices: match answer {
                    Answer::Gap => vec![gap],
                    Answer::Echo => vec![Notice::gap(
                        "api_tokens",
                        "directory o-1",
                        format!("the key {TOKEN} may not list tokens"),
                    )],
                    Answer::Steering => vec![Notice::gap(
                        "group_members",
                        "\u{1b}[2Jt-1\r\n",
                        "team \u{9b}31mPlatform\u{7}: status 403",
                    )],
                    _ => vec![],
                },
                ..Page::empty()
            }),
        }
    }
}

#[async_trait]
impl ResourceSyncer for Teams {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> connector_sdk::Result<Page> {
        let team = ResourceKey::new("team", "t-1");
        Ok(Page {
            resources: vec![
                ResourceBuilder::new(team.clone(), "Platform")
                    .group(Some("native"), None)
                    .listed(),
            ],
            entitlements: vec![EntitlementRow {
                grantable_to: vec!["user".to_owned()],
                ..EntitlementRow::new(team.clone(), "member", Purpose::Assignment)
            }],
            grants: vec![GrantRow::new(team, "member", ResourceKey::new("user", "u-1"))],
            ..Page::empty()
        })
    }
}

#[derive(Debug)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap_or_default()
    }
}

#[derive(Clone, Default)]
struct Captured {
    text: Arc<Mutex<Vec<u8>>>,
    /// Whether there is no room for anything.
    full: bool,
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.lock().unwrap().extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
