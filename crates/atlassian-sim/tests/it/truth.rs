//! The truth says what the endpoints say, and the other way round.

use crate::client::{Client, text, texts};
use crate::crawl::{Seen, Triple, crawl, ids};
use atlassian_sim::{Listing, Org, OrgSpec, Quirks, Truth};
use std::collections::{BTreeMap, BTreeSet};

async fn check(spec: OrgSpec, limit: u32) {
    let org = Org::generate(spec);
    let mut client = Client::start(&org).await;
    agree(&org, &mut client, limit).await;
}

/// Reads everything and compares it with the truth.
pub(crate) async fn agree(org: &Org, client: &mut Client, limit: u32) {
    let directories: Vec<String> = org.directory_ids().map(str::to_owned).collect();
    let seen = crawl(client, limit, &directories).await;
    let truth = org.truth();
    check_accounts(&truth, &seen, org.spec().quirks);
    check_groups(&truth, &seen);
    check_access(&truth, &seen);
    check_rest(&truth, &seen);
    check_counts(&truth, &seen);
    check_scim(org, client, &truth).await;
}

/// The SCIM directories say the same as the organization.
async fn check_scim(org: &Org, client: &mut Client, truth: &Truth) {
    let accounts: BTreeMap<String, String> = truth
        .scim_users()
        .filter_map(|user| Some((user.id, user.account?)))
        .collect();
    let mut members = BTreeMap::<(String, String), BTreeSet<String>>::new();
    for group in truth.groups().filter(|group| group.modifiable != Some(true)) {
        let own = truth.memberships().filter(|one| one.group == group.id);
        let key = (group.directory.clone(), group.name.clone());
        members.insert(key, own.map(|one| one.account).collect());
    }
    let admin = client.key.clone();
    for directory in org.scim_directories() {
        directory.key().clone_into(&mut client.key);
        let mut users = BTreeMap::new();
        let mut start = 1;
        loop {
            let target = format!("{}/Users?count=100&startIndex={start}", directory.path());
            let page = client.get(&target).await.json();
            let rows = page["Resources"].as_array().expect("users").clone();
            if rows.is_empty() {
                assert_eq!(page["totalResults"], users.len());
                break;
            }
            start += rows.len();
            users.extend(rows.into_iter().map(|row| (text(&row, "id").to_owned(), row)));
        }
        let own: Vec<_> = truth
            .scim_users()
            .filter(|user| user.directory == directory.id())
            .collect();
        assert_eq!(own.len(), users.len());
        for user in own {
            let row = &users[&user.id];
            assert_eq!(text(row, "userName"), user.user_name);
            assert_eq!(row["active"], user.active);
            let link = &row["urn:scim:schemas:extension:atlassian-external:1.0"]["atlassianAccountId"];
            assert_eq!(link.as_str(), user.account.as_deref());
        }
        let page = client
            .get(&format!("{}/Groups?count=100", directory.path()))
            .await
            .json();
        for group in page["Resources"].as_array().expect("groups") {
            let key = (
                directory.user_directory().to_owned(),
                text(group, "displayName").to_owned(),
            );
            let named = group["members"].as_array().expect("members").iter();
            let named: BTreeSet<String> = named
                .map(|member| accounts[text(member, "value")].clone())
                .collect();
            // Accounts whose record is gone may still be in the group.
            assert!(named.is_subset(&members[&key]), "members of {key:?}");
        }
    }
    client.key = admin;
}

#[tokio::test]
async fn of_the_demo_organization() {
    check(OrgSpec::irregular(), 100).await;
}

#[tokio::test]
async fn of_the_demo_organization_in_small_pages() {
    check(OrgSpec::irregular(), 7).await;
}

#[tokio::test]
async fn of_another_seed_with_three_directories() {
    check(
        OrgSpec {
            seed: 99,
            directories: 3,
            users: 331,
            ..OrgSpec::irregular()
        },
        50,
    )
    .await;
}

#[tokio::test]
async fn of_tidy_organizations() {
    check(OrgSpec::one(), 100).await;
    check(OrgSpec::small(30), 100).await;
    check(OrgSpec::bench(200), 100).await;
}

/// Each quirk alone, so that none rests on another.
#[tokio::test]
async fn of_organizations_with_one_quirk() {
    for (name, _) in Quirks::none().iter() {
        let mut quirks = Quirks::none();
        assert!(quirks.set(name, true));
        check(
            OrgSpec {
                users: 110,
                groups: 24,
                ..OrgSpec::irregular().with_quirks(quirks)
            },
            40,
        )
        .await;
    }
}

fn check_accounts(truth: &Truth, seen: &Seen, quirks: Quirks) {
    let accounts: BTreeMap<String, _> = truth
        .accounts()
        .map(|account| (account.id.clone(), account))
        .collect();
    let of = |keep: &dyn Fn(&atlassian_sim::AccountTruth) -> bool| -> BTreeSet<String> {
        accounts
            .values()
            .filter(|account| keep(account))
            .map(|account| account.id.clone())
            .collect()
    };
    let listed = of(&|account| account.listing == Listing::Search);
    assert_eq!(ids(&seen.users, "accountId"), listed);
    assert_eq!(seen.users_deprecated, listed);
    assert_eq!(ids(&seen.managed, "account_id"), of(&|account| account.managed));
    assert_eq!(seen.managed.len(), of(&|account| account.managed).len());
    let named = of(&|account| account.is_named);
    assert_eq!(seen.roles.keys().cloned().collect::<BTreeSet<_>>(), named);
    for (directory, members) in &seen.users_by_directory {
        let in_it = |account: &atlassian_sim::AccountTruth| {
            account.listing == Listing::Search && account.directories.iter().any(|(id, _)| id == directory)
        };
        assert_eq!(*members, of(&in_it));
    }
    let mut groups = BTreeMap::<String, BTreeSet<String>>::new();
    for membership in truth.memberships() {
        let group = format!("ari:cloud:identity::group/{}", membership.group);
        groups.entry(membership.account).or_default().insert(group);
    }
    let mut short = 0;
    for row in &seen.users {
        let account = &accounts[text(row, "accountId")];
        assert_eq!(row["status"].as_str(), account.status);
        assert_eq!(row["accountStatus"].as_str(), account.account_status);
        assert_eq!(row["membershipStatus"].as_str(), account.membership_status);
        assert_eq!(row["email"].as_str(), account.email.as_deref());
        assert_eq!(text(row, "name"), account.name);
        assert_eq!(text(row, "claimStatus") == "managed", account.managed);
        let synced = account.provisioned && !account.directories.is_empty();
        assert_eq!(row["managementSource"] == "synced", synced, "{}", account.id);
        let roles: BTreeSet<String> = account
            .platform_roles
            .iter()
            .map(|role| (*role).to_owned())
            .collect();
        assert_eq!(
            texts(&row["platformRoles"]).into_iter().collect::<BTreeSet<_>>(),
            roles
        );
        let own = groups.get(&account.id).cloned().unwrap_or_default();
        let shown = seen.groups_of.get(&account.id).cloned().unwrap_or_default();
        assert!(shown.is_subset(&own), "groups of {}", account.id);
        short += own.len() - shown.len();
    }
    assert!(short == 0 || quirks.short_group_expansion);
    for row in &seen.managed {
        let account = &accounts[text(row, "account_id")];
        assert_eq!(text(row, "account_type"), account.account_type);
        assert_eq!(
            text(row, "account_status"),
            account.managed_status.expect("a status")
        );
        assert_eq!(row["email"].as_str(), account.email.as_deref());
    }
    for (id, account) in accounts.iter().filter(|(_, account)| account.is_named) {
        assert_eq!(
            seen.roles[id].0,
            if account.roles_readable { 200 } else { 404 },
            "roles of {id}"
        );
        assert_eq!(
            seen.details[id],
            if account.details_readable { 200 } else { 404 },
            "details of {id}"
        );
    }
}

fn check_groups(truth: &Truth, seen: &Seen) {
    let groups: BTreeMap<String, _> = truth.groups().map(|group| (group.id.clone(), group)).collect();
    assert_eq!(ids(&seen.groups, "id"), groups.keys().cloned().collect());
    assert_eq!(seen.groups_deprecated, groups.keys().cloned().collect());
    let mut members = BTreeMap::<String, BTreeSet<String>>::new();
    for membership in truth.memberships() {
        assert!(
            members
                .entry(membership.group)
                .or_default()
                .insert(membership.account),
            "a member came twice"
        );
    }
    for row in &seen.groups {
        let group = &groups[text(row, "id")];
        assert_eq!(text(row, "name"), group.name);
        assert_eq!(text(row, "directoryId"), group.directory);
        assert_eq!(row["externalSynced"].as_bool(), group.external_synced);
        assert_eq!(row["managementAccess"]["modifiable"].as_bool(), group.modifiable);
        assert_eq!(row["counts"]["users"].as_u64(), Some(u64::from(group.members)));
        let (status, read) = &seen.members[&group.id];
        assert_eq!(*status, group.members_status);
        let own = members.get(&group.id).cloned().unwrap_or_default();
        assert_eq!(own.len(), group.members as usize);
        if *status == 200 {
            assert_eq!(*read, own, "members of {}", group.id);
        }
    }
    let (mut roles, mut defaults) = (BTreeSet::new(), BTreeSet::new());
    for role in truth.group_roles() {
        if role.default {
            defaults.insert((role.group.clone(), role.target.clone(), role.role.to_owned()));
        }
        roles.insert((role.group, role.target, role.role.to_owned()));
    }
    assert_eq!(seen.roles_of_groups(), roles);
    let rows = seen
        .group_roles
        .iter()
        .flat_map(|(group, rows)| rows.iter().map(move |row| (group, row)));
    let read: BTreeSet<_> = rows
        .filter_map(|(group, row)| {
            Some((
                group.clone(),
                text(row, "resourceId").to_owned(),
                row["defaultRole"].as_str()?.to_owned(),
            ))
        })
        .collect();
    assert_eq!(read, defaults);
}

fn check_access(truth: &Truth, seen: &Seen) {
    let mut read = seen.access();
    let mut rows = 0;
    for access in truth.access() {
        if !access.readable || !seen.roles.contains_key(&access.account) {
            continue;
        }
        rows += 1;
        let triple = (
            access.account.clone(),
            access.target.clone(),
            access.role.to_owned(),
        );
        let stated = read
            .remove(&triple)
            .unwrap_or_else(|| panic!("{triple:?} was not read"));
        assert_eq!(
            stated.methods,
            access.methods.iter().map(|method| (*method).to_owned()).collect(),
            "{triple:?}"
        );
        assert_eq!(stated.has_methods, access.has_methods, "{triple:?}");
        let directories: BTreeSet<(String, String)> = access
            .directories
            .iter()
            .map(|(id, status)| (id.clone(), status.word().to_owned()))
            .collect();
        assert_eq!(stated.directories, directories, "{triple:?}");
    }
    assert!(read.is_empty(), "the truth lacks {read:?}");
    assert!(rows > 0);
}

fn check_rest(truth: &Truth, seen: &Seen) {
    let targets: Vec<_> = truth.targets().collect();
    let listed: BTreeSet<String> = targets
        .iter()
        .filter(|target| target.listed)
        .map(|target| target.ari.clone())
        .collect();
    assert_eq!(ids(&seen.workspaces, "id"), listed);
    assert_eq!(seen.workspaces.len(), listed.len());
    let account_rows = seen.roles.values().flat_map(|(_, rows)| rows);
    let named: BTreeMap<String, String> = account_rows
        .chain(seen.group_roles.values().flatten())
        .map(|row| {
            (
                text(row, "resourceId").to_owned(),
                text(row, "resourceOwner").to_owned(),
            )
        })
        .filter(|(ari, _)| !listed.contains(ari))
        .collect();
    let unlisted = targets.iter().filter(|target| !target.listed);
    assert_eq!(
        named,
        unlisted
            .map(|target| (target.ari.clone(), target.owner.to_owned()))
            .collect()
    );
    let tokens: BTreeMap<String, _> = truth.tokens().map(|token| (token.id.clone(), token)).collect();
    assert_eq!(seen.tokens.len(), tokens.len());
    for row in &seen.tokens {
        let token = &tokens[text(row, "id")];
        assert_eq!(text(&row["user"], "id"), token.owner);
        assert_eq!(
            (text(row, "label"), text(row, "status")),
            (token.label, token.status)
        );
        assert_eq!(row.get("expiresAt").is_some(), token.expires);
        assert_eq!(row.get("lastActiveAt").is_some(), token.used);
    }
}

/// The counts, made once more from what was read.
fn check_counts(truth: &Truth, seen: &Seen) {
    let counts = truth.counts();
    let number = |n: usize| n as u64;
    let listed = ids(&seen.users, "accountId");
    let managed = ids(&seen.managed, "account_id");
    assert_eq!(counts.accounts_in_search, number(listed.len()));
    assert_eq!(counts.accounts_managed, number(managed.len()));
    assert_eq!(
        counts.accounts_managed_only,
        number(managed.difference(&listed).count())
    );
    let known = |account: &&String| listed.contains(*account) || managed.contains(*account);
    assert_eq!(
        counts.accounts_unlisted,
        number(seen.roles.keys().filter(|account| !known(account)).count())
    );
    assert_eq!(counts.malformed_rows, number(seen.users_without_id));
    let unreadable = seen.roles.values().filter(|(status, _)| *status == 404).count();
    assert_eq!(counts.accounts_without_roles, number(unreadable));
    assert_eq!(
        counts.groups_synced,
        number(
            seen.groups
                .iter()
                .filter(|row| row["externalSynced"] == true)
                .count()
        )
    );
    let failed = seen.members.values().filter(|(status, _)| *status != 200).count();
    assert_eq!(counts.groups_without_members, number(failed));
    assert_eq!(
        counts.memberships,
        seen.members
            .values()
            .map(|(_, members)| number(members.len()))
            .sum::<u64>()
    );
    let group_roles = seen.roles_of_groups();
    assert_eq!(counts.group_roles, number(group_roles.len()));
    let mut expanded = BTreeSet::<Triple>::new();
    let mut through_groups = Vec::new();
    for (group, target, role) in &group_roles {
        for account in &seen.members[group].1 {
            let triple = (account.clone(), target.clone(), role.clone());
            through_groups.push(triple.clone());
            expanded.insert(triple);
        }
    }
    assert_eq!(counts.expanded_group_roles, number(expanded.len()));
    let access = seen.access();
    let has = |methods: &BTreeSet<String>, method: &str| methods.contains(method);
    let documented = |methods: &BTreeSet<String>| {
        ["direct", "group_direct", "inferred"]
            .iter()
            .any(|method| has(methods, method))
    };
    assert_eq!(counts.access, number(access.len()));
    let of = |keep: &dyn Fn(&Triple, &crate::crawl::Stated) -> bool| {
        number(
            access
                .iter()
                .filter(|(triple, stated)| keep(triple, stated))
                .count(),
        )
    };
    assert_eq!(
        counts.access_direct,
        of(&|_, stated| has(&stated.methods, "direct"))
    );
    let indirect = |methods: &BTreeSet<String>| documented(methods) && !has(methods, "direct");
    assert_eq!(counts.access_indirect, of(&|_, stated| indirect(&stated.methods)));
    assert_eq!(
        counts.access_unknown_method,
        of(&|_, stated| !documented(&stated.methods))
    );
    let unexplained = |triple: &Triple, stated: &crate::crawl::Stated| {
        !has(&stated.methods, "direct") && !expanded.contains(triple)
    };
    assert_eq!(counts.access_unexplained, of(&unexplained));
    let dormant = |stated: &crate::crawl::Stated| {
        !stated.directories.is_empty() && stated.directories.iter().all(|(_, status)| status != "active")
    };
    assert_eq!(counts.access_dormant, of(&|_, stated| dormant(stated)));
    let overstated = through_groups
        .iter()
        .filter(|triple| seen.roles[&triple.0].0 == 200 && !access.contains_key(*triple));
    assert_eq!(counts.overstated, number(overstated.count()));
    let overstated: BTreeSet<Triple> = truth
        .unconfirmed()
        .map(|one| (one.account, one.target, one.role.to_owned()))
        .collect();
    assert!(overstated.iter().all(|triple| !access.contains_key(triple)));
    let mut uncovered = 0;
    let mut done = BTreeSet::new();
    for row in seen
        .users
        .iter()
        .filter(|row| done.insert(text(row, "accountId")))
    {
        let account = text(row, "accountId");
        let covered = |role: &String| {
            let rows = &seen.roles[account].1;
            seen.roles[account].0 != 200
                || rows
                    .iter()
                    .any(|row| row["resourceOwner"] == "platform" && texts(&row["roles"]).contains(role))
        };
        uncovered += texts(&row["platformRoles"])
            .iter()
            .filter(|role| !covered(role))
            .count();
    }
    assert_eq!(counts.uncovered_platform_roles, number(uncovered));
    assert_eq!(
        counts.targets_unlisted,
        number(truth.targets().filter(|target| !target.listed).count())
    );
    assert_eq!(counts.workspaces, number(seen.workspaces.len()));
    assert_eq!(counts.tokens, number(seen.tokens.len()));
}
