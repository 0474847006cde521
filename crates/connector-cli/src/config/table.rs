//! The one table of settings that everything is made from.

use super::setting::{Group, Setting};
use super::{changes, daemon, secret, service, shared, telemetry};
use crate::app::App;

/// All settings of a program, in the order in which people read them.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) settings: Vec<Setting>,
    /// The heading of the connector's own settings.
    pub(crate) connector_heading: String,
}

impl Table {
    /// The connector's settings, then the shared ones.
    pub(crate) fn of(app: &App) -> Self {
        let own = app
            .spec
            .settings
            .fields
            .iter()
            .map(|field| Setting::new(field.clone(), Group::Connector))
            .flat_map(|setting| {
                let file = setting.field.secret.then(|| secret::file_setting(&setting));
                std::iter::once(setting).chain(file)
            });
        let settings = own
            .chain(shared::work(app))
            .chain(changes::settings())
            .chain(daemon::settings(app))
            .chain(service::settings())
            .chain(shared::output())
            .chain(telemetry::settings())
            .collect();
        Self {
            settings,
            connector_heading: app.spec.settings.display_name.clone(),
        }
    }

    pub(crate) fn heading(&self, group: Group) -> &str {
        match group {
            Group::Connector => &self.connector_heading,
            Group::Sync => "Sync",
            Group::Change => "Changes",
            Group::Service => "Service",
            Group::Output => "Output",
            Group::Telemetry => "Telemetry",
        }
    }

    /// The setting that names the file of a secret.
    pub(crate) fn file_of(&self, secret: &Setting) -> Option<&Setting> {
        let is_it = |setting: &&Setting| {
            setting
                .file_of
                .as_ref()
                .is_some_and(|field| field.name == secret.name())
        };
        self.settings.iter().find(is_it)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name() == name)
    }
}
