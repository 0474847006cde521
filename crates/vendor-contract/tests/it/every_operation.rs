//! Every documented operation is asked at least once, and then with everything wrong that can be.

use crate::world::{Ask, Recipe, World, Wrong, operation};
use atlassian_sim::{Deprecated, Guard, OrgSpec, Switches};
use std::collections::BTreeSet;
use vendor_contract::{Contract, Exception, Of, Violation};

/// What the simulator answers although it is not documented.
const DEVIATIONS: &[Exception] = &[
    // Keys with scopes are refused where theirs is missing.
    scope("getOrg"),
    scope("listDirectories"),
    scope("listGroups"),
    scope("listUserRoleAssignments"),
    scope("listEvents"),
    scope("pollEvents"),
    scope("getEvent"),
    scope("listEventActions"),
    scope("listPolicies"),
    scope("getPolicy"),
    ended("listDirectoryUsers"),
    ended("searchDirectoryUsers"),
    ended("listGroups"),
    ended("searchGroups"),
    Exception {
        operation: "restoreDirectoryUser",
        of: Of::Answer(409),
        at: "status",
        reason: "the form before it documents this for a lack of seats; of this one nothing is known",
    },
    Exception {
        operation: "assignOrgLevelRole",
        of: Of::Answer(409),
        at: "status",
        reason: "a role that is held already; what a repetition is answered is documented for no role, and this is one of \
                 two answers that a client must understand",
    },
];

const fn scope(operation: &'static str) -> Exception {
    Exception {
        operation,
        of: Of::Answer(403),
        at: "status",
        reason: "a key without the scope is refused; most operations document how, this one does not",
    }
}

const fn ended(operation: &'static str) -> Exception {
    Exception {
        operation,
        of: Of::Answer(405),
        at: "status",
        reason: "an endpoint that comes or goes; the catalogue of errors has a code for it",
    }
}

const fn read(operation: &'static str, query: &'static str) -> Ask {
    Ask {
        operation,
        query,
        body: "",
        after: &[],
    }
}

const fn send(operation: &'static str, body: &'static str) -> Ask {
    Ask {
        operation,
        query: "",
        body,
        after: &[],
    }
}

const fn after(operation: &'static str, body: &'static str, after: &'static [&'static str]) -> Ask {
    Ask {
        operation,
        query: "",
        body,
        after,
    }
}

const ROLE: &str = r#"{"role":"atlassian/user","resource":"{target}"}"#;
const GROUP_ROLE: &str = r#"{"roleId":"atlassian/user","resourceId":"{target}"}"#;
const ORG_ROLE: &str = r#"{"role":"atlassian/org-admin"}"#;
const PERSON: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"zora@new.example",
    "emails":[{"value":"zora@new.example","type":"work","primary":true}],"displayName":"Zora Guest","active":true}"#;
const SAME_PERSON: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{userName}",
    "emails":[{"value":"{email}","type":"work","primary":true}],"displayName":"Another name","active":true}"#;
const PATCH_PERSON: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations":[{"op":"replace","path":"active","value":false}]}"#;
const PATCH_GROUP: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations":[{"op":"add","path":"members","value":[{"value":"{otherUserId}"}]}]}"#;
const NEW_GROUP: &str =
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"zebras"}"#;
const SAME_GROUP: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"aardvarks",
    "members":[{"value":"{otherUserId}"}]}"#;

/// A request for each operation.
const ALL: &[Ask] = &[
    read("listOrgs", ""),
    read("getOrg", ""),
    read("listDirectories", "limit=1"),
    read(
        "listDirectoryUsers",
        "limit=5&accountStatus=active&claimStatus=managed",
    ),
    send(
        "searchDirectoryUsers",
        r#"{"limit":100,"expand":["platformRoles","productAccess","counts.resources","groups"]}"#,
    ),
    read("countDirectoryUsers", ""),
    read("directoryUserStats", ""),
    read("getDirectoryUser", ""),
    read("removeDirectoryUser", ""),
    send("suspendDirectoryUser", "{}"),
    after("restoreDirectoryUser", "{}", &["suspendDirectoryUser"]),
    read("listUserRoleAssignments", "limit=20"),
    send("assignUserRole", ROLE),
    after("revokeUserRole", ROLE, &["assignUserRole"]),
    send("assignOrgLevelRole", ORG_ROLE),
    after("revokeOrgLevelRole", ORG_ROLE, &["assignOrgLevelRole"]),
    send(
        "inviteUsers",
        r#"{"emails":["zora@new.example"],"permissionRules":[{"resource":"{target}","role":"atlassian/user"}],
        "additionalGroups":["{groupId}"]}"#,
    ),
    read("listGroups", "limit=100"),
    send("createGroup", r#"{"name":"zebras","description":"A new group"}"#),
    send(
        "searchGroups",
        r#"{"limit":100,"expand":["counts.users","counts.resources"]}"#,
    ),
    read("countGroups", ""),
    read("groupStats", ""),
    read("getGroup", ""),
    read("deleteGroup", ""),
    send("addGroupMember", r#"{"accountId":"{accountId}"}"#),
    after("removeGroupMember", "", &["addGroupMember"]),
    read("listGroupRoleAssignments", ""),
    send("assignGroupRole", GROUP_ROLE),
    after("revokeGroupRole", GROUP_ROLE, &["assignGroupRole"]),
    send("queryWorkspaces", r#"{"limit":1000}"#),
    read("listDomains", ""),
    read("getDomain", ""),
    read("listPolicies", "type=data-residency"),
    read("getPolicy", ""),
    read("listEvents", "limit=500"),
    read("pollEvents", "limit=500&sortOrder=desc"),
    read("getEvent", ""),
    read("listEventActions", ""),
    read("listManagedAccounts", ""),
    read("getLastActiveDates", ""),
    read("v1SuspendAccess", ""),
    after("v1RestoreAccess", "", &["v1SuspendAccess"]),
    read("v1RemoveUser", ""),
    read("listUserApiTokens", "pageSize=100"),
    read("revokeAllUserApiTokens", ""),
    read("countUserApiTokens", ""),
    read("listOrgApiKeys", ""),
    read("countOrgApiKeys", ""),
    read("revokeOrgApiKey", ""),
    read("listServiceAccounts", ""),
    read("listServiceAccountsConsole", "limit=2"),
    read("listServiceAccountTokens", "tokenLabel=ledger"),
    read("listTokensOfServiceAccount", ""),
    read("revokeTokensOfServiceAccount", ""),
    read("listOAuthClients", "pageSize=1"),
    read("countOAuthClients", ""),
    read("getOAuthClient", ""),
    read("deleteOAuthClient", ""),
    read("listServiceAccountOAuthClients", ""),
    read("listOAuthClientsOfServiceAccount", ""),
    read(
        "getManagePermissions",
        "privileges=profile&privileges=lifecycle.delete",
    ),
    read("getManagedProfile", ""),
    send("patchManagedProfile", r#"{"nickname":"Theo M."}"#),
    send("setManagedEmail", r#"{"email":"theo.m@larkspur.example"}"#),
    send("disableAccount", r#"{"message":"Left the company"}"#),
    after("enableAccount", "", &["disableAccount"]),
    read("deleteAccount", ""),
    after("cancelDeleteAccount", "", &["deleteAccount"]),
    read("listAccountTokens", ""),
    read("revokeAccountToken", ""),
    read("scimListUsers", "startIndex=1&count=100"),
    send("scimCreateUser", PERSON),
    read("scimGetUser", ""),
    send("scimReplaceUser", SAME_PERSON),
    send("scimPatchUser", PATCH_PERSON),
    read("scimDeleteUser", ""),
    read("scimListGroups", ""),
    send("scimCreateGroup", NEW_GROUP),
    read("scimGetGroup", ""),
    send("scimReplaceGroup", SAME_GROUP),
    send("scimPatchGroup", PATCH_GROUP),
    read("scimDeleteGroup", ""),
    read("scimServiceProviderConfig", ""),
    read("scimSchemas", ""),
    read("scimSchema", ""),
    read("scimResourceTypes", ""),
    read("scimResourceType", ""),
    read("listScimLinks", ""),
    send("listScimLinksByEmail", r#"{"email":"{email}"}"#),
    read("unlinkScimUser", ""),
    read("deleteScimRecords", ""),
];

/// A tidy organization and one with every irregularity.
async fn organizations() -> [Recipe; 2] {
    let many_tokens = |spec: OrgSpec| OrgSpec {
        tokens: spec.users / 2,
        service_accounts: 4,
        ..spec
    };
    let tidy = OrgSpec {
        groups: 23,
        ..OrgSpec::small(120)
    };
    [
        Recipe::new(many_tokens(tidy)).await,
        Recipe::new(many_tokens(OrgSpec::irregular())).await,
    ]
}

/// An organization in which everything that comes before a request has happened.
async fn ready(recipe: &Recipe, switches: Switches, ask: &Ask) -> World {
    let world = recipe.world(switches).await;
    for before in ask.after {
        let before = ALL.iter().find(|one| one.operation == *before);
        world.prepare(before.expect("a request")).await;
    }
    world
}

fn undocumented(violations: &BTreeSet<Violation>) -> String {
    let others = violations
        .iter()
        .filter(|one| !DEVIATIONS.iter().any(|exception| exception.covers(one)));
    others.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_operation_is_asked() {
    let documented: BTreeSet<&str> = Contract::atlassian()
        .operations()
        .iter()
        .map(|one| one.id())
        .collect();
    let all: BTreeSet<&str> = ALL.iter().map(|ask| ask.operation).collect();
    assert_eq!(all, documented);
    assert_eq!(ALL.len(), 91, "each is asked once");
}

#[tokio::test]
async fn answers_are_as_documented() {
    let mut violations = BTreeSet::new();
    for recipe in organizations().await {
        for ask in ALL {
            let world = ready(&recipe, alive(), ask).await;
            let (status, found) = world.ask(ask, Wrong::Nothing).await;
            let expected = operation(ask.operation).statuses().next();
            assert_eq!(Some(status), expected, "{}: {found:?}", ask.operation);
            violations.extend(found);
        }
    }
    assert_eq!(undocumented(&violations), "");
}

/// What a selection leaves out is missing from no answer.
#[tokio::test]
async fn answers_with_a_selection_are_as_documented() {
    let recipe = &organizations().await[1];
    for query in [
        "attributes=displayName,name.familyName",
        "excludedAttributes=userName,emails",
    ] {
        for operation in ["scimListUsers", "scimGetUser"] {
            let ask = read(operation, query);
            let world = ready(recipe, alive(), &ask).await;
            let (status, found) = world.ask(&ask, Wrong::Nothing).await;
            assert_eq!((status, found), (200, Vec::new()), "{operation} {query}");
        }
    }
}

#[tokio::test]
async fn refusals_are_as_documented() {
    let mut violations = BTreeSet::new();
    for recipe in organizations().await {
        for ask in ALL {
            let mut statuses = BTreeSet::new();
            for wrong in wrongs(ask) {
                let (status, found) = ready(&recipe, alive(), ask).await.ask(ask, wrong).await;
                statuses.insert(status);
                violations.extend(found);
            }
            assert!(
                statuses.contains(&401),
                "{} asks for a key: {statuses:?}",
                ask.operation
            );
            // The second time everything is so already.
            for switches in variations() {
                let world = ready(&recipe, switches, ask).await;
                for _ in 0..2 {
                    violations.extend(world.ask(ask, Wrong::Nothing).await.1);
                }
            }
        }
    }
    assert_eq!(undocumented(&violations), "");
    for exception in DEVIATIONS {
        let is_used = violations.iter().any(|one| exception.covers(one));
        assert!(is_used, "nothing is like {exception:?}");
    }
}

/// Everything that can be wrong with a request.
fn wrongs(ask: &Ask) -> Vec<Wrong<'static>> {
    let names = operation(ask.operation)
        .template()
        .split(['{', '}'])
        .skip(1)
        .step_by(2);
    let mut wrongs = vec![
        Wrong::Key,
        Wrong::Scope,
        Wrong::Query("cursor=no-cursor"),
        Wrong::Query("limit=0&count=-1&filter=x"),
    ];
    wrongs.extend(names.map(Wrong::Path));
    if !ask.body.is_empty() {
        let bodies = [
            "",
            "{",
            "[]",
            "{}",
            r#"{"cursor":"no cursor"}"#,
            r#"{"limit":0,"role":7,"schemas":[]}"#,
        ];
        wrongs.extend(bodies.map(Wrong::Body));
    }
    wrongs
}

fn alive() -> Switches {
    Switches {
        removed_paths_alive: true,
        ..Switches::default()
    }
}

/// The ways in which the vendor differs from organization to organization.
fn variations() -> [Switches; 4] {
    let refusing = Switches {
        no_subscription: true,
        roles_gated: true,
        tokens_forbidden: true,
        machines_forbidden: true,
        managed_forbidden: true,
        guard: Guard::Forbidden,
        obligations: true,
        duplicates_conflict: true,
        removals_strict: true,
        ..alive()
    };
    let other = Switches {
        no_claimed_domain: true,
        service_accounts_unrouted: true,
        console_closed: true,
        workspace_links_as_urls: true,
        expand_groups_everywhere: true,
        scim_claimed_domains_only: true,
        no_seats: true,
        searches: Deprecated::NotMigrated,
        deprecated_lists: Deprecated::NotFound,
        ..Switches::default()
    };
    let ended = Switches {
        searches: Deprecated::MethodNotAllowed,
        deprecated_lists: Deprecated::MethodNotAllowed,
        guard: Guard::NotFound,
        ..Switches::default()
    };
    [alive(), refusing, other, ended]
}
