//! Commands that find and explain: `find`, `access`, `who-can`, `what-if`, `diagnostics`.

use crate::command::{self, ENTITLEMENT, LIMIT, NAME, PRINCIPAL, TEXT, TYPE};
use crate::error::Error;
use crate::lists::{filter, marks, time};
use crate::print::{Column, Form, Printer, Stop};
use access_review::{
    Access, Diagnostic, Effect, Filter, Held, Holding, JoinedGrant, Reason, Review, ReviewError, Subject,
    all_shown,
};
use clap::ArgMatches;
use serde_json::{Value, json};

/// `find`
pub(crate) fn find(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("what"),
        Column::id("type"),
        Column::text("name"),
        Column::text("detail"),
        Column::text("fit"),
        Column::text("by").wide(),
        Column::id("id"),
    ];
    let text = command::text(flags, TEXT).unwrap_or_default();
    let most = command::number(flags, LIMIT)?.unwrap_or(20);
    let filter = Filter {
        resource_types: command::texts(flags, TYPE),
        ..Filter::default()
    };
    let finds = review.find(text, &filter, most)?;
    if finds.best.is_empty() && out.form == Form::Text {
        return out.text(&format!("nothing is called {text:?} or like it"));
    }
    out.list(
        "found",
        COLUMNS,
        finds.best.iter().map(Ok::<_, Error>),
        |found| {
            Ok(vec![
                found.what.word().to_owned(),
                found.resource_type.clone(),
                found.name.clone(),
                found.detail.clone(),
                found.fit.word().to_owned(),
                found.by.to_owned(),
                found.id.clone(),
            ])
        },
        |found| {
            Ok(json!({
                "what": found.what.word(),
                "resourceType": found.resource_type,
                "name": found.name,
                "detail": found.detail,
                "fit": found.fit.word(),
                "by": found.by,
                "id": found.id,
            })
            .to_string())
        },
    )?;
    let more = finds.total - finds.best.len() as u64;
    if more > 0 && out.form == Form::Text {
        out.text(&format!("and {more} more; --limit shows them"))?;
    }
    Ok(())
}

/// `access`
pub(crate) fn access(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("type"),
        Column::text("resource"),
        Column::text("entitlement"),
        Column::text("held"),
        Column::text("marks"),
        Column::text("changeable"),
        Column::id("resource id"),
        Column::id("entitlement id"),
        Column::id("grant id"),
    ];
    let name = command::text(flags, NAME).unwrap_or_default();
    // Accounts first; whatever else holds something has access too, a group for example.
    let of = review.account_named(name).or_else(|error| match error {
        ReviewError::NotFound { .. } => review.resource_named(name, &Filter::default()).map_err(|_| error),
        error => Err(error),
    })?;
    let access = review.access(&of)?;
    match out.form {
        Form::Text => tree(&access, out),
        Form::Json => {
            let mut document = json!({"principal": value(&principal_json(review, &access.principal)?)?});
            document["access"] = resources_json(&access)?.into();
            document["secrets"] = access.secrets.iter().map(secret_json).collect();
            out.document(document)
        }
        Form::JsonLines | Form::Csv => out.list(
            "access",
            COLUMNS,
            access.holdings.iter().map(Ok::<_, Error>),
            |holding| {
                let grant = &holding.grant;
                let on = grant.on_subject();
                Ok(vec![
                    grant.on.resource_type.clone(),
                    on.shown().to_owned(),
                    grant.entitlement_shown().to_owned(),
                    how(holding),
                    marks(&grant.held),
                    if grant.held.own && !grant.held.immutable {
                        "yes"
                    } else {
                        "no"
                    }
                    .to_owned(),
                    grant.on.resource.clone(),
                    grant.entitlement_id.clone(),
                    grant.id.clone(),
                ])
            },
            |holding| Ok(holding_json(holding).to_string()),
        ),
    }
}

/// All that a principal holds as a tree: resources, and below each what is held on it and why.
fn tree(access: &Access, out: &mut Printer<'_>) -> Result<(), Stop> {
    let of = &access.principal;
    out.text(&format!(
        "{}  {} {}",
        headline(of),
        of.key.resource_type,
        of.key.resource
    ))?;
    let mut branches: Vec<(&Subject, String, Vec<String>)> = Vec::new();
    let subjects: Vec<Subject> = access
        .holdings
        .iter()
        .map(|holding| holding.grant.on_subject())
        .collect();
    for (holding, on) in access.holdings.iter().zip(&subjects) {
        let grant = &holding.grant;
        let id = if out.wide {
            format!("  {}", grant.id)
        } else {
            String::new()
        };
        let leaf = format!("{}: {}{id}", grant.entitlement_shown(), how_marked(holding));
        match branches.last_mut() {
            Some((last, _, leaves)) if last.key == on.key => leaves.push(leaf),
            _ => branches.push((on, format!("{} {}", on.key.resource_type, on.shown()), vec![leaf])),
        }
    }
    for secret in &access.secrets {
        let mut words = vec![secret.status_shown()];
        if secret.last_used.is_some() {
            words.push(format!("last used {}", time(secret.last_used)));
        }
        words.retain(|word| !word.is_empty());
        let name = format!("{} {}", secret.key.resource_type, secret.shown());
        branches.push((
            secret,
            name,
            if words.is_empty() {
                Vec::new()
            } else {
                vec![words.join(", ")]
            },
        ));
    }
    if branches.is_empty() {
        return out.text("holds nothing");
    }
    let last = branches.len() - 1;
    for (at, (_, name, leaves)) in branches.iter().enumerate() {
        let (stem, bar) = if at == last {
            ("└─", "  ")
        } else {
            ("├─", "│ ")
        };
        out.text(&format!("{stem} {name}"))?;
        for (at, leaf) in leaves.iter().enumerate() {
            let stem = if at + 1 == leaves.len() {
                "└─"
            } else {
                "├─"
            };
            out.text(&format!("{bar} {stem} {leaf}"))?;
        }
    }
    Ok(())
}

fn headline(subject: &Subject) -> String {
    let mut words = vec![subject.shown().to_owned()];
    if !subject.email().is_empty() && subject.email() != subject.shown() {
        words[0] = format!("{} <{}>", words[0], subject.email());
    }
    words.push(subject.status_shown());
    if subject.last_used.is_some() {
        words.push(format!("last used {}", time(subject.last_used)));
    }
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

/// How something is held, in words, with the whole way where groups are in groups.
fn how(holding: &Holding) -> String {
    let held = &holding.grant.held;
    match (held.own, holding.through.is_empty()) {
        (true, true) => "direct".to_owned(),
        (true, false) => format!("direct, and through {}", all_shown(&holding.through)),
        (false, false) => format!("through {}", all_shown(&holding.through)),
        (false, true) => "unexplained".to_owned(),
    }
}

fn how_marked(holding: &Holding) -> String {
    match holding.grant.held.marks().as_slice() {
        [] => how(holding),
        marks => format!("{} ({})", how(holding), marks.join(", ")),
    }
}

/// `baton.v1.ResourceAccessOutput` for each resource, with how each entitlement is held.
fn resources_json(access: &Access) -> Result<Vec<Value>, Error> {
    let mut resources: Vec<Value> = Vec::new();
    let mut last = None;
    for holding in &access.holdings {
        let grant = &holding.grant;
        if last != Some(&grant.on) {
            let mut resource = json!({"entitlements": [], "held": []});
            for (member, json) in grant.resource_json()? {
                resource[member] = value(&json)?;
            }
            resources.push(resource);
            last = Some(&grant.on);
        }
        if let Some(resource) = resources.last_mut() {
            let entitlement = grant.entitlement_json()?.map(|json| value(&json)).transpose()?;
            let entitlement = entitlement.unwrap_or_else(|| json!({"id": grant.entitlement_id}));
            push(resource, "entitlements", entitlement);
            push(resource, "held", holding_json(holding));
        }
    }
    Ok(resources)
}

fn push(object: &mut Value, member: &str, item: Value) {
    if let Some(items) = object.get_mut(member).and_then(Value::as_array_mut) {
        items.push(item);
    }
}

fn holding_json(holding: &Holding) -> Value {
    let grant = &holding.grant;
    let mut json = held_json(&grant.held);
    json["grantId"] = grant.id.clone().into();
    json["entitlementId"] = grant.entitlement_id.clone().into();
    json["entitlement"] = grant.entitlement_shown().into();
    json["resourceType"] = grant.on.resource_type.clone().into();
    json["resourceId"] = grant.on.resource.clone().into();
    json["resource"] = grant.on_subject().shown().into();
    json["through"] = holding.through.iter().map(reason_json).collect();
    json
}

fn reason_json(reason: &Reason) -> Value {
    json!({
        "entitlementId": reason.entitlement_id,
        "entitlement": reason.entitlement,
        "resource": reason.on,
        "direct": reason.direct,
        "through": reason.through.iter().map(reason_json).collect::<Vec<_>>(),
    })
}

fn held_json(held: &Held) -> Value {
    json!({
        "held": held.held_as().word(),
        "direct": held.own,
        "unexplained": held.unexplained,
        "unconfirmed": held.unconfirmed,
        "dormant": held.dormant,
        "immutable": held.immutable,
    })
}

fn secret_json(secret: &Subject) -> Value {
    let mut json = json!({
        "resourceType": secret.key.resource_type,
        "id": secret.key.resource,
        "name": secret.name,
        "status": secret.status.word(),
    });
    if let Some(used) = secret.last_used {
        json["lastUsedAt"] = used.to_string().into();
    }
    json
}

fn principal_json(review: &Review, principal: &Subject) -> Result<String, Error> {
    match review.resource_json(&principal.key)? {
        Some(json) => Ok(json),
        None => Ok(
            json!({"id": {"resourceType": principal.key.resource_type, "resource": principal.key.resource}})
                .to_string(),
        ),
    }
}

fn value(json: &str) -> Result<Value, Error> {
    serde_json::from_str(json).map_err(|error| {
        Error::new(
            connector_sdk::Code::Internal,
            format!("cannot read the JSON of this program: {error}"),
        )
    })
}

/// `who-can`
pub(crate) fn who_can(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("type"),
        Column::text("principal"),
        Column::text("email"),
        Column::text("status"),
        Column::text("last used"),
        Column::text("held"),
        Column::text("marks"),
        Column::id("principal id").wide(),
        Column::id("grant id").wide(),
    ];
    let name = command::text(flags, NAME).unwrap_or_default();
    let filter = Filter {
        entitlement_id: Some(review.entitlement_named(name)?),
        ..filter(review, flags)?
    };
    let cells = |row: &JoinedGrant| {
        let holder = row.holder_subject();
        Ok(vec![
            holder.key.resource_type.clone(),
            holder.shown().to_owned(),
            holder.email().to_owned(),
            holder.status_shown(),
            time(holder.last_used),
            review.held_shown(&row.held)?,
            marks(&row.held),
            holder.key.resource.clone(),
            row.id.clone(),
        ])
    };
    out.list("grants", COLUMNS, review.grants(&filter), cells, |row| {
        Ok(row.json()?)
    })
}

/// `what-if`
pub(crate) fn what_if(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("principal"),
        Column::text("email"),
        Column::id("type"),
        Column::text("resource"),
        Column::text("entitlement"),
        Column::text("now"),
        Column::text("after"),
        Column::id("principal id").wide(),
        Column::id("grant id").wide(),
    ];
    let grant = asked(review, flags)?;
    let answer = review.what_if_revoked(grant)?;
    if out.form == Form::Text {
        let revoked = &answer.revoked;
        out.text(&format!(
            "If {} lost {}:",
            headline_short(&revoked.holder_subject()),
            revoked.entitlement_shown()
        ))?;
        if revoked.held.immutable {
            out.text(
                "(the vendor does not let anybody change this here; this is what would follow if it were)",
            )?;
        }
        out.line("")?;
    }
    let after = |effect: &Effect| -> Result<String, Error> {
        effect
            .after
            .as_ref()
            .map_or_else(|| Ok("gone".to_owned()), |after| Ok(review.held_shown(after)?))
    };
    out.list(
        "effects",
        COLUMNS,
        answer.effects.iter().map(Ok::<_, Error>),
        |effect| {
            let grant = &effect.grant;
            let holder = grant.holder_subject();
            Ok(vec![
                holder.shown().to_owned(),
                holder.email().to_owned(),
                grant.on.resource_type.clone(),
                grant.on_subject().shown().to_owned(),
                grant.entitlement_shown().to_owned(),
                review.held_shown(&grant.held)?,
                after(effect)?,
                holder.key.resource.clone(),
                grant.id.clone(),
            ])
        },
        |effect| {
            let grant = &effect.grant;
            let through = |held: &Held| -> Vec<String> {
                held.through
                    .iter()
                    .map(|source| source.entitlement_id.clone())
                    .collect()
            };
            let side = |held: &Held| {
                let mut json = held_json(held);
                json["through"] = through(held).into();
                json
            };
            Ok(json!({
                "grantId": grant.id,
                "entitlementId": grant.entitlement_id,
                "entitlement": grant.entitlement_shown(),
                "resource": grant.on_subject().shown(),
                "principalType": grant.holder.resource_type,
                "principalId": grant.holder.resource,
                "principal": grant.holder_subject().shown(),
                "gone": effect.after.is_none(),
                "now": side(&grant.held),
                "after": effect.after.as_ref().map(side),
            })
            .to_string())
        },
    )
}

fn headline_short(subject: &Subject) -> String {
    match subject.email() {
        "" => subject.shown().to_owned(),
        email if email == subject.shown() => email.to_owned(),
        email => format!("{} <{email}>", subject.shown()),
    }
}

/// The grant that a question is about.
fn asked(review: &Review, flags: &ArgMatches) -> Result<JoinedGrant, Error> {
    let any = Filter::default();
    match flags.subcommand() {
        Some(("remove-member", of)) => {
            let group = command::text(of, "group").unwrap_or_default();
            let member = command::text(of, "member").unwrap_or_default();
            let group = review.resource_named(group, &any)?;
            let member = review.resource_named(member, &any)?;
            let held = review.grants_of_member(&group, &member)?;
            match <[JoinedGrant; 1]>::try_from(held) {
                Ok([one]) => Ok(one),
                Err(others) if others.is_empty() => Err(ReviewError::NotHeld {
                    holder: review.subject(&member)?.shown().to_owned(),
                    entitlement_id: format!("any entitlement of {group}"),
                }
                .into()),
                Err(others) => {
                    let ids: Vec<&str> = others.iter().map(|grant| &*grant.id).collect();
                    Err(Error::new(
                        connector_sdk::Code::FailedPrecondition,
                        format!("more than one entitlement of {group} is held: {}", ids.join(", ")),
                    )
                    .with_hint("Ask for one with `what-if revoke GRANT`"))
                }
            }
        }
        Some((_, of)) => match (
            command::text(of, "grant"),
            command::text(of, ENTITLEMENT),
            command::text(of, PRINCIPAL),
        ) {
            (Some(id), None, None) => Ok(review.grant_by_id(id)?),
            (None, Some(entitlement), Some(principal)) => {
                let entitlement = review.entitlement_named(entitlement)?;
                let principal = review.resource_named(principal, &any)?;
                Ok(review.grant_of_both(&entitlement, &principal)?)
            }
            _ => Err(Error::usage(
                "what-if revoke needs the id of a grant, or --entitlement and --principal",
            )),
        },
        None => Err(Error::usage("what-if needs to know what: revoke, remove-member")),
    }
}

/// `diagnostics`
pub(crate) fn diagnostics(review: &Review, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("class"),
        Column::text("kind"),
        Column::text("subject"),
        Column::text("detail"),
    ];
    let class = |one: &Diagnostic| if one.is_gap { "gap" } else { "finding" };
    let detail = |one: &Diagnostic| match one.further {
        0 => one.detail.clone(),
        further => format!("{further} more, which the artifact does not name"),
    };
    out.list(
        "diagnostics",
        COLUMNS,
        review.diagnostics(),
        |one| {
            Ok(vec![
                class(one).to_owned(),
                one.kind.clone(),
                one.subject.clone(),
                detail(one),
            ])
        },
        |one| {
            let mut json = json!({"class": class(one), "kind": one.kind});
            if one.further > 0 {
                json["further"] = one.further.into();
            } else {
                json["subject"] = one.subject.clone().into();
                json["detail"] = one.detail.clone().into();
            }
            Ok(json.to_string())
        },
    )
}
