//! Whom the settings reach: the vendor, a recording of it, or a simulated organization.

use atlassian_admin::OrgId;
use atlassian_connector::{AtlassianSettings, ConnectorBuildError, ConnectorBuilder, SettingsError};
use connector_cli::{Built, Connection, Error, Recording, Result, Settings};
use http_kit::Secret;
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// Requests in flight where nobody chose a number; the vendor's rate limit decides the speed, not this.
const IN_FLIGHT: usize = 128;

/// A recording holds no key and asks for none.
const KEY_OF_RECORDINGS: &str = "a-replay-needs-no-key";

/// The note that tells a replay which organization was recorded.
const ORGANIZATION: &str = "organization";

/// The note that tells a replay which SCIM directory was recorded, where there was one.
const DIRECTORY: &str = "scim_directory";

/// Whom the settings reach, and what carries the requests there.
pub(crate) struct Reached<'a> {
    settings: &'a Settings,
    pub(crate) own: AtlassianSettings,
    pub(crate) connection: Connection,
    pub(crate) base: Url,
    /// What the artifact calls the address, where it is not the vendor's.
    pub(crate) instead: Option<&'static str>,
}

impl<'a> Reached<'a> {
    /// The vendor, or the recording that answers instead.
    ///
    /// # Errors
    /// Where a recording cannot be started or read.
    pub(crate) fn by(settings: &'a Settings, own: AtlassianSettings) -> Result<Self> {
        let base = own.base().map_err(|error| wrong(settings, &error))?;
        match settings.replay() {
            Some(dir) => Self::recording(settings, own, base, dir),
            None => Self::vendor(settings, own, base),
        }
    }

    fn vendor(settings: &'a Settings, own: AtlassianSettings, base: Url) -> Result<Self> {
        let recording = || {
            let organization = own.organization_id.as_ref().map_or("-", OrgId::as_str);
            let mut notes = vec![(ORGANIZATION, organization.to_owned())];
            // The id alone is replaced as it is in the recorded paths.
            let address = own.scim_base_url.iter();
            let id = address.filter_map(|url| url.trim_end_matches('/').rsplit_once('/'));
            notes.extend(id.map(|(_, id)| (DIRECTORY, id.to_owned())));
            let rules = atlassian_admin::redaction_rules().below("/scim/", scim_client::redaction_rules());
            Recording { rules, notes }
        };
        Ok(Self {
            connection: Connection::live(settings, in_flight(settings), recording)?,
            settings,
            own,
            base,
            instead: None,
        })
    }

    fn recording(settings: &'a Settings, mut own: AtlassianSettings, base: Url, dir: &Path) -> Result<Self> {
        let (connection, replay) = Connection::replay(settings, dir)?;
        let unnamed = "cannot replay it: it does not say which organization it is of";
        let organization = replay.note(ORGANIZATION);
        let organization = organization.ok_or_else(|| settings.wrong("replay", &unnamed))?;
        let key = || Some(Secret::from(KEY_OF_RECORDINGS.to_owned()));
        (own.access_token, own.organization_id) = (key(), Some(OrgId::from_vendor(organization)));
        if let Some(id) = replay.note(DIRECTORY) {
            let address = base.join(&format!("/scim/directory/{id}"));
            let none = |error| settings.wrong("replay", &format_args!("it names no directory ({error})"));
            (own.scim_token, own.scim_base_url) = (key(), Some(address.map_err(none)?.into()));
        }
        Ok(Self {
            settings,
            own,
            base,
            connection,
            instead: Some("recording"),
        })
    }

    /// The id of the organization; it is required, so it is empty in a checkup alone.
    pub(crate) fn organization(&self) -> String {
        let organization = self.own.organization_id.as_ref();
        organization.map(ToString::to_string).unwrap_or_default()
    }

    /// What makes the connector, but for the SCIM directory.
    ///
    /// # Errors
    /// As [`Reached::by`].
    pub(crate) fn builder(&self) -> Result<ConnectorBuilder> {
        let builder = self.own.builder().map_err(|error| wrong(self.settings, &error))?;
        Ok(builder
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .clock(Arc::clone(&self.connection.clock))
            .meter(Arc::clone(&self.connection.meter))
            .timeout(self.settings.http_timeout())
            .max_in_flight(in_flight(self.settings)))
    }

    /// The same with the SCIM directory, where the settings name one.
    ///
    /// # Errors
    /// Where only key or address of it is set, naming both settings.
    pub(crate) fn with_directory(&self, builder: ConnectorBuilder) -> Result<ConnectorBuilder> {
        let named = self
            .own
            .directory()
            .map_err(|error| wrong(self.settings, &error))?;
        Ok(match named {
            Some((base, key)) => builder.directory(base, key),
            None => builder,
        })
    }

    /// The connector that `builder` makes.
    ///
    /// # Errors
    /// Where key or address of organization or directory cannot be used, naming the setting.
    pub(crate) fn built(self, builder: ConnectorBuilder, subject: &str) -> Result<Built> {
        let built = self
            .with_directory(builder)?
            .build(Arc::clone(&self.connection.transport));
        let connector = Arc::new(built.map_err(|error| self.unusable(&error))?);
        let taken_in = self.own.include_projects_and_goals.to_string();
        let base = self.instead.map_or_else(|| self.base.to_string(), str::to_owned);
        let scope = [
            ("organization", self.organization()),
            ("base_url", base),
            ("include_projects_and_goals", taken_in),
        ];
        Ok(self.connection.carries(Built::new(connector, subject, scope)))
    }

    /// Why a client cannot be made of the settings, by the setting that is at fault.
    pub(crate) fn unusable(&self, error: &ConnectorBuildError) -> Error {
        match error.setting() {
            Some(setting) => self.settings.wrong(setting, error.cause()),
            None => Error::configuration(error.to_string()),
        }
    }
}

fn wrong(settings: &Settings, error: &SettingsError) -> Error {
    Error::configuration(error.told(|setting| settings.shown(setting))).with_hint(error.hint())
}

fn in_flight(settings: &Settings) -> usize {
    settings.workers().unwrap_or(IN_FLIGHT)
}
