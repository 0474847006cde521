//! What is written in the profile of an account beside its name and address.

use super::{Generated, salt};

/// A field of a profile that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Name,
    Nickname,
    Email,
    JobTitle,
    Department,
    Organization,
    Location,
    TimeZone,
    Locale,
}

const JOBS: [&str; 6] = [
    "Engineer",
    "Platform lead",
    "Designer",
    "Support agent",
    "Analyst",
    "Product manager",
];
const DEPARTMENTS: [&str; 5] = ["Engineering", "Support", "Finance", "People", "Research"];
const PLACES: [(&str, &str); 4] = [
    ("Lisbon", "Europe/Lisbon"),
    ("Berlin", "Europe/Berlin"),
    ("Austin", "America/Chicago"),
    ("Osaka", "Asia/Tokyo"),
];

impl Generated {
    /// A field that is one of a few texts. Name, nickname and address are not.
    pub(super) fn generated_field(&self, account: u32, field: Field) -> Option<&'static str> {
        let noise = self.noise(salt::FACETS, account);
        let choose = |list: &[&'static str], shift: u32| list[(noise >> shift & 0xff) as usize % list.len()];
        let (city, zone) = PLACES[(noise >> 40 & 3) as usize];
        let (value, bit) = match field {
            Field::JobTitle => return Some(choose(&JOBS, 30)),
            Field::Department => (choose(&DEPARTMENTS, 33), 0),
            Field::Organization => (self.org_name, 1),
            Field::Location => (city, 2),
            Field::TimeZone => (zone, 3),
            Field::Locale => return Some("en-US"),
            Field::Name | Field::Nickname | Field::Email => return None,
        };
        (!self.spec.quirks.null_fields || noise >> (20 + bit) & 3 == 0).then_some(value)
    }
}
