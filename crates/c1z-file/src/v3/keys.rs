//! Keys: as tables hold them, with the age and the kind of their entry, and what they are made of.

use super::wire::{self, Result, damaged};
use twox_hash::XxHash64;

/// The age and the kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// The greater, the newer.
    pub(super) seq: u64,
    pub(super) kind: Kind,
}

/// What an entry says about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u8);

impl Kind {
    pub(super) const SET: Self = Self(1);
    pub(super) const RANGE_DELETE: Self = Self(15);
    const SET_WITH_DELETE: Self = Self(18);

    /// Whether the key has the value of the entry; otherwise there is no such key. Ranges and merges have their own places
    /// or are in no artifact.
    pub(super) fn is_set(self) -> Result<bool> {
        match self {
            Self::SET | Self::SET_WITH_DELETE => Ok(true),
            Self(0 | 7 | 23) => Ok(false),
            Self(other) => Err(damaged(format!(
                "it holds an entry of kind {other}, which no artifact has"
            ))),
        }
    }
}

/// The greatest number that stands for an age; as a bound it means that the key itself is not in the range.
pub(super) const SEQ_MAX: u64 = (1 << 56) - 1;

impl Key {
    pub(super) fn of_trailer(trailer: u64) -> Self {
        Self {
            seq: trailer >> 8,
            kind: Kind(trailer.to_le_bytes()[0]),
        }
    }

    /// The key proper, and the trailer behind it.
    pub(super) fn split(key: &[u8]) -> Result<(&[u8], u64)> {
        let (key, trailer) = key
            .split_last_chunk::<8>()
            .ok_or_else(|| damaged("a key in it is too short"))?;
        Ok((key, u64::from_le_bytes(*trailer)))
    }
}

/// A part of the key space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'a> {
    pub(super) from: &'a [u8],
    /// Exclusive.
    pub(super) to: &'a [u8],
}

/// The first bytes of the keys of each family.
pub(super) mod family {
    use super::Range;

    pub(in crate::v3) const RESOURCE_TYPE: u8 = 1;
    pub(in crate::v3) const RESOURCE: u8 = 2;
    pub(in crate::v3) const ENTITLEMENT: u8 = 3;
    pub(in crate::v3) const GRANT: u8 = 4;
    pub(in crate::v3) const ASSET: u8 = 5;

    /// Resource types, resources, entitlements, grants, assets.
    pub(in crate::v3) const ROWS: Range<'_> = Range {
        from: &[3, RESOURCE_TYPE],
        to: &[3, ASSET + 1],
    };
    /// The sync.
    pub(in crate::v3) const SYNC: Range<'_> = Range {
        from: &[3, 6],
        to: &[3, 7],
    };
    /// Rows by others of their ids.
    pub(in crate::v3) const INDEXES: Range<'_> = Range {
        from: &[3, 7],
        to: &[3, 7, 6],
    };
    /// What the store says about itself.
    pub(in crate::v3) const META: Range<'_> = Range {
        from: &[3, 0xff],
        to: &[4],
    };
}

/// The key of something that the store says about itself.
pub(super) fn meta(name: &str) -> Vec<u8> {
    [&[3, 0xff], name.as_bytes()].concat()
}

/// The last element of an index key's head.
pub(super) fn index_of(key: &[u8]) -> Option<u8> {
    let mut input = key.get(2..)?;
    wire::byte(&mut input).ok()
}

/// The key of the sync.
pub(super) const SYNC: [u8; 2] = [3, 6];
/// What the keys of entitlements begin with.
pub(super) const ENTITLEMENT: &[u8] = &[3, family::ENTITLEMENT, 0];
/// What the keys of grants by the hash of their principal begin with.
pub(super) const BY_HASH: &[u8] = &[3, 7, 8, 0];
/// What the keys of digests begin with.
pub(super) const DIGESTS: &[u8] = &[3, 10, 8, 0];

/// Appends text in the form in which 0 can stand between texts, and the bytes sort like the texts.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) {
    for part in text.split_inclusive(|byte| *byte <= 1) {
        match part.split_last() {
            Some((special @ (0 | 1), before)) => {
                out.extend_from_slice(before);
                out.extend([1, special + 1]);
            }
            _ => out.extend_from_slice(part),
        }
    }
}

/// A key of these texts.
fn key<'a>(head: &[u8], texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut key = head.to_vec();
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            key.push(0);
        }
        escape(text.as_bytes(), &mut key);
    }
    key
}

/// The identity of an entitlement. The id, which mostly begins with that of the resource, is shortened by it then.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntitlementId<'a>([&'a str; 4]);

impl<'a> EntitlementId<'a> {
    pub(super) fn new(resource_type: &'a str, resource: &'a str, id: &'a str) -> Self {
        let rest = id
            .strip_prefix(resource_type)
            .and_then(|rest| rest.strip_prefix(':'))
            .and_then(|rest| rest.strip_prefix(resource))
            .and_then(|rest| rest.strip_prefix(':'));
        match rest {
            Some(rest) => Self([resource_type, resource, "1", rest]),
            None => Self([resource_type, resource, "0", id]),
        }
    }

    fn with(self, principal: [&'a str; 2]) -> impl Iterator<Item = &'a str> {
        self.0.into_iter().chain(principal)
    }
}

pub(super) fn resource_type(id: &str) -> Vec<u8> {
    key(&[3, family::RESOURCE_TYPE, 0], [id])
}

pub(super) fn resource(id: [&str; 2]) -> Vec<u8> {
    key(&[3, family::RESOURCE, 0], id)
}

pub(super) fn entitlement(id: EntitlementId<'_>) -> Vec<u8> {
    key(ENTITLEMENT, id.0)
}

pub(super) fn grant(on: EntitlementId<'_>, principal: [&str; 2]) -> Vec<u8> {
    key(&[3, family::GRANT, 0], on.with(principal))
}

pub(super) fn asset(id: &str) -> Vec<u8> {
    key(&[3, family::ASSET, 0], [id])
}

pub(super) fn by_parent(parent: [&str; 2], id: [&str; 2]) -> Vec<u8> {
    key(&[3, 7, 1, 0], parent.into_iter().chain(id))
}

pub(super) fn by_principal(principal: [&str; 2], on: EntitlementId<'_>) -> Vec<u8> {
    key(&[3, 7, 4, 0], principal.into_iter().chain(on.0))
}

pub(super) fn needs_expansion(on: EntitlementId<'_>, principal: [&str; 2]) -> Vec<u8> {
    key(&[3, 7, 5, 0], on.with(principal))
}

/// The parts of a grant's key.
pub(super) fn tail(on: EntitlementId<'_>, principal: [&str; 2]) -> Vec<u8> {
    key(&[], on.with(principal))
}

/// The key of a grant by the hash of its principal: the entitlement, two bytes of the hash as they are, the principal.
pub(super) fn by_hash(on: EntitlementId<'_>, principal: [&str; 2]) -> Vec<u8> {
    let mut hashed = key(BY_HASH, on.0);
    let principal = key(&[], principal);
    hashed.push(0);
    hashed.extend_from_slice(&XxHash64::oneshot(0, &principal).to_be_bytes()[..2]);
    hashed.extend(principal);
    hashed
}

/// The entitlement and the bytes of the hash in what follows the head of such a key.
pub(super) fn split_hashed(rest: &[u8]) -> Option<(&[u8], u16)> {
    let (end, _) = rest.iter().enumerate().filter(|(_, byte)| **byte == 0).nth(3)?;
    let (partition, rest) = rest.split_at(end);
    let hash = rest.get(1..3)?.try_into().ok()?;
    Some((partition, u16::from_be_bytes(hash)))
}

/// The key of a digest: of the entitlement whose parts `partition` are, on this level.
fn digest(partition: &[u8], level: u8) -> Vec<u8> {
    let mut key = DIGESTS.to_vec();
    escape(partition, &mut key);
    key.extend([0, level]);
    key
}

pub(super) fn digest_root(partition: &[u8]) -> Vec<u8> {
    digest(partition, 0)
}

/// The digest of a part of an entitlement's grants, by the first bits of their hashes.
pub(super) fn digest_leaf(partition: &[u8], part: u16) -> Vec<u8> {
    let mut key = digest(partition, 1);
    key.extend(part.to_be_bytes());
    key
}

pub(super) fn digest_of_all() -> Vec<u8> {
    digest(&[], 2)
}
