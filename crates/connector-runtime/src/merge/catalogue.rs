//! The names behind the places: every resource and entitlement once.

use super::source::Source;
use crate::error::SyncError;
use connector_proto::connector::v2;
use connector_sdk::Facts;
use std::collections::HashMap;

/// The place of what has none, because nothing was said about it.
const NOWHERE: u32 = u32::MAX;

/// What is merged, by place.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// Names of types, in order.
    types: Vec<String>,
    /// The place after the last resource of each type.
    type_ends: Vec<u32>,
    /// Ids of resources, one after the other by number.
    ids: String,
    id_ends: Vec<u32>,
    /// Numbers of resources by place, and places by number.
    numbers: Vec<u32>,
    places: Vec<u32>,
    /// In the order of ids.
    pub(super) entitlements: Vec<Entitlement>,
    /// By number.
    pub(super) facts: HashMap<u32, Facts>,
}

/// An entitlement that is part of the artifact.
#[derive(Debug)]
pub(crate) struct Entitlement {
    /// Its number in the staging file.
    pub(super) number: u32,
    pub(crate) id: String,
    /// The place of its resource.
    pub(super) on: u32,
    pub(crate) resource_type: String,
    pub(crate) resource: String,
}

impl Catalogue {
    /// Reads the names of everything but entitlements.
    pub(super) fn read(source: &dyn Source, types: &[v2::ResourceType]) -> Result<Self, SyncError> {
        let by_number = source.type_names()?;
        let types: Vec<String> = types.iter().map(|t| t.id.clone()).collect();
        let order: Vec<Option<u16>> = by_number
            .iter()
            .map(|name| u16::try_from(types.iter().position(|t| t == name)?).ok())
            .collect();
        let mut catalogue = Self {
            types,
            facts: source.facts()?,
            ..Self::default()
        };
        // The type of each resource, by number.
        let mut of_type: Vec<Option<u16>> = Vec::new();
        source.resources(&mut |number, tid, id| {
            let at = (number as usize).wrapping_sub(1);
            let known = (tid as usize).checked_sub(1).and_then(|tid| *order.get(tid)?);
            if known.is_none() || at < of_type.len() {
                let message =
                    format!("the staged resource {id:?} is of the unknown type {tid}, or out of order");
                return Err(SyncError::Engine(message));
            }
            of_type.resize(at, None);
            of_type.push(known);
            catalogue.id_ends.resize(at, catalogue.end());
            catalogue.ids.push_str(id);
            catalogue.id_ends.push(catalogue.end());
            Ok(())
        })?;
        let mut numbers: Vec<u32> = (1..)
            .zip(&of_type)
            .filter(|(_, of)| of.is_some())
            .map(|(number, _)| number)
            .collect();
        numbers.sort_unstable_by_key(|number| (of_type[*number as usize - 1], catalogue.id_of(*number)));
        catalogue.places = vec![NOWHERE; of_type.len()];
        for (place, number) in (0..).zip(&numbers) {
            catalogue.places[*number as usize - 1] = place;
        }
        for at in (0..).take(catalogue.types.len()) {
            let end = numbers.partition_point(|number| of_type[*number as usize - 1] <= Some(at));
            catalogue.type_ends.push(u32::try_from(end).unwrap_or(NOWHERE));
        }
        catalogue.numbers = numbers;
        Ok(catalogue)
    }

    fn end(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    fn id_of(&self, number: u32) -> &str {
        let at = number as usize - 1;
        let begin = at.checked_sub(1).map_or(0, |before| self.id_ends[before]);
        &self.ids[begin as usize..self.id_ends[at] as usize]
    }

    /// How many resources there are.
    pub(super) fn number_of_resources(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(NOWHERE)
    }

    /// The number of the resource at a place.
    pub(super) fn number(&self, place: u32) -> u32 {
        self.numbers[place as usize]
    }

    /// The place of a resource.
    pub(super) fn place(&self, number: u32) -> Option<u32> {
        let at = (number as usize).checked_sub(1)?;
        self.places.get(at).copied().filter(|place| *place != NOWHERE)
    }

    /// The place of the type of a resource among the types.
    pub(super) fn type_of(&self, place: u32) -> u32 {
        let at = self.type_ends.partition_point(|end| *end <= place);
        u32::try_from(at).unwrap_or(NOWHERE)
    }

    /// The place of a type by its name.
    pub(super) fn type_named(&self, name: &str) -> Option<u32> {
        let at = self.types.binary_search_by(|t| t.as_str().cmp(name)).ok()?;
        u32::try_from(at).ok()
    }

    /// Type and id of the resource at a place.
    pub(super) fn resource(&self, place: u32) -> (&str, &str) {
        let of_type = self.type_of(place) as usize;
        let resource_type = self.types.get(of_type).map_or("", String::as_str);
        (resource_type, self.id_of(self.number(place)))
    }

    /// The entitlement at a place.
    pub(crate) fn entitlement(&self, place: u32) -> &Entitlement {
        &self.entitlements[place as usize]
    }

    /// A set of facts by number.
    pub(crate) fn facts(&self, number: u32) -> Option<&Facts> {
        self.facts.get(&number)
    }
}
