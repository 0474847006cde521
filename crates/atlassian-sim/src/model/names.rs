//! Names of people and their addresses: the n-th name is always the same, and an address leads back to its n.

/// The domains the organization has claimed; managed accounts have addresses there.
pub(crate) const CLAIMED_DOMAINS: [&str; 2] = ["larkspur.example", "larkspur-labs.example"];

/// The domain of every service account.
pub(crate) const SERVICE_ACCOUNT_DOMAIN: &str = "serviceaccount.atlassian.com";

/// Domains of everybody else.
pub(crate) const FOREIGN_DOMAINS: [&str; 2] = ["fernhill.example", "cobaltworks.example"];

const FIRST: [&str; 64] = [
    "Ines", "Theo", "Noor", "Mateo", "Yuki", "Amara", "Lukas", "Priya", "Oskar", "Leila", "Jonas", "Mei",
    "Tomas", "Zara", "Emil", "Hana", "Rafael", "Ingrid", "Kofi", "Sofia", "Anton", "Maya", "Diego", "Freya",
    "Samir", "Clara", "Hugo", "Nadia", "Felix", "Aiko", "Marco", "Elif", "Nils", "Rosa", "Omar", "Greta",
    "Pavel", "Lina", "Victor", "Chloe", "Idris", "Paula", "Simon", "Tara", "Andre", "Mira", "Jan", "Esther",
    "Luca", "Vera", "Malik", "Julia", "Erik", "Dana", "Rohan", "Alma", "Stefan", "Noemi", "Kai", "Selma",
    "Bruno", "Irene", "Cyrus", "Wanda",
];

const LAST: [&str; 80] = [
    "Calder",
    "Marsh",
    "Haddad",
    "Silva",
    "Tanaka",
    "Okafor",
    "Weber",
    "Nair",
    "Lind",
    "Karimi",
    "Berg",
    "Chen",
    "Novak",
    "Rahman",
    "Falk",
    "Mori",
    "Costa",
    "Solberg",
    "Mensah",
    "Rossi",
    "Petrov",
    "Iyer",
    "Vega",
    "Dahl",
    "Aziz",
    "Keller",
    "Laurent",
    "Haas",
    "Brandt",
    "Sato",
    "Moretti",
    "Demir",
    "Holm",
    "Ortiz",
    "Farouk",
    "Winter",
    "Dvorak",
    "Sandoval",
    "Lambert",
    "Dubois",
    "Bello",
    "Reyes",
    "Archer",
    "Quinn",
    "Moreau",
    "Kovac",
    "Visser",
    "Adler",
    "Greco",
    "Sokol",
    "Diallo",
    "Barros",
    "Nyberg",
    "Rhodes",
    "Mehta",
    "Prado",
    "Vogel",
    "Toth",
    "Yamada",
    "Ekman",
    "Salas",
    "Marin",
    "Tehrani",
    "Kowal",
    "Finch",
    "Garner",
    "Hollis",
    "Ibarra",
    "Jansen",
    "Kruger",
    "Lowell",
    "Mercer",
    "Nolan",
    "Oakes",
    "Pryor",
    "Rowan",
    "Sharpe",
    "Thorne",
    "Underhill",
    "Whitlock",
];

const COMBINATIONS: u32 = 64 * 80;

/// A person by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    /// Tells namesakes apart; 0 for the first of that name.
    pub(crate) ordinal: u32,
}

impl Person {
    pub(crate) fn nth(n: u32) -> Self {
        let combination = n % COMBINATIONS;
        // The last name moves on with each round of first names, so that neighbours share neither.
        let first = combination % 64;
        let last = (combination / 64 + first) % 80;
        Self {
            first: FIRST[first as usize],
            last: LAST[last as usize],
            ordinal: n / COMBINATIONS,
        }
    }

    /// The part of the address before the `@`.
    pub(crate) fn write_mailbox(&self, out: &mut String) {
        out.extend(self.first.chars().map(|c| c.to_ascii_lowercase()));
        out.push('.');
        out.extend(self.last.chars().map(|c| c.to_ascii_lowercase()));
        if self.ordinal > 0 {
            out.push_str(&(self.ordinal + 1).to_string());
        }
    }

    /// The number of the person whose mailbox this is. Case does not matter.
    pub(crate) fn find(mailbox: &str) -> Option<u32> {
        let (first, rest) = mailbox.split_once('.')?;
        let last = rest.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = rest.get(last.len()..)?;
        let ordinal = if digits.is_empty() {
            0
        } else {
            digits.parse::<u32>().ok()?.checked_sub(1)?
        };
        let first = place(&FIRST, first)?;
        let last = place(&LAST, last)?;
        let combination = (last + 80 - first % 80) % 80 * 64 + first;
        ordinal.checked_mul(COMBINATIONS)?.checked_add(combination)
    }
}

fn place(names: &[&str], name: &str) -> Option<u32> {
    let at = names.iter().position(|n| n.eq_ignore_ascii_case(name))?;
    u32::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_leads_back_to_its_person() {
        for n in (0..12_000).chain([999_999]) {
            let mut mailbox = String::new();
            Person::nth(n).write_mailbox(&mut mailbox);
            assert_eq!(Person::find(&mailbox), Some(n), "{mailbox}");
        }
    }
}
