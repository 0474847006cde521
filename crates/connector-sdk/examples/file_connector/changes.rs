//! How it is changed: members of teams, teams, and one action.
//!
//! Every change reads the file, decides, and writes once, or not at all: see [`change`].

use crate::connector::{TEAM, Teams, member};
use crate::file::{Edit, People, PeopleFile};
use async_trait::async_trait;
use connector_sdk::proto::config::v1 as config;
use connector_sdk::proto::{connector::v2, wkt};
use connector_sdk::{
    ActionProvider, ChangeContext, ChangeOutcome, ChangeState, Code, Error, ResourceDeleter, ResourceKey,
    ResourceProvisioner, Result, WriteRequest,
};
use std::sync::Arc;

/// What a person reads about a change.
struct Sentences {
    done: String,
    planned: String,
    already: String,
}

/// Reads the file, lets `edit` decide, and writes its result unless nothing changed or this is a dry run.
async fn change(
    file: &PeopleFile,
    cx: &ChangeContext,
    sentences: Sentences,
    edit: impl FnOnce(&mut People) -> Result<()> + Send,
) -> Result<ChangeOutcome> {
    let Some(edit) = file.edit(!cx.dry_run, edit).await? else {
        return Ok(ChangeOutcome::new(ChangeState::AlreadySo, sentences.already));
    };
    let body = serde_json::json!({ "remove": edit.taken(), "add": edit.put() });
    let request = WriteRequest::new("EDIT", "/people").body(body);
    if cx.dry_run {
        return Ok(ChangeOutcome::new(ChangeState::Planned, sentences.planned).request(request));
    }
    let outcome = ChangeOutcome::new(ChangeState::Done, sentences.done).request(request);
    if cx.verify {
        verified(file, &edit, outcome).await
    } else {
        Ok(outcome)
    }
}

async fn verified(file: &PeopleFile, edit: &Edit, outcome: ChangeOutcome) -> Result<ChangeOutcome> {
    Ok(if file.read().await?.to_text() == edit.after {
        ChangeOutcome {
            state: ChangeState::Verified,
            ..outcome
        }
    } else {
        outcome.note("someone else changed the file meanwhile")
    })
}

#[async_trait]
impl ResourceProvisioner for Teams {
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let team = ResourceKey::of(entitlement.resource.as_ref())?;
        let principal = ResourceKey::of(Some(principal))?;
        let sentences = Sentences {
            done: format!("{principal} is now a member of {team}"),
            planned: format!("{principal} would become a member of {team}"),
            already: format!("{principal} is a member of {team} already"),
        };
        change(&self.0, cx, sentences, |people| {
            let (member, members) = (member(&principal), &mut people.team(&team.resource)?.members);
            if !members.contains(&member) {
                members.push(member);
            }
            Ok(())
        })
        .await
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let (team, principal) = ResourceKey::of_grant(grant)?;
        let sentences = Sentences {
            done: format!("{principal} is no member of {team} any more"),
            planned: format!("{principal} would be no member of {team} any more"),
            already: format!("{principal} is no member of {team}"),
        };
        change(&self.0, cx, sentences, |people| {
            let member = member(&principal);
            people.team(&team.resource)?.members.retain(|m| *m != member);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl ResourceDeleter for Teams {
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        known: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        let sentences = Sentences {
            done: format!("{key} is gone for good"),
            planned: format!("{key} would be gone for good"),
            already: format!("{key} is gone already"),
        };
        change(&self.0, cx, sentences, |people| {
            // A team that nobody has ever seen is a slip of the pen, not one that is gone.
            if known.is_none() {
                people.team(&key.resource)?;
            }
            let mention = member(key);
            people.teams.retain(|t| t.id != key.resource);
            people
                .teams
                .iter_mut()
                .for_each(|t| t.members.retain(|m| *m != mention));
            Ok(())
        })
        .await
    }
}

/// The action that renames a team.
pub(crate) struct Rename(pub(crate) Arc<PeopleFile>);

/// What the action is called and takes.
pub(crate) fn rename_schema() -> v2::BatonActionSchema {
    let text = |name: &str, display_name: &str| config::Field {
        name: name.into(),
        display_name: display_name.into(),
        is_required: true,
        field: Some(config::field::Field::StringField(config::StringField::default())),
        ..config::Field::default()
    };
    v2::BatonActionSchema {
        name: "rename_team".into(),
        display_name: "Rename a team".into(),
        arguments: vec![text("team", "Team"), text("name", "New name")],
        ..v2::BatonActionSchema::default()
    }
}

#[async_trait]
impl ActionProvider for Rename {
    async fn invoke(&self, cx: &ChangeContext, name: &str, arguments: &wkt::Struct) -> Result<ChangeOutcome> {
        if name != "rename_team" {
            return Err(Error::new(Code::NotFound, format!("there is no action {name:?}")));
        }
        let argument = |name: &str| {
            let missing = || Error::new(Code::InvalidArgument, format!("the argument {name:?} is no text"));
            wkt::text(arguments, name).ok_or_else(missing)
        };
        let (team, new_name) = (argument("team")?, argument("name")?);
        // What the vendor could not keep is refused before anything is sent: here it would be read back as something else.
        if new_name.trim() != new_name || new_name.contains([';', '\n', '\r']) {
            let why = "a name holds no semicolon and no line break, and no space at its ends";
            return Err(Error::new(Code::InvalidArgument, why));
        }
        let key = ResourceKey::new(TEAM, team);
        let sentences = Sentences {
            done: format!("{key} is now named {new_name:?}"),
            planned: format!("{key} would be named {new_name:?}"),
            already: format!("{key} is named {new_name:?} already"),
        };
        let outcome = change(&self.0, cx, sentences, |people| {
            people.team(team)?.name = new_name.to_owned();
            Ok(())
        })
        .await?;
        Ok(ChangeOutcome {
            response: Some(wkt::object([("team", key.resource.into())])),
            ..outcome
        })
    }
}
