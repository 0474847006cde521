//! The filters that both role listings take, and their pages.

use super::check_list;
use crate::model::target::{ROLES, Role, Target};
use crate::server::View;
use crate::wire::{Call, Json, Place, Query, Refusal};

/// Which rows are asked for. Nothing given passes everything.
#[derive(Debug, Default)]
pub(super) struct RoleFilter {
    pub(super) directories: Option<Vec<String>>,
    owners: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    roles: Option<Vec<String>>,
}

/// A request for a page of roles. Beside a cursor every other parameter is ignored.
#[derive(Debug)]
pub(super) struct RolePage {
    pub(super) place: Place,
    pub(super) limit: u32,
    pub(super) filter: RoleFilter,
}

impl RolePage {
    pub(super) fn read(sim: &View<'_>, call: &Call<'_>, listing: &str) -> Result<Self, Refusal> {
        let query = call.query();
        if let Some(cursor) = query.first("cursor") {
            let place = Place::open(sim.cursor_key(), listing, cursor)?;
            let (limit, filter) = Self::asked(&Query::parse(&place.asked))?;
            return Ok(Self { place, limit, filter });
        }
        let (limit, filter) = Self::asked(&query)?;
        Ok(Self {
            place: Place {
                asked: call.raw_query.to_owned(),
                ..Place::at(0)
            },
            limit,
            filter,
        })
    }

    fn asked(query: &Query<'_>) -> Result<(u32, RoleFilter), Refusal> {
        let filter = RoleFilter {
            directories: query.all("directoryIds"),
            owners: query.all("resourceOwners"),
            resources: query.all("resourceIds"),
            roles: query.all("roleIds"),
        };
        check_list("directoryIds", filter.directories.as_ref(), 10)?;
        check_list("resourceOwners", filter.owners.as_ref(), 10)?;
        check_list("resourceIds", filter.resources.as_ref(), 20)?;
        check_list("roleIds", filter.roles.as_ref(), 10)?;
        Ok((query.number("limit", 20, 100)?, filter))
    }

    /// Writes the links; `next` is where the next page begins, if there is one.
    pub(super) fn write_links(&self, json: &mut Json, sim: &View<'_>, listing: &str, next: Option<u32>) {
        json.key("links").object(|json| {
            json.key("self").text("cm9sZXM");
            if let Some(at) = next {
                let next = Place {
                    at,
                    ..self.place.clone()
                }
                .seal(sim.cursor_key(), listing);
                json.key("next").text(&next);
            }
        });
    }
}

impl RoleFilter {
    /// Whether a role on a target passes.
    pub(super) fn passes(&self, target: &Target, role: Role) -> bool {
        let wanted = |list: &Option<Vec<String>>, word: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one == word))
        };
        wanted(&self.owners, target.owner)
            && wanted(&self.resources, &target.ari)
            && wanted(&self.roles, ROLES[usize::from(role)])
    }
}
