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

/// The fields that say where somebody works, in the order of the rows.
pub(crate) const WORK: [Field; 5] = [
    Field::JobTitle,
    Field::Department,
    Field::Organization,
    Field::Location,
    Field::TimeZone,
];

impl Generated {
    /// A field that is one of a few texts. Name, nickname and address are not.
    pub(super) fn generated_field(&self, account: u32, field: Field) -> Option<&'static str> {
        match field {
            Field::Locale => Some("en-US"),
            Field::Name | Field::Nickname | Field::Email => None,
            field => {
                let place = WORK.iter().position(|one| *one == field)?;
                self.generated_work(account)[place]
            }
        }
    }

    /// What the fields of [`WORK`] say.
    pub(super) fn generated_work(&self, account: u32) -> [Option<&'static str>; 5] {
        let noise = self.noise(salt::FACETS, account);
        let choose = |list: &[&'static str], shift: u32| list[(noise >> shift & 0xff) as usize % list.len()];
        let given = |bit: u32| !self.spec.quirks.null_fields || noise >> (20 + bit) & 3 == 0;
        let (city, zone) = PLACES[(noise >> 40 & 3) as usize];
        [
            Some(choose(&JOBS, 30)),
            given(0).then(|| choose(&DEPARTMENTS, 33)),
            given(1).then_some(self.org_name),
            given(2).then_some(city),
            given(3).then_some(zone),
        ]
    }
}
