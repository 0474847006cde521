//! One user as a JSON row.

use crate::model::profile::Field;
use crate::model::target::APPS;
use crate::model::{DirectoryStatus, Held, Life, Listing, Model, salt};
use crate::wire::Json;
use crate::wire::date::{days_before, write_millis, write_nanos};

/// Which optional parts a row has.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent parts, as the vendor names them"
)]
pub(super) struct Parts {
    pub(super) platform_roles: bool,
    pub(super) counts: bool,
    pub(super) activity: bool,
    pub(super) groups: Option<GroupsOf>,
    /// `deactivatedOn`, which details always have.
    pub(super) deactivation: bool,
}

/// Of which directory a row lists the groups.
#[derive(Clone, Copy, Debug)]
pub(super) enum GroupsOf {
    Every,
    Directory(u8),
}

/// Writes the row of an account.
pub(super) fn write_user(json: &mut Json, model: &Model, account: u32, parts: Parts) {
    let noise = model.noise(salt::FACETS, account);
    json.object(|json| {
        json.key("accountId")
            .text_of(|out| model.write_account_id(out, account));
        json.key("accountType").text(model.account_type(account));
        write_standing(json, model, account);
        write_name(json.key("name"), model, account);
        json.key("nickname")
            .text_or_null(model.field(account, Field::Nickname).as_deref());
        if model.shows_email(account) {
            write_address(json.key("email"), model, account);
            json.key("emailVerified").boolean(noise >> 8 & 15 != 0);
        }
        let managed = model.is_managed(account);
        json.key("claimStatus")
            .text(if managed { "managed" } else { "unmanaged" });
        write_extras(json, model, account, parts);
        let picture = |out: &mut String| {
            out.push_str("https://avatars.example.net/");
            out.push_str(&account.to_string());
            out.push_str(".png");
        };
        json.key("picture").text_of(picture);
        json.key("avatar").text_of(picture);
        json.key("managementSource").text_or_null(match () {
            () if !model.in_directory(account) => None,
            () if model.is_provisioned(account) => Some("synced"),
            () => Some("invited"),
        });
        if managed {
            json.key("mfaEnabled").boolean(model.mfa(account));
        }
        write_profile(json, model, account, parts);
        json.key("links").object(|json| {
            json.key("self")
                .text_of(|out| out.push_str(&format!("dXNy{account:x}")))
        });
    });
}

/// Writes a display name. Only names that were changed may need escapes.
pub(super) fn write_name(json: &mut Json, model: &Model, account: u32) {
    if model.is_changed(account) {
        json.text(&model.name(account));
    } else {
        json.text_of(|out| model.write_name(out, account));
    }
}

/// Writes an address, in the same way.
pub(super) fn write_address(json: &mut Json, model: &Model, account: u32) {
    if model.is_changed(account) {
        json.text(&model.address(account));
    } else {
        json.text_of(|out| model.write_address(out, account));
    }
}

fn write_standing(json: &mut Json, model: &Model, account: u32) {
    let standing = model.standing(account);
    let words = [
        ("status", standing.status),
        ("accountStatus", standing.account),
        ("membershipStatus", standing.membership),
    ];
    for (key, word) in words {
        if let Some(word) = word {
            json.key(key).text(word);
        }
    }
    json.key("addedToOrg");
    match model.added_to_org(account) {
        Some(added) => json.text_of(|out| write_millis(out, added)),
        None => json.null(),
    }
}

/// The parts that cost something: only written when asked for.
fn write_extras(json: &mut Json, model: &Model, account: u32, parts: Parts) {
    if parts.platform_roles || parts.counts || parts.activity {
        let held = model.held(account);
        if parts.platform_roles {
            json.key("platformRoles").array(|json| {
                model
                    .platform_roles(account, &held)
                    .into_iter()
                    .for_each(|role| json.text(role));
            });
        }
        if parts.counts {
            json.key("counts")
                .object(|json| json.key("resources").number(distinct_targets(&held)));
        }
        if parts.activity {
            json.key("productAccess")
                .array(|json| write_activity(json, model, account, &held));
        }
    }
    if let Some(groups) = parts.groups {
        let directory = match groups {
            GroupsOf::Every => None,
            GroupsOf::Directory(directory) => Some(directory),
        };
        json.key("groups").array(|json| {
            for group in model.groups_shown(account, directory) {
                json.object(|json| {
                    json.key("id").text_of(|out| {
                        out.push_str("ari:cloud:identity::group/");
                        model.write_group_id(out, group);
                    });
                    json.key("name").text(&model.group_name(group));
                    json.key("description").null();
                });
            }
        });
    }
}

fn distinct_targets(held: &[Held]) -> u64 {
    let first = |place: usize| {
        held[..place]
            .iter()
            .all(|before| before.target != held[place].target)
    };
    (0..held.len()).filter(|place| first(*place)).count() as u64
}

fn write_activity(json: &mut Json, model: &Model, account: u32, held: &[Held]) {
    for used in model.activity(account, held) {
        json.object(|json| {
            json.key("id").text(&model.target(used.target).ari);
            json.key("key").text(APPS[used.app].activity_key);
            json.key("lastActiveTimestamp")
                .text_of(|out| write_nanos(out, used.at));
        });
    }
}

fn write_profile(json: &mut Json, model: &Model, account: u32, parts: Parts) {
    let quirks = &model.spec.quirks;
    let [title, department, organization, location, zone] = model.work(account);
    if let Some(title) = title {
        json.key("jobTitle").text(&title);
    }
    for (key, value) in [
        ("department", department),
        ("organization", organization),
        ("location", location),
        ("timeZone", zone),
    ] {
        json.key(key).text_or_null(value.as_deref());
    }
    if quirks.extra_fields || parts.deactivation {
        write_deactivated_on(json, model, account);
    }
    if quirks.extra_fields {
        json.key("forDeletion")
            .boolean(matches!(model.life(account), Life::ForDeletion(_)));
    }
}

/// When the account was deactivated, or `null`.
fn write_deactivated_on(json: &mut Json, model: &Model, account: u32) {
    json.key("deactivatedOn");
    if model.standing(account).account != Some("inactive") {
        json.null();
    } else if let Some(since) = model.life_since(account) {
        json.text_of(|out| write_millis(out, since));
    } else {
        let noise = model.noise(salt::DATE, account);
        json.text_of(|out| write_millis(out, days_before(1 + u32::from(noise & 8 != 0), noise)));
    }
}

impl Model {
    /// Whether a managed account uses a second factor.
    pub(crate) fn mfa(&self, account: u32) -> bool {
        self.noise(salt::FACETS, account) >> 16 & 3 != 0
    }

    /// Whether the account is known in a directory, or anywhere for `None`.
    pub(crate) fn visible_in(&self, account: u32, directory: Option<u8>) -> bool {
        match directory {
            Some(directory) => self.directory_status(account, directory) != DirectoryStatus::NoMembership,
            None => self.listing(account) != Listing::Unlisted || !self.is_gone(account),
        }
    }
}
