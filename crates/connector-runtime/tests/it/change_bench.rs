//! Carrying changes out on the artifact of a small tenant.

use crate::bench::{Bench, FixedClock, noon};
use crate::change_connector::Changer;
use crate::script::Script;
use crate::scripted::Scripted;
use connector_runtime::change::{
    Change, ChangeError, ChangeFailure, ChangeOptions, ChangeRecord, RecordState, change,
};
use connector_sdk::ResourceKey;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// Ines is in the team, and through it uses the wiki; Bo uses it on his own.
pub(crate) const TENANT: &str = r#"
    type app app
    type group group grants
    type user user
    list app
    resource app/wiki "Wiki"
    can app/wiki use "Use {}" permission to=user,group
    can app/wiki admin "Administer {}" permission immutable
    can app/wiki watch "Watch {}" permission
    list user
    resource user/u-ines "Ines Calder"
    resource user/u-bo "Bo Lind"
    resource user/u-cleo "Cleo Hartmann"
    list group
    resource group/g-platform "Platform"
    resource group/g-oncall "On call"
    can group/g-platform member "Member of {}" to=user
    can group/g-oncall member "Member of {}" to=user
    grants group/g-platform
    grant group/g-platform member <- user/u-ines
    grant group/g-platform member <- user/u-bo immutable
    grant app/wiki use <- group/g-platform via=member types=user
    grant app/wiki use <- user/u-cleo
    grant app/wiki use <- user/u-bo
    grant app/wiki admin <- user/u-bo
    grants group/g-oncall
    grant group/g-oncall member <- user/u-ines
    grant app/wiki use <- group/g-oncall via=member types=user
    grant app/wiki watch <- user/u-cleo conditional
"#;

/// A folder with the artifact of the tenant, and how changes are made there.
pub(crate) struct Desk {
    pub(crate) bench: Bench,
    pub(crate) options: ChangeOptions,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let bench = Bench::new();
        bench
            .sync(&Scripted::new(Script::parse(TENANT)))
            .expect("the sync succeeds");
        Self::at(bench)
    }

    /// Without an artifact.
    pub(crate) fn empty() -> Self {
        Self::at(Bench::new())
    }

    pub(crate) fn at(bench: Bench) -> Self {
        let options = ChangeOptions {
            artifact: Some(bench.output()),
            ..ChangeOptions::new("ines at laptop-7", Arc::new(FixedClock(noon())))
        };
        Self { bench, options }
    }

    /// With an audit file.
    pub(crate) fn audited() -> Self {
        let mut desk = Self::new();
        desk.options.audit = Some(desk.audit_file());
        desk
    }

    pub(crate) fn audit_file(&self) -> PathBuf {
        self.bench.folder.path().join("audit.jsonl")
    }

    /// The lines of the audit file, with ids told by their order, and the sync left out.
    pub(crate) fn audit(&self) -> String {
        let text = std::fs::read_to_string(self.audit_file()).unwrap_or_default();
        let mut ids: Vec<String> = Vec::new();
        let lines = text.lines().map(|line| {
            let parsed: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
            let id = parsed["id"].as_str().expect("a line has an id").to_owned();
            assert_eq!(id.len(), 27, "an id is a KSUID");
            if !ids.contains(&id) {
                ids.push(id.clone());
            }
            let nth = ids.iter().position(|i| *i == id).expect("it is there");
            let sync = parsed["artifact"]["sync_id"].as_str().unwrap_or("no sync");
            self.without_folder(&line.replace(&id, &format!("<{nth}>")).replace(sync, "<sync>"))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn without_folder(&self, text: &str) -> String {
        let folder = format!(
            "{}{}",
            self.bench.folder.path().display(),
            std::path::MAIN_SEPARATOR
        );
        text.replace(&folder, "")
            .replace(&folder.replace('\\', r"\\"), "")
    }

    pub(crate) fn make(&self, connector: &Changer, what: Change) -> Result<ChangeRecord, ChangeError> {
        Ok(self.recorded(connector, what)?)
    }

    /// The same, also with the record of what failed.
    pub(crate) fn recorded(&self, connector: &Changer, what: Change) -> Result<ChangeRecord, ChangeFailure> {
        runtime().block_on(change(Arc::new(connector.clone()), what, self.options.clone()))
    }

    /// What is told, and which calls were made.
    pub(crate) fn tell(&self, connector: &Changer, what: Change) -> String {
        let told = match self.make(connector, what) {
            Ok(report) => told(&report),
            Err(error) => {
                let hint = error.hint().map(|h| format!("\n> {h}")).unwrap_or_default();
                format!("({}) {error}{hint}", error.code().number())
            }
        };
        let calls = connector.calls();
        let calls = if calls.is_empty() {
            "nothing".into()
        } else {
            calls.join("\n")
        };
        self.without_folder(&format!("{told}\ncalled: {calls}"))
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}

fn told(report: &ChangeRecord) -> String {
    let RecordState::CameTo(state) = report.state else {
        panic!("it did not fail: {report:?}")
    };
    let mut lines = vec![format!("{state:?}: {}", report.summary)];
    lines.extend(report.notes.iter().map(|n| format!("note: {n}")));
    for request in &report.requests {
        lines.push(serde_json::to_string(request).expect("a request is JSON"));
    }
    if let Some(annotation) = report.annotation() {
        lines.push(format!("[{annotation:?}]"));
    }
    lines.join("\n")
}

pub(crate) fn grant(entitlement: &str, resource_type: &str, principal: &str) -> Change {
    Change::Grant {
        entitlement_id: entitlement.into(),
        principal: ResourceKey::new(resource_type, principal),
    }
}

pub(crate) fn revoke(grant: &str) -> Change {
    Change::Revoke {
        grant_id: grant.into(),
    }
}

pub(crate) fn delete(resource_type: &str, resource: &str) -> Change {
    Change::Delete {
        resource: ResourceKey::new(resource_type, resource),
    }
}

pub(crate) fn create(profile: Value) -> Change {
    Change::CreateAccount {
        profile: object(profile),
        resource_type: None,
    }
}

pub(crate) fn invoke(action: &str, arguments: Value) -> Change {
    Change::Invoke {
        action: action.into(),
        arguments: object(arguments),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}
