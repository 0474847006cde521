//! A tenant as text: what a connector answers to every call.
//!
//! ```text
//! type group group grants               # id, traits, plan
//! list group                            # opens the call; what follows is its page
//! resource group/g1 "Platform"          # a row
//! ---                                   # the listing goes on with another page
//! resource group/g2
//! grants group/g1
//! grant group/g1 member <- user/u1 fact.by=hand
//! get group/g1                          # the resource read by its id
//! ```

use connector_sdk::proto::connector::v2::resource_type::Trait;
use connector_sdk::{
    AccountStatus, AccountType, Code, EntitlementRow, Expandable, GrantRow, Notice, Page, PageToken, Plan,
    Purpose, ResourceBuilder, ResourceKey, Retry, Standing, Text, entitlement_id, resource_type,
};
use std::collections::BTreeMap;

/// A tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) types: Vec<ScriptedType>,
    /// Pages by call and token: `list user`, `list project of workspace/w1`, `grants group/g1`.
    pub(crate) pages: BTreeMap<(String, String), ScriptedPage>,
    /// What validating tells.
    pub(crate) notices: Vec<Notice>,
    /// Why validating fails.
    pub(crate) refused: Option<String>,
    /// Why validating fails from its second time on.
    pub(crate) refused_later: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct ScriptedType {
    pub(crate) resource_type: connector_sdk::proto::connector::v2::ResourceType,
    pub(crate) plan: Plan,
}

/// A page, how often its cursor is refused before it is given, and the call for which it waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScriptedPage {
    pub(crate) page: Page,
    /// Rows that it has the first time only.
    pub(crate) once: Page,
    pub(crate) refusals: usize,
    pub(crate) waits_for: Option<String>,
    pub(crate) fails: Option<Failure>,
}

/// How a page fails before it is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    /// `None`: the connector panics.
    pub(crate) code: Option<Code>,
    pub(crate) times: usize,
    /// Whether asking again could help.
    pub(crate) retry: Retry,
    pub(crate) status: Option<u16>,
}

impl Script {
    pub(crate) fn parse(text: &str) -> Self {
        let mut script = Self::default();
        let mut at = None;
        for line in text.lines() {
            let words = words(line);
            let Some((verb, rest)) = words.split_first() else {
                continue;
            };
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            match (verb.as_str(), rest.as_slice()) {
                ("type", [id, words @ ..]) => script.types.push(scripted_type(id, words)),
                ("list" | "entitlements" | "grants" | "get" | "beside", _) => {
                    at = Some((format!("{verb} {}", rest.join(" ")), String::new()));
                }
                ("validate", []) => at = None,
                ("page", [token]) => at = at.map(|(call, _)| (call, (*token).to_owned())),
                ("---", []) => {
                    let (call, token) = at.clone().expect("a page break stands in a call");
                    let next = format!("{token}+");
                    script.page(&at).page.next = Some(PageToken::new(&next));
                    at = Some((call, next));
                }
                ("refuse", [why]) if at.is_none() => script.refused = Some((*why).to_owned()),
                ("refuse-later", [why]) => script.refused_later = Some((*why).to_owned()),
                ("gap" | "fact" | "remark", [kind, subject, detail]) if at.is_none() => {
                    script.notices.push(notice(verb, kind, subject, detail));
                }
                _ => script.row(&at, verb, &rest),
            }
            if at.is_some() {
                script.page(&at);
            }
        }
        script
    }

    fn page(&mut self, at: &Option<(String, String)>) -> &mut ScriptedPage {
        let at = at.clone().expect("a row stands in a call");
        self.pages.entry(at).or_default()
    }

    fn row(&mut self, at: &Option<(String, String)>, verb: &str, words: &[&str]) {
        if let ("once", [verb, rest @ ..]) = (verb, words) {
            let always = std::mem::take(&mut self.page(at).page);
            self.row(at, verb, rest);
            let scripted = self.page(at);
            let once = std::mem::replace(&mut scripted.page, always);
            scripted.once.resources.extend(once.resources);
            scripted.once.grants.extend(once.grants);
            return;
        }
        let types = self.types.clone();
        let scripted = self.page(at);
        let page = &mut scripted.page;
        match (verb, words) {
            ("resource", [id, words @ ..]) => page.resources.push(resource(&types, &key(id), words)),
            ("can", [on, slug, words @ ..]) => page.entitlements.push(entitlement(&key(on), slug, words)),
            ("grant", [on, slug, "<-", to, words @ ..]) => {
                page.grants.push(grant(&key(on), slug, &key(to), words));
            }
            ("gap" | "fact" | "remark", [kind, subject, detail]) => {
                page.notices.push(notice(verb, kind, subject, detail));
            }
            ("unread", []) => page.unread = true,
            ("gone", []) => page.gone = true,
            ("fail", [code, times, words @ ..]) => {
                scripted.fails = Some(Failure {
                    code: code_of(code),
                    times: times.parse().unwrap_or(usize::MAX),
                    retry: match words {
                        ["later"] | [_, "later"] => Retry::Later,
                        ["exhausted"] => Retry::Exhausted,
                        _ => Retry::Never,
                    },
                    status: words.iter().find_map(|word| word.parse().ok()),
                });
            }
            ("next", [token]) => page.next = Some(PageToken::new(*token)),
            ("also", tokens) => page.also.extend(tokens.iter().map(|t| PageToken::new(*t))),
            ("wait", call) => scripted.waits_for = Some(call.join(" ")),
            ("refuse", ["always"]) => scripted.refusals = usize::MAX,
            ("refuse", [times]) => scripted.refusals = times.parse().expect("a number of refusals"),
            _ => panic!("no line of a script: {verb} {words:?}"),
        }
    }
}

fn code_of(word: &str) -> Option<Code> {
    Some(match word {
        "panic" => return None,
        "internal" => Code::Internal,
        "not-found" => Code::NotFound,
        "unavailable" => Code::Unavailable,
        "resource-exhausted" => Code::ResourceExhausted,
        "unauthenticated" => Code::Unauthenticated,
        "unimplemented" => Code::Unimplemented,
        _ => panic!("no code: {word}"),
    })
}

/// Splits at spaces; quotes hold a word together, `#` starts a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted, mut word) = (Vec::new(), false, None::<String>);
    for c in line.chars() {
        match c {
            '#' if !quoted && word.is_none() => break,
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// `type/id`; the id may hold anything.
pub(crate) fn key(text: &str) -> ResourceKey {
    let (resource_type, id) = text.split_once('/').expect("a resource is written type/id");
    ResourceKey::new(resource_type, id)
}

fn scripted_type(id: &str, words: &[&str]) -> ScriptedType {
    let (mut traits, mut plan) = (Vec::new(), Plan::default());
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("user", _) => traits.push(Trait::User),
            ("group", _) => traits.push(Trait::Group),
            ("role", _) => traits.push(Trait::Role),
            ("app", _) => traits.push(Trait::App),
            ("secret", _) => traits.push(Trait::Secret),
            ("entitlements", _) => plan.entitlements = true,
            ("grants", _) => plan.grants = true,
            ("must-exist", _) => plan.must_exist = true,
            ("child-of", parent) => plan.child_of = Some(parent.to_owned()),
            ("covers", types) => plan.effective_access_on = list(types),
            _ => panic!("no word of a type: {word}"),
        }
    }
    ScriptedType {
        resource_type: resource_type(id, id, &traits),
        plan,
    }
}

fn resource(types: &[ScriptedType], key: &ResourceKey, words: &[&str]) -> connector_sdk::ResourceRow {
    let traits = types
        .iter()
        .find(|t| t.resource_type.id == key.resource_type)
        .map(|t| t.resource_type.traits.clone())
        .unwrap_or_default();
    let (mut name, mut standing, mut bare) = (key.resource.clone(), Standing::Listed, false);
    let mut account_type = None;
    let mut decorate: Vec<Box<dyn FnOnce(ResourceBuilder) -> ResourceBuilder>> = Vec::new();
    for word in words {
        match word.split_once('=') {
            None if *word == "supplement" => standing = Standing::Supplement,
            None if *word == "bare" => bare = true,
            None => name = (*word).to_owned(),
            Some(("placeholder", n)) => standing = Standing::Placeholder(n.parse().expect("a rank")),
            Some(("account", "service")) => account_type = Some(AccountType::Service),
            Some(("account", "human")) => account_type = Some(AccountType::Human),
            Some(("status", "enabled")) => {
                decorate.push(Box::new(|b| b.status(AccountStatus::Enabled, "enabled")));
            }
            Some(("parent", parent)) => {
                let parent = self::key(parent);
                decorate.push(Box::new(move |b| b.parent(&parent)));
            }
            Some(("later", state)) => {
                let state = state.to_owned();
                decorate.push(Box::new(move |b| b.follow_up(&state)));
            }
            Some((name, value)) => {
                let (name, value) = (name.to_owned(), value.to_owned());
                decorate.push(Box::new(move |b| b.profile(&name, value)));
            }
        }
    }
    let mut builder = ResourceBuilder::new(key.clone(), name);
    for number in traits.into_iter().filter(|_| !bare) {
        builder = match Trait::try_from(number) {
            Ok(Trait::User) => builder.user(|u| match account_type {
                Some(kind) => u.account_type(kind),
                None => u,
            }),
            Ok(Trait::Group) => builder.group(Some("native"), None),
            Ok(Trait::Role) => builder.role(),
            Ok(Trait::App) => builder.app(),
            Ok(Trait::Secret) => builder.secret(|s| s),
            _ => builder,
        };
    }
    decorate.into_iter().fold(builder, |b, f| f(b)).row(standing)
}

/// In texts, `{}` stands for the name of the resource.
fn entitlement(on: &ResourceKey, slug: &str, words: &[&str]) -> EntitlementRow {
    let text = |text: &str| match text.split_once("{}") {
        Some((before, after)) => Text::around(before, after),
        None => Text::Fixed(text.to_owned()),
    };
    let mut row = EntitlementRow::new(on.clone(), slug, Purpose::Assignment);
    for word in words {
        match word.split_once('=') {
            None if *word == "immutable" => row.immutable = true,
            None if *word == "permission" => row.purpose = Purpose::Permission,
            None if *word == "ownership" => row.purpose = Purpose::Ownership,
            None => row.display_name = text(word),
            Some(("placeholder", n)) => row.standing = Standing::Placeholder(n.parse().expect("a rank")),
            Some(("description", description)) => row.description = text(description),
            Some(("to", types)) => row.grantable_to = list(types),
            Some(_) => panic!("no word of an entitlement: {word}"),
        }
    }
    row
}

fn grant(on: &ResourceKey, slug: &str, to: &ResourceKey, words: &[&str]) -> GrantRow {
    let mut row = GrantRow::new(on.clone(), slug, to.clone());
    let mut expandable = Expandable::default();
    for word in words {
        match word.split_once('=') {
            None if *word == "immutable" => row = row.immutable(),
            None if *word == "conditional" => row = row.conditional(false),
            None if *word == "changeable" => row = row.conditional(true),
            None if *word == "dormant" => row.dormant = true,
            None if *word == "shallow" => expandable.shallow = true,
            // Entitlements of the principal by their slug; entitlements of anyone by their id.
            Some(("via", slugs)) => {
                let ids = list(slugs).into_iter().map(|slug| entitlement_id(to, &slug));
                expandable.entitlement_ids.extend(ids);
            }
            Some(("through", ids)) => expandable.entitlement_ids.extend(list(ids)),
            Some(("types", types)) => expandable.resource_type_ids = list(types),
            Some((fact, value)) if fact.starts_with("fact.") => row = row.fact(&fact[5..], value),
            _ => panic!("no word of a grant: {word}"),
        }
    }
    if !expandable.entitlement_ids.is_empty() {
        row.expandable = Some(expandable);
    }
    row
}

fn notice(class: &str, kind: &str, subject: &str, detail: &str) -> Notice {
    match class {
        "gap" => Notice::gap(kind, subject, detail),
        "fact" => Notice::fact(kind, subject, detail),
        _ => Notice {
            subject: subject.to_owned(),
            ..Notice::remark(kind, detail)
        },
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}
