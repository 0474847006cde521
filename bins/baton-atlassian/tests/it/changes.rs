//! Changes from the shell: their results, and that the next sync shows it.

use crate::company::{Company, Held};
use crate::harness::{Ran, Vendor};
use atlassian_sim::{Endpoint, Fault, FaultPlan, OrgSpec, Switches};
use serde_json::Value;
use std::fs;

/// Compares with a snapshot in which what differs from run to run is replaced.
macro_rules! check {
    ($text:expr, @$expected:literal) => {
        insta::with_settings!({ filters => vec![
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "[time]"),
            (r"request id [\w-]+", "request id [id]"),
        ] }, {
            insta::assert_snapshot!($text, @$expected);
        });
    };
}

fn grant(grant: &Held) -> [&str; 6] {
    [
        "--grant-entitlement",
        &grant.entitlement,
        "--grant-principal",
        &grant.principal,
        "--grant-principal-type",
        &grant.principal_type,
    ]
}

fn state(ran: &Ran) -> String {
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    document["outcome"].as_str().unwrap().to_owned()
}

#[test]
fn a_membership_goes_and_comes_back() {
    let company = Company::new();
    let member = company.synced().grant("group:", ":member").clone();
    let json = ["--output", "json"];
    let revoke = |more: &[&str]| company.run(&[&["--revoke-grant", &member.id], &json, more].concat());
    assert_eq!(state(&revoke(&["--verify"])), "verified");
    assert_eq!(state(&revoke(&[])), "already_so");
    assert!(!company.synced().has(&member));
    let grant = |more: &[&str]| company.run(&[&grant(&member)[..], &json, more].concat());
    assert_eq!(state(&grant(&[])), "done");
    assert_eq!(state(&grant(&[])), "already_so");
    assert!(company.synced().has(&member));
    let writes: Vec<_> = company.writes().iter().map(|write| write.endpoint).collect();
    assert_eq!(writes, [Endpoint::MemberRemove, Endpoint::MemberAdd]);
}

#[test]
fn a_role_goes_and_comes_back() {
    let company = Company::new();
    // Of all grants of roles, one that can be revoked and leaves nothing behind.
    let synced = company.synced();
    let roles = synced
        .grants
        .iter()
        .filter(|grant| grant.principal_type == "user" && grant.entitlement.ends_with("role:atlassian/user"));
    let role = roles
        .clone()
        .find(|role| {
            let ran = company.run(&["--revoke-grant", &role.id, "--dry-run", "--output", "json"]);
            ran.exit == Some(0) && !ran.stdout.contains("still")
        })
        .expect("a role held directly")
        .clone();
    assert_eq!(company.writes(), []);
    let ran = company.run(&["--revoke-grant", &role.id]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert!(!company.synced().has(&role), "{}", ran.stdout);
    let ran = company.run(&grant(&role));
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert!(company.synced().has(&role));
}

#[test]
fn an_account_is_created_suspended_restored_and_deleted() {
    let company = Company::new();
    let before = company.synced().resources.len();
    let create = [
        "--create-account-login",
        "ines",
        "--create-account-email",
        "ines@larkspur.example",
    ];
    let ran = company.run_with_scim(&[&create[..], &["--output", "json"]].concat());
    assert_eq!(state(&ran), "done");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let id = document["change"]["resource"]["id"]["resource"].as_str().unwrap();
    let account = format!("user:{id}");
    let synced = company.synced();
    assert_eq!(synced.resources.len(), before + 1);
    assert!(synced.says(&account, "ines@larkspur.example"));
    let again = company.run_with_scim(&[&create[..], &["--output", "json"]].concat());
    assert_eq!(state(&again), "already_so");

    let argument = format!(r#"{{"user_id": "{id}"}}"#);
    let invoke = |action| company.run(&["--invoke-action", action, "--invoke-action-args", &argument]);
    assert_eq!(invoke("disable_user").exit, Some(0));
    assert!(company.synced().says(&account, "suspended"));
    assert_eq!(invoke("enable_user").exit, Some(0));
    assert!(!company.synced().says(&account, "suspended"));

    let managed = company
        .truth()
        .accounts()
        .find(|account| account.managed && account.status == Some("active"))
        .unwrap()
        .id;
    let delete = [
        "--delete-resource",
        &managed,
        "--delete-resource-type",
        "user",
        "--output",
        "json",
    ];
    let deleted = company.run(&delete);
    assert!(["done", "in_progress"].contains(&state(&deleted).as_str()));
    assert!(company.synced().says(&format!("user:{managed}"), "for_deletion"));
    assert_eq!(state(&company.run(&delete)), "already_so");
}

#[test]
fn a_dry_run_sends_no_write() {
    let company = Company::new();
    let synced = company.synced();
    let member = synced.grant("group:", ":member");
    let account = format!(r#"{{"user_id": "{}"}}"#, member.principal);
    let changes: [&[&str]; 5] = [
        &["--revoke-grant", &member.id],
        &[
            "--create-account-login",
            "ines",
            "--create-account-email",
            "ines@larkspur.example",
        ],
        &[
            "--delete-resource",
            &member.principal,
            "--delete-resource-type",
            "user",
        ],
        &[
            "--invoke-action",
            "disable_user",
            "--invoke-action-args",
            &account,
        ],
        &[
            "--invoke-action",
            "invite_user",
            "--invoke-action-args",
            r#"{"email": "x@elsewhere.example"}"#,
        ],
    ];
    for change in changes {
        let asked = company.requests();
        let dry = ["--dry-run", "--audit-log", "audit.jsonl", "--output", "json"];
        let ran = company.run_with_scim(&[change, &dry].concat());
        assert_eq!(state(&ran), "planned", "{change:?}");
        assert!(company.requests() > asked, "the state was not read: {change:?}");
    }
    assert_eq!(company.writes(), []);
    let kept = fs::read_to_string(company.path("audit.jsonl")).unwrap();
    assert_eq!(kept.lines().count(), 2 * changes.len(), "{kept}");
    assert!(
        kept.lines().all(|line| line.contains(r#""dry_run":true"#)),
        "{kept}"
    );
}

#[test]
fn what_would_be_sent_is_shown() {
    let company = Company::new();
    let member = company.synced().grant("group:", ":member").clone();
    check!(company.run(&["--revoke-grant", &member.id, "--dry-run"]).end(), @"
    exit 0
    account Samir Aziz (712020:02df981f-ab23-43b7-8d4d-daf29e485771) would be taken out of group trello-users-support-2 (22df317b-56ef-4670-9969-46ecaeadef5b)

    Would be sent
      DELETE /admin/v2/orgs/de180939-e28b-49bf-80eb-f6c3051b8ae9/directories/76c82124-bce0-4c25-bd4b-5f92128f080d/groups/22df317b-56ef-4670-9969-46ecaeadef5b/memberships/712020:02df981f-ab23-43b7-8d4d-daf29e485771
    ");
}

/// Runs in an organization after a sync; nothing may be asked of the vendor.
fn refused(company: &Company, arguments: &[&str]) -> String {
    let asked = company.requests();
    let ran = company.run(arguments);
    assert_eq!(company.requests(), asked, "something was asked: {}", ran.stderr);
    ran.end()
}

#[test]
fn what_is_refused_before_any_request() {
    let company = Company::new();
    let synced = company.synced();
    let member = synced.grant("group:", ":member").clone();
    let misspelt = format!("{}s", member.entitlement);
    let principal = [
        "--grant-principal",
        member.principal.as_str(),
        "--grant-principal-type",
        "user",
    ];
    check!(refused(&company, &[&["--grant-entitlement", misspelt.as_str()], &principal[..]].concat()), @r#"
    exit 5
    baton-atlassian: not found: there is no entitlement "group:22df317b-56ef-4670-9969-46ecaeadef5b:members" in sync.c1z as of [time]. Did you mean "group:22df317b-56ef-4670-9969-46ecaeadef5b:member" (trello-users-support-2 member)?
    "#);
    check!(refused(&company, &["--revoke-grant", &format!("{}x", member.id)]), @r#"
    exit 5
    baton-atlassian: not found: there is no grant "group:22df317b-56ef-4670-9969-46ecaeadef5b:member:user:712020:02df981f-ab23-43b7-8d4d-daf29e485771x" in sync.c1z as of [time]. Did you mean "group:22df317b-56ef-4670-9969-46ecaeadef5b:member:user:712020:02df981f-ab23-43b7-8d4d-daf29e485771"?
    "#);
    check!(refused(&company, &["--revoke-grant", "g", "-f", "missing.c1z"]), @"
    exit 5
    baton-atlassian: not found: there is no artifact at missing.c1z. Sync first, or name the artifact of a sync
    ");
    check!(refused(&company, &["--grant-entitlement", &member.entitlement, "--grant-principal", "g", "--grant-principal-type", "workspace"]), @r#"
    exit 3
    baton-atlassian: invalid value: entitlement "group:22df317b-56ef-4670-9969-46ecaeadef5b:member" can be granted to user, but "g" is of type workspace
    "#);
    check!(refused(&company, &["--create-account-login", "ines", "--create-account-email", "ines@larkspur.example"]), @"
    exit 9
    baton-atlassian: refused: cannot create an account: the credentials of a SCIM directory are missing. Set scim-token and scim-base-url: Atlassian Administration shows both when an identity provider is connected with provisioning
    ");
    check!(refused(&company, &["--create-account-profile", r#"{"email": "ines@larkspur.example", "nick": "i"}"#]), @"
    exit 3
    baton-atlassian: invalid value: the profile cannot be used: nick is not known; known are displayName, email, familyName, givenName, userName; userName is missing
    ");
    check!(refused(&company, &["--create-account-profile", "ines"]), @r#"
    exit 3
    baton-atlassian: invalid value: --create-account-profile: it is not JSON (line 1, column 1). Write an object in quotes of the shell: '{"name": "value"}'
    "#);
    check!(refused(&company, &["--invoke-action", "disable_users"]), @r#"
    exit 5
    baton-atlassian: not found: there is no action "disable_users"; this connector has enable_user, disable_user, deactivate_account, reactivate_account, cancel_account_deletion, revoke_api_token, remove_user, invite_user. Did you mean "disable_user" (Disable User)?
    "#);
    check!(refused(&company, &["--invoke-action", "disable_user", "--invoke-action-args", r#"{"user": 5}"#]), @r#"
    exit 3
    baton-atlassian: invalid value: the arguments of action "disable_user" cannot be used: user is not known; did you mean user_id?; user_id is missing
    "#);
    check!(refused(&company, &["--delete-resource", "x", "--delete-resource-type", "group"]), @r#"
    exit 12
    baton-atlassian: not offered: this connector does not delete resources of type "group", only of type user, api_token
    "#);
    check!(refused(&company, &["--delete-resource", "x"]), @"
    exit 2
    baton-atlassian: not configured correctly: --delete-resource is given without --delete-resource-type. Add --delete-resource-type
    ");
    check!(refused(&company, &["--revoke-grant", "g", "--invoke-action", "disable_user"]), @"
    exit 2
    baton-atlassian: not configured correctly: --revoke-grant and --invoke-action ask for different things. Make one change after the other
    ");
    check!(refused(&company, &["--rotate-credentials", "x"]), @"
    exit 12
    baton-atlassian: not offered: --rotate-credentials: there are no credentials to rotate
    ");
    assert_eq!(company.writes(), []);
}

#[test]
fn access_that_comes_only_through_a_group() {
    let company = Company::new();
    let synced = company.synced();
    let inherited = synced.grants.iter().find_map(|grant| {
        let ran = (grant.principal_type == "user" && grant.entitlement.contains("role:"))
            .then(|| company.run(&["--revoke-grant", &grant.id, "--dry-run"]))?;
        ran.stderr.contains("only through").then_some(ran)
    });
    let ran = inherited.expect("an access that only a group gives");
    check!(ran.end(), @r#"
    exit 9
    baton-atlassian: refused: user "712020:02df981f-ab23-43b7-8d4d-daf29e485771" (Samir Aziz) holds "workspace:ari:cloud:confluence::site/6ededae2-7914-48a1-a301-0c89c5876c3a:role:atlassian/admin" (atlassian/admin on Confluence: larkspur) only through group "d23a1ee1-5d87-491f-841b-96ac23609651" (jira-product-discovery-admins-design-3). Take it away there; if it was given directly since [time], sync first
    "#);
    assert_eq!(company.writes(), []);
}

#[test]
fn what_the_vendor_refuses() {
    let gated = Company::with(
        Switches {
            roles_gated: true,
            ..Switches::default()
        },
        FaultPlan::none(),
    );
    let synced = gated.synced();
    let role = synced.grants.iter().find(|grant| {
        grant.entitlement.ends_with("role:atlassian/user")
            && gated.run(&["--revoke-grant", &grant.id, "--dry-run"]).exit == Some(0)
    });
    check!(gated.run(&["--revoke-grant", &role.expect("a role held directly").id]).end(), @"
    exit 7
    baton-atlassian: not permitted: cannot take the role atlassian/user on workspace Bitbucket: larkspur (ari:cloud:bitbucket::workspace/7343b6d0-9669-41f5-a31a-9bc40a0634a8) from account Kofi Mensah (712020:79a79df5-f4fb-4cf1-b844-2d52bccf0e46) (status 403, code ADMIN-UAM-403-1, request id [id], detail: The caller is not allowed to do this). Atlassian Support enables this for an organization. Ask at support.atlassian.com/contact with this text: Please enable these Organizations REST API endpoints for our organization de180939-e28b-49bf-80eb-f6c3051b8ae9: POST /admin/v1/orgs/{orgId}/users/{userId}/roles/assign and POST /admin/v1/orgs/{orgId}/users/{userId}/roles/revoke. With our organization API key they answer 403 ADMIN-UAM-403-1.
    ");

    let full = Company::with(
        Switches {
            no_seats: true,
            ..Switches::default()
        },
        FaultPlan::none(),
    );
    let member = full.synced().grant("group:", ":member").clone();
    assert_eq!(full.run(&["--revoke-grant", &member.id]).exit, Some(0));
    check!(full.run(&grant(&member)).end(), @"
    exit 8
    baton-atlassian: limit reached: cannot add account Samir Aziz (712020:02df981f-ab23-43b7-8d4d-daf29e485771) to group trello-users-support-2 (22df317b-56ef-4670-9969-46ecaeadef5b) (status 409, code ADMIN-UAM-409-3, request id [id], detail: The product has no seats left). Free a seat or raise the licence of the app, then try again
    ");
}

#[test]
fn a_synced_group_is_left_to_its_identity_provider() {
    let company = Company::of(OrgSpec::demo(), Switches::default(), FaultPlan::none());
    let synced = company.synced();
    let group = company
        .truth()
        .groups()
        .find(|group| {
            group.external_synced == Some(true)
                && synced
                    .grants
                    .iter()
                    .any(|grant| grant.entitlement == format!("group:{}:member", group.id))
        })
        .expect("a synced group with members");
    let member = synced.grant(&format!("group:{}:", group.id), ":member");
    check!(refused(&company, &["--revoke-grant", &member.id]), @r#"
    exit 9
    baton-atlassian: refused: entitlement "group:a2fc4d9c-6ceb-427c-9844-cbf171a78671:member" (jira-servicedesk-stakeholders-platform-1 member) cannot be changed: its group is synced from another directory, change it there (the vendor calls its origin "external")
    "#);
}

/// Killed while the answer to a write is awaited, the audit log says that there was an attempt, and nothing else.
#[test]
fn the_audit_log_is_whole_after_a_kill() {
    let hangs = FaultPlan::none().nth(Endpoint::MemberRemove, 1, Fault::Hang);
    let company = Company::with(Switches::default(), hangs);
    let member = company.synced().grant("group:", ":member").clone();
    let revoke = ["--revoke-grant", member.id.as_str(), "--audit-log", "audit.jsonl"];
    let mut child = company.program(&revoke).spawn().unwrap();
    while company.asked(Endpoint::MemberRemove) == 0 {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it wrote");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let kept = fs::read_to_string(company.path("audit.jsonl")).unwrap();
    assert!(kept.ends_with('\n'));
    let [attempt] = &lines(&kept)[..] else {
        panic!("not one line: {kept}");
    };
    assert_eq!(attempt["phase"], "attempt");
    assert_eq!(attempt["change"]["grant"], member.id);

    // The next one stands below it, whole.
    assert_eq!(company.run(&revoke).exit, Some(0));
    let kept = lines(&fs::read_to_string(company.path("audit.jsonl")).unwrap());
    let phases: Vec<_> = kept.iter().map(|line| line["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["attempt", "attempt", "outcome"]);
    assert_eq!(kept[1]["id"], kept[2]["id"]);
}

/// The attempts in the audit log of a run.
fn attempts(folder: &std::path::Path) -> Vec<serde_json::Value> {
    let log = std::fs::read_to_string(folder.join("audit.jsonl")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &serde_json::Value| line["phase"] == "attempt")
        .collect()
}

#[test]
fn the_audit_log_says_where_a_change_is_made_and_a_simulated_one_says_so() {
    let vendor = Vendor::new();
    let active = |org: &atlassian_sim::Org| {
        let truth = org.truth();
        let account = truth
            .accounts()
            .find(|account| account.status == Some("active") && account.platform_roles.is_empty());
        format!(r#"{{"user_id": "{}"}}"#, account.unwrap().id)
    };
    let invoke = |arguments: &str, more: &[&str]| {
        let invoke = [
            "--invoke-action",
            "disable_user",
            "--invoke-action-args",
            arguments,
        ];
        let ran = vendor.run(&[&invoke[..], &["--audit-log", "audit.jsonl"], more].concat());
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    let real = active(&vendor.org);
    assert!(!invoke(&real, &[]).contains("Simulated"));
    let attempt = &attempts(vendor.folder.path())[0];
    assert_eq!(attempt["tenant"]["resource"], vendor.org.id());
    assert!(
        attempt["base_url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(
        (&attempt["demo"], &attempt["dry_run"]),
        (&false.into(), &false.into())
    );

    let writes = attempts(vendor.folder.path()).len();
    let demo = active(&atlassian_sim::Org::generate(atlassian_sim::OrgSpec::demo()));
    let told = invoke(&demo, &["--demo"]);
    assert!(
        told.starts_with("Simulated, nothing real is changed: the simulated organization"),
        "{told}"
    );
    let attempt = &attempts(vendor.folder.path())[writes];
    assert_eq!(attempt["demo"], true);
    assert_ne!(attempt["tenant"]["resource"], vendor.org.id());
}

/// Names of the artifact stand for ids: its result says both.
#[test]
fn changes_take_names() {
    let company = Company::new();
    let member = company.synced().grant("group:", ":member").clone();
    let listed = company.run(&["grants", "--type", "group", "-o", "csv"]).stdout;
    let row = listed.lines().find(|line| line.ends_with(&member.id)).unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    let (email, group) = (cells[1], cells[4]);
    let revoke = [
        "--revoke-entitlement",
        &format!("group:{group}"),
        "--revoke-principal",
        email,
    ];
    let revoke = |more: &[&str]| company.run(&[&revoke[..], &["--output", "json"], more].concat());
    let ran = revoke(&["--audit-log", "audit.jsonl"]);
    assert_eq!(state(&ran), "done");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["change"]["change"]["grant"], member.id.as_str());
    let kept = fs::read_to_string(company.path("audit.jsonl")).unwrap();
    assert!(kept.lines().next().unwrap().contains(&member.id), "{kept}");
    assert!(!company.synced().has(&member));
    let ran = revoke(&[]);
    assert_eq!(ran.exit, Some(5), "{}", ran.stderr);
    let entitlement = format!("group:{group}:member");
    let typed = format!("user:{email}");
    let grant = ["--grant-entitlement", &entitlement, "--grant-principal", &typed];
    assert_eq!(
        state(&company.run(&[&grant[..], &["--output", "json"]].concat())),
        "done"
    );
    assert!(company.synced().has(&member));
    let suspend = format!(r#"{{"user_id": "{email}"}}"#);
    let suspend = [
        "--invoke-action",
        "disable_user",
        "--invoke-action-args",
        &suspend,
        "--dry-run",
    ];
    let ran = company.run(&suspend);
    let meant = format!("\"{email}\" is \"user:{}\" (", member.principal);
    assert!(
        ran.stdout.contains(&meant) && ran.stdout.contains(" and now\n"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    let several = ["--grant-entitlement", "member", "--grant-principal", email];
    let ran = company.run(&several);
    assert_eq!(ran.exit, Some(9), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("is the name of more than one entitlement: \"group:"),
        "{}",
        ran.stderr
    );
    assert_eq!(company.writes().len(), 2);
}
