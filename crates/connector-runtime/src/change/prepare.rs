//! Everything that comes before the connector is called, and refuses what can be refused without it.

use super::arguments::{self, Fitting};
use super::call::{Call, call};
use super::error::{ArtifactAsked, ChangeError};
use super::lookup::{Known, OpenArtifact};
use super::offered::{account_manager, entry, provisioner, types_with};
use super::refusal;
use super::request::Change;
use super::secrets::Secrets;
use super::stated::Stated;
use super::suggest::Closest;
use super::target::{ChangeTarget, NamedEntitlement, NamedResource};
use super::values::to_struct;
use connector_proto::connector::v2;
use connector_sdk::{Connector, ResourceKey, grant_id};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// A change that nothing here speaks against.
pub(super) struct Prepared {
    pub(super) target: ChangeTarget,
    pub(super) call: Call,
    pub(super) secrets: Secrets,
    /// Where ids were looked up.
    pub(super) artifact: Option<ArtifactAsked>,
    /// Where an account is created, where that is another place than the address of the tenant.
    pub(super) created_at: Option<String>,
    /// What a person should know about that artifact.
    pub(super) note: Option<String>,
    /// Whether the tenant was compared with that of an artifact.
    pub(super) is_compared: bool,
}

/// The artifact of a change.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) path: Option<PathBuf>,
    /// Whether a person named it.
    pub(super) named: bool,
    /// The same, opened already.
    pub(super) opened: Option<OpenArtifact>,
    /// What the caller states in its place.
    pub(super) stated: Option<Stated>,
    /// Where it may be unpacked, the first choice first.
    pub(super) temp_dirs: Vec<PathBuf>,
}

/// Looks up and refuses. Blocks, and asks the connector for nothing but what it offers.
pub(super) fn prepare(
    connector: &dyn Connector,
    change: Change,
    lookup: &Lookup,
) -> Result<Prepared, ChangeError> {
    match change {
        Change::Grant {
            entitlement_id,
            principal,
        } => grant(connector, &entitlement_id, principal, lookup),
        Change::Revoke { grant_id } => {
            let known = Known::open(lookup, connector.tenant().as_ref())?;
            let grant = known.grant(&grant_id)?;
            revoke(connector, &known, grant)
        }
        Change::RevokeHeld {
            entitlement_id,
            principal,
        } => {
            let known = Known::open(lookup, connector.tenant().as_ref())?;
            let grant = v2::Grant {
                id: grant_id(&entitlement_id, &principal),
                entitlement: Some(known.entitlement(&entitlement_id)?),
                principal: Some(known.principal(&principal)?),
                ..v2::Grant::default()
            };
            revoke(connector, &known, grant)
        }
        Change::CreateAccount {
            profile,
            resource_type,
        } => {
            let (note, is_compared) = compared(connector, lookup)?;
            Ok(Prepared {
                note,
                is_compared,
                ..create(connector, profile, resource_type)?
            })
        }
        Change::Delete { resource } => delete(connector, resource, lookup),
        Change::Invoke { action, arguments } => {
            let (note, is_compared) = compared(connector, lookup)?;
            let prepared = invoke(connector, action, arguments, lookup)?;
            Ok(Prepared {
                note,
                is_compared: is_compared || prepared.is_compared,
                ..prepared
            })
        }
    }
}

/// Compares a change that looks nothing up with the artifact that a person named. With what to know about it comes whether there
/// was one.
fn compared(connector: &dyn Connector, lookup: &Lookup) -> Result<(Option<String>, bool), ChangeError> {
    if !lookup.named {
        return Ok((None, false));
    }
    let known = Known::open(lookup, connector.tenant().as_ref())?;
    Ok((known.note(), true))
}

fn grant(
    connector: &dyn Connector,
    entitlement_id: &str,
    principal: ResourceKey,
    lookup: &Lookup,
) -> Result<Prepared, ChangeError> {
    let known = Known::open(lookup, connector.tenant().as_ref())?;
    let entitlement = known.entitlement(entitlement_id)?;
    refusal::entitlement(connector, &known, &entitlement)?;
    let provisioner = provisioner(connector, &entitlement)?;
    let principal = refusal::grantable_to(connector, &entitlement, principal)?;
    let principal = known.principal(&principal)?;
    refusal::of_this_system(&principal)?;
    Ok(Prepared {
        target: ChangeTarget::Grant {
            entitlement: NamedEntitlement::of(&entitlement),
            principal: NamedResource::of(&principal),
        },
        call: call(move |cx| async move { provisioner.grant(&cx, &entitlement, &principal).await }),
        secrets: Secrets::default(),
        created_at: None,
        artifact: known.asked(),
        note: known.note(),
        is_compared: known.is_compared(),
    })
}

fn revoke(connector: &dyn Connector, known: &Known, grant: v2::Grant) -> Result<Prepared, ChangeError> {
    refusal::grant(connector, known, &grant)?;
    let entitlement = grant.entitlement.clone().unwrap_or_default();
    let principal = grant.principal.clone().unwrap_or_default();
    let provisioner = provisioner(connector, &entitlement)?;
    Ok(Prepared {
        target: ChangeTarget::Revoke {
            grant: grant.id.clone(),
            entitlement: Some(NamedEntitlement::of(&entitlement)),
            principal: Some(NamedResource::of(&principal)),
        },
        call: call(move |cx| async move { provisioner.revoke(&cx, &grant).await }),
        secrets: Secrets::default(),
        created_at: None,
        artifact: known.asked(),
        note: known.note(),
        is_compared: known.is_compared(),
    })
}

fn create(
    connector: &dyn Connector,
    profile: Map<String, Value>,
    resource_type: Option<String>,
) -> Result<Prepared, ChangeError> {
    let (resource_type, accounts) = account_manager(connector, resource_type)?;
    let fitting = match connector.spec().account_schema {
        Some(schema) => arguments::check(&arguments::of_account(&schema), &[], profile),
        None => arguments::unchecked(profile),
    };
    let Fitting {
        values,
        shown,
        secrets,
    } = fitting
        .map(Fitting::hidden_by_name)
        .map_err(|errors| ChangeError::Arguments {
            of: "the profile".into(),
            errors,
        })?;
    Ok(Prepared {
        target: ChangeTarget::CreateAccount {
            resource_type: Some(resource_type),
            profile: Some(shown),
        },
        created_at: accounts.made_at(),
        call: call(move |cx| async move { accounts.create(&cx, &to_struct(&values)).await }),
        secrets,
        artifact: None,
        note: None,
        is_compared: false,
    })
}

fn delete(connector: &dyn Connector, key: ResourceKey, lookup: &Lookup) -> Result<Prepared, ChangeError> {
    let types = connector.types();
    let deleter = entry(&types, &key.resource_type)?
        .deleter
        .clone()
        .ok_or_else(|| ChangeError::NotOffered {
            what: format!("delete resources of type {:?}", key.resource_type),
            offered: types_with(&types, |t| t.deleter.is_some()),
        })?;
    let known = Known::open_if_there(lookup, connector.tenant().as_ref())?;
    let resource = known.as_ref().map(|k| k.resource(&key)).transpose()?.flatten();
    resource.as_ref().map_or(Ok(()), refusal::of_this_system)?;
    // The connector takes what was there and is not any more for gone.
    let proves_absence = known.as_ref().is_none_or(Known::proves_absence);
    Ok(Prepared {
        target: ChangeTarget::Delete {
            resource: NamedResource {
                key: key.clone(),
                name: resource
                    .as_ref()
                    .map_or_else(String::new, |r| r.display_name.clone()),
            },
        },
        call: call(move |cx| async move {
            let known = resource.filter(|_| proves_absence);
            deleter.delete(&cx, &key, known.as_ref()).await
        }),
        secrets: Secrets::default(),
        created_at: None,
        note: known.as_ref().and_then(Known::note),
        is_compared: known.as_ref().is_some_and(Known::is_compared),
        artifact: known.and_then(|k| k.asked()),
    })
}

fn invoke(
    connector: &dyn Connector,
    action: String,
    arguments: Map<String, Value>,
    lookup: &Lookup,
) -> Result<Prepared, ChangeError> {
    let offered = connector.actions();
    let schemas = connector.spec().actions;
    let (Some(actions), false) = (offered, schemas.is_empty()) else {
        return Err(ChangeError::NotOffered {
            what: "have actions".into(),
            offered: Vec::new(),
        });
    };
    let Some(schema) = schemas.iter().find(|s| s.name == action) else {
        let mut closest = Closest::new(&action);
        for schema in &schemas {
            closest.offer(&schema.name, &[&schema.display_name]);
        }
        return Err(ChangeError::UnknownAction {
            name: action,
            valid: schemas.iter().map(|s| s.name.clone()).collect(),
            did_you_mean: closest.into_suggestions(),
        });
    };
    let Fitting {
        values,
        shown,
        secrets,
    } = arguments::check(&arguments::of_action(schema), &schema.constraints, arguments).map_err(
        |errors| ChangeError::Arguments {
            of: format!("the arguments of action {action:?}"),
            errors,
        },
    )?;
    let values = to_struct(&values);
    let about = actions.subject(&action, &values);
    let known = match &about {
        Some(_) => Known::open_if_there(lookup, connector.tenant().as_ref())?,
        None => None,
    };
    let resource = known
        .as_ref()
        .zip(about)
        .map(|(known, about)| known.resource(&about));
    let resource = resource.transpose()?.flatten();
    Ok(Prepared {
        target: ChangeTarget::Invoke {
            action: action.clone(),
            arguments: Some(shown),
        },
        call: call(move |cx| async move {
            match resource {
                Some(known) => actions.invoke_on(&cx, &action, &values, &known).await,
                None => actions.invoke(&cx, &action, &values).await,
            }
        }),
        secrets,
        created_at: None,
        note: None,
        is_compared: known.as_ref().is_some_and(Known::is_compared),
        artifact: known.and_then(|known| known.asked()),
    })
}
