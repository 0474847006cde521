//! The rules of connectors: the example keeps them, and each is broken by a toy.

use crate::connector::FileConnector;
use async_trait::async_trait;
use connector_sdk::conformance::{Conformance, Rule, check, check_grant};
use connector_sdk::proto::connector::v2;
use connector_sdk::{
    ChangeContext, ChangeOutcome, ChangeState, Code, Connector, ConnectorSpec, EntitlementRow, GrantRow,
    Page, PageToken, Parent, Plan, Purpose, ResourceBuilder, ResourceKey, ResourceProvisioner,
    ResourceSyncer, Result, Subject, SyncContext, TypeEntry, TypeSpec, resource_type,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const PEOPLE: &str = "user; ines; Ines; ines@example.com; active\nuser; bo; Bo; bo@example.com; active\n\
                      team; core; Core; ines\nteam; all; Everyone; @core, bo\n";

#[tokio::test]
async fn the_example_keeps_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.txt");
    std::fs::write(&path, PEOPLE).unwrap();
    let connector = FileConnector::new(path);
    let read = check(&connector).await.unwrap();
    read.assert_kept();
    assert_eq!((read.resources, read.entitlements, read.grants), (4, 2, 3));
    let bo = ResourceKey::new("user", "bo");
    check_grant(&connector, "team:core:member", &bo)
        .await
        .unwrap()
        .assert_kept();
    let error = check_grant(&connector, "team:all:member", &bo).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    let error = check_grant(&connector, "team:none:member", &bo)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

/// What a toy does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// It has a type that it does not tell of.
    OtherTypes,
    /// Its plan asks for what it does not list.
    ForgottenCall,
    /// Its second page leads to itself.
    EndlessPages,
    /// Ids are counted from the start in each reading.
    FreshIds,
    /// Two teams whose ids join to one.
    JoinedIds,
    /// An entitlement without a name.
    NamelessEntitlement,
    /// A grant to somebody whom no row states.
    UnknownPrincipal,
    /// A row that names a type that there is not.
    UnknownType,
    /// A grant that goes on through an entitlement that there is not.
    UnknownSource,
    /// A grant of an entitlement that no row states.
    UnstatedEntitlement,
    /// A grant to a team, of what only users can hold.
    WrongPrincipal,
    /// A second grant is told as made.
    TwiceDone,
    /// A dry run that changes.
    WetRun,
    /// A change that is told and not made.
    NotMade,
}

#[derive(Clone, Debug)]
struct Toy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fault: Fault,
    members: Mutex<Vec<String>>,
    readings: AtomicUsize,
}

impl Toy {
    fn new(fault: Fault) -> Self {
        Self(Arc::new(Inner {
            fault,
            members: Mutex::new(vec!["ines".to_owned()]),
            readings: AtomicUsize::new(0),
        }))
    }

    fn is(&self, fault: Fault) -> bool {
        self.0.fault == fault
    }

    fn entries(&self) -> Vec<TypeEntry> {
        let me = Arc::new(self.clone());
        let mut team = TypeEntry::new(resource_type("team", "Team", &[]), me.clone());
        team.provisioner = Some(me);
        vec![team]
    }
}

impl Connector for Toy {
    fn spec(&self) -> ConnectorSpec {
        let mut types: Vec<TypeSpec> = self.entries().iter().map(TypeSpec::of).collect();
        if self.is(Fault::OtherTypes) {
            types.clear();
        }
        ConnectorSpec {
            types,
            ..ConnectorSpec::default()
        }
    }

    fn types(&self) -> Vec<TypeEntry> {
        self.entries()
    }
}

fn team(id: &str) -> ResourceKey {
    ResourceKey::new("team", id)
}

#[async_trait]
impl ResourceSyncer for Toy {
    fn plan(&self) -> Plan {
        Plan {
            entitlements: self.is(Fault::ForgottenCall),
            grants: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        if token.is_first() {
            self.0.readings.fetch_add(1, Ordering::Relaxed);
        }
        let mut ids = vec!["core".to_owned(), "ines".to_owned(), "bo".to_owned()];
        if self.is(Fault::FreshIds) {
            ids.push(format!("t-{}", self.0.readings.load(Ordering::Relaxed)));
        }
        if self.is(Fault::JoinedIds) {
            ids.push("core:a".to_owned());
        }
        let mut slugs = vec![("core", "member")];
        match self.0.fault {
            Fault::JoinedIds => slugs.extend([("core", "a:b"), ("core:a", "b")]),
            Fault::NamelessEntitlement => slugs.push(("core", "")),
            _ => {}
        }
        let entitlement = |(id, slug): (&str, &str)| EntitlementRow {
            grantable_to: vec![
                if self.is(Fault::WrongPrincipal) {
                    "user"
                } else {
                    "team"
                }
                .to_owned(),
            ],
            ..EntitlementRow::new(team(id), slug, Purpose::Assignment)
        };
        Ok(Page {
            resources: ids
                .iter()
                .map(|id| ResourceBuilder::new(team(id), id).listed())
                .collect(),
            entitlements: slugs.into_iter().map(entitlement).collect(),
            next: match (self.is(Fault::EndlessPages), token.is_first()) {
                (true, _) | (false, true) => Some(PageToken::new("2")),
                (false, false) => None,
            },
            ..Page::empty()
        })
    }

    async fn grants(&self, _: &SyncContext, subject: &Subject, _: &PageToken) -> Result<Page> {
        if subject.id() != "core" {
            return Ok(Page::empty());
        }
        let members = self.0.members.lock().unwrap().clone();
        let mut grants: Vec<GrantRow> = members
            .iter()
            .map(|id| GrantRow::new(team("core"), "member", team(id)))
            .collect();
        grants.extend(match self.0.fault {
            Fault::UnknownPrincipal => Some(GrantRow::new(team("core"), "member", team("zoe"))),
            Fault::UnknownType => Some(GrantRow::new(
                team("core"),
                "member",
                ResourceKey::new("robot", "r"),
            )),
            Fault::UnknownSource => {
                Some(GrantRow::new(team("core"), "member", team("bo")).expandable_through("owner", &[]))
            }
            Fault::UnstatedEntitlement => Some(GrantRow::new(team("core"), "owner", team("bo"))),
            _ => None,
        });
        Ok(Page {
            grants,
            ..Page::empty()
        })
    }
}

impl Toy {
    fn change(&self, cx: &ChangeContext, who: &str, is_member: bool) -> ChangeOutcome {
        let mut members = self.0.members.lock().unwrap();
        let was = members.iter().any(|member| member == who);
        let outcome = |state| ChangeOutcome::new(state, who);
        if was == is_member {
            let state = if self.is(Fault::TwiceDone) {
                ChangeState::Done
            } else {
                ChangeState::AlreadySo
            };
            return outcome(state);
        }
        let makes = match self.0.fault {
            Fault::WetRun => true,
            Fault::NotMade => false,
            _ => !cx.dry_run,
        };
        if makes {
            members.retain(|member| member != who);
            members.extend(is_member.then(|| who.to_owned()));
        }
        outcome(if cx.dry_run {
            ChangeState::Planned
        } else {
            ChangeState::Done
        })
    }
}

#[async_trait]
impl ResourceProvisioner for Toy {
    async fn grant(
        &self,
        cx: &ChangeContext,
        _: &v2::Entitlement,
        who: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let who = ResourceKey::of(Some(who))?;
        Ok(self.change(cx, &who.resource, true))
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let (_, who) = ResourceKey::of_grant(grant)?;
        Ok(self.change(cx, &who.resource, false))
    }
}

async fn changed(toy: &Toy) -> Conformance {
    check_grant(toy, "team:core:member", &team("bo")).await.unwrap()
}

#[tokio::test]
async fn a_toy_that_keeps_the_rules() {
    let toy = Toy::new(Fault::None);
    check(&toy).await.unwrap().assert_kept();
    changed(&toy).await.assert_kept();
}

#[tokio::test]
async fn every_rule_is_broken_by_a_toy() {
    for (fault, rule) in [
        (Fault::OtherTypes, Rule::Description),
        (Fault::ForgottenCall, Rule::Description),
        (Fault::EndlessPages, Rule::PagesEnd),
        (Fault::FreshIds, Rule::StableIds),
        (Fault::JoinedIds, Rule::DistinctIds),
        (Fault::NamelessEntitlement, Rule::DistinctIds),
        (Fault::UnknownPrincipal, Rule::KnownReferences),
        (Fault::UnknownType, Rule::KnownReferences),
        (Fault::UnknownSource, Rule::KnownReferences),
        (Fault::UnstatedEntitlement, Rule::MatchingGrants),
        (Fault::WrongPrincipal, Rule::MatchingGrants),
        (Fault::TwiceDone, Rule::IdempotentChanges),
        (Fault::WetRun, Rule::IdempotentChanges),
        (Fault::NotMade, Rule::IdempotentChanges),
    ] {
        let toy = Toy::new(fault);
        let found = match rule {
            Rule::IdempotentChanges => changed(&toy).await,
            _ => check(&toy).await.unwrap(),
        };
        assert!(!found.is_kept(), "{fault:?} is not found");
        assert!(
            found.breaches.iter().any(|breach| breach.rule == rule),
            "{fault:?}: {found}"
        );
        assert!(found.to_string().contains(&format!("{rule:?}: ")), "{found}");
    }
}
