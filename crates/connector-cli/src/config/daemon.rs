//! The settings of a connector that works for C1.

use super::setting::{Group, Setting, of, switch};
use super::settings::Settings;
use super::{changes, secret, shared};
use crate::app::{App, Modes};
use crate::error::{Error, Result};
use connector_sdk::{Field, FieldKind};

/// Names of the settings.
pub(crate) mod name {
    pub(crate) const CLIENT_ID: &str = "client-id";
    pub(crate) const CLIENT_SECRET: &str = "client-secret";
    pub(crate) const CONCURRENCY: &str = "task-concurrency";
    pub(crate) const HEALTH: &str = "health-check";
    pub(crate) const HEALTH_ADDRESS: &str = "health-check-bind-address";
    pub(crate) const HEALTH_PORT: &str = "health-check-port";
    pub(crate) const HOST_ID: &str = "host-id";
    pub(crate) const ONE_SHOT: &str = "one-shot";
    pub(crate) const SHUTDOWN: &str = "shutdown-timeout";
    pub(crate) const STATE_DIR: &str = "state-dir";
}

/// What a run of another kind asks for: not together with a client id, where nobody could tell which of the two is meant.
const OF_ONE_RUN: [&str; 6] = [
    shared::name::FILE,
    shared::name::FILE_MODE,
    shared::name::REPLACE,
    shared::name::RECORD,
    shared::name::REPLAY,
    changes::name::DRY_RUN,
];

/// Every setting of a connector that works for C1.
pub(super) fn settings(app: &App) -> Vec<Setting> {
    let offered = app.modes == Modes::All;
    let text = |name, title, about, word| {
        of(Group::Service, name, title, about, FieldKind::Text(None)).value_word(word)
    };
    let number = |name, title, about, default, min, max| {
        let kind = FieldKind::Number { default, min, max };
        of(Group::Service, name, title, about, kind)
    };
    let secret = Field {
        secret: true,
        ..Field::of(
            name::CLIENT_SECRET,
            "Client secret",
            "The secret that belongs to the client id",
            FieldKind::Text(None),
        )
        .shell_only()
    };
    let secret = Setting::new(secret, Group::Service);
    let secret_file = secret::file_setting(&secret);
    vec![
        text(
            name::CLIENT_ID,
            "Client id",
            "Work for C1 with this client id, in place of one sync or change",
            "ID",
        )
        .common()
        .offered_if(offered),
        secret.offered_if(offered),
        secret_file,
        switch(
            Group::Service,
            name::ONE_SHOT,
            "One run",
            "Sync, or make the one change that is asked for, despite a client id",
        ),
        text(
            name::HOST_ID,
            "Host id",
            "Which of several replicas this is; each needs another one",
            "NAME",
        )
        .default_words("the name of the machine"),
        number(
            name::CONCURRENCY,
            "Tasks at a time",
            "How many tasks of C1 are worked on at the same time",
            3,
            1,
            100,
        ),
        number(
            name::SHUTDOWN,
            "Time to stop",
            "How long running tasks are waited for after SIGTERM, in seconds",
            25,
            1,
            3600,
        ),
        text(
            name::STATE_DIR,
            "Folder of the state",
            "Where syncs are written and results are kept until C1 has them; on a volume they outlive the container",
            "DIR",
        )
        .default_words("baton-state-UID in the folder for temporary files"),
        switch(
            Group::Service,
            name::HEALTH,
            "Health check",
            "Tell at /health, /ready and /live how the daemon is",
        )
        .operation(),
        number(
            name::HEALTH_PORT,
            "Health check port",
            "The port of these paths",
            8081,
            0,
            65_535,
        )
        .operation(),
        of(
            Group::Service,
            name::HEALTH_ADDRESS,
            "Health check address",
            "The address of these paths; 0.0.0.0 lets probes of Kubernetes in",
            FieldKind::Text(Some("127.0.0.1")),
        )
        .value_word("IP")
        .operation(),
    ]
}

impl Settings {
    /// Whether the program works for C1. `asked` is what asks for something else, if anything does.
    ///
    /// # Errors
    /// Where only one of client id and secret is there, and where something else is asked for too.
    pub(crate) fn works_for_c1(&self, asked: Option<&str>) -> Result<bool> {
        let id = self.text(name::CLIENT_ID).map(|_| self.shown(name::CLIENT_ID));
        let secret = self
            .secret(name::CLIENT_SECRET)
            .map(|_| self.shown(name::CLIENT_SECRET));
        if self.switch(name::ONE_SHOT) {
            return Ok(false);
        }
        let alone = |one: &str, other: &str| {
            Error::configuration(format!("{one} is set without --{other}"))
                .with_hint("Set both to work for C1, or none for one sync or change")
        };
        let id = match (id, secret) {
            (None, None) => return Ok(false),
            (Some(id), None) => return Err(alone(&id, name::CLIENT_SECRET)),
            (None, Some(secret)) => return Err(alone(&secret, name::CLIENT_ID)),
            (Some(id), Some(_)) => id,
        };
        let other = OF_ONE_RUN.into_iter().find(|name| self.is_set(name));
        match asked.or(other) {
            None => Ok(true),
            Some(other) => Err(Error::configuration(format!(
                "{id} and {} ask for different things: to work for C1, and for one run",
                self.shown(other)
            ))
            .with_hint(format!(
                "Leave one of them out, or add --{} for the one run",
                name::ONE_SHOT
            ))),
        }
    }
}
