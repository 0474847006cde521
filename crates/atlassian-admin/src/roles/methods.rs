//! The set of ways a role is held.

use crate::AssignmentMethod;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// By which methods a role is held: a set, because an account may hold one role directly and through groups
/// at once.
///
/// Known methods take a bit each, so the common row costs no allocation; unknown words are kept.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct AssignmentMethods {
    known: u8,
    // Sorted, so that equal sets compare equal whatever the order they came in.
    other: Vec<Box<str>>,
}

impl AssignmentMethods {
    /// Whether the vendor named no method at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known == 0 && self.other.is_empty()
    }

    /// Whether the role is held by this method.
    #[must_use]
    pub fn contains(&self, method: &AssignmentMethod) -> bool {
        match method {
            AssignmentMethod::Other(word) => self.other.binary_search(word).is_ok(),
            known => self.known & bit(known) != 0,
        }
    }

    /// Whether the role was given to the account itself, so that revoking it from the account has an effect.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.contains(&AssignmentMethod::Direct)
    }

    /// Adds a method; says whether it was new.
    pub fn insert(&mut self, method: AssignmentMethod) -> bool {
        match method {
            AssignmentMethod::Other(word) => match self.other.binary_search(&word) {
                Ok(_) => false,
                Err(at) => {
                    self.other.insert(at, word);
                    true
                }
            },
            known => {
                let before = self.known;
                self.known |= bit(&known);
                self.known != before
            }
        }
    }

    /// Adds every method of another set: one role may arrive in several rows.
    pub fn unite(&mut self, other: &Self) {
        self.extend(other.iter());
    }

    /// The methods: known ones in the order of [`AssignmentMethod::KNOWN`], then unknown words in order.
    pub fn iter(&self) -> impl Iterator<Item = AssignmentMethod> + '_ {
        AssignmentMethod::KNOWN
            .iter()
            .filter(|method| self.contains(method))
            .cloned()
            .chain(self.other.iter().cloned().map(AssignmentMethod::Other))
    }
}

impl Extend<AssignmentMethod> for AssignmentMethods {
    fn extend<I: IntoIterator<Item = AssignmentMethod>>(&mut self, methods: I) {
        for method in methods {
            self.insert(method);
        }
    }
}

impl FromIterator<AssignmentMethod> for AssignmentMethods {
    fn from_iter<I: IntoIterator<Item = AssignmentMethod>>(methods: I) -> Self {
        let mut set = Self::default();
        set.extend(methods);
        set
    }
}

impl fmt::Debug for AssignmentMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|method| method.as_str().to_owned()))
            .finish()
    }
}

impl Serialize for AssignmentMethods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for AssignmentMethods {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Methods;
        impl<'de> Visitor<'de> for Methods {
            type Value = AssignmentMethods;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of assignment methods")
            }
            fn visit_unit<E>(self) -> Result<AssignmentMethods, E> {
                Ok(AssignmentMethods::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<AssignmentMethods, A::Error> {
                let mut set = AssignmentMethods::default();
                while let Some(method) = words.next_element()? {
                    set.insert(method);
                }
                Ok(set)
            }
        }
        deserializer.deserialize_any(Methods)
    }
}

fn bit(method: &AssignmentMethod) -> u8 {
    match method {
        AssignmentMethod::Direct => 1,
        AssignmentMethod::GroupDirect => 2,
        AssignmentMethod::Inferred => 4,
        // Unknown words never reach the bits; they are kept as text.
        AssignmentMethod::Other(_) => 0,
    }
}
