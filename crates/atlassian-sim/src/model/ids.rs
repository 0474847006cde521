//! Identifiers: written from an index, and read back without a table.
//!
//! Every identifier of an account, group or token ends with eight hexadecimal digits that hide its index. Reading
//! takes the index from there and writes the identifier again: only the identical text counts.

use super::mix::{hash, unveil, veil};
use super::{Generated, Listing, salt};
use crate::quirks::{GROUP_CLASSES, group};
use std::fmt::Write as _;

impl Generated {
    /// The id of an account.
    pub(crate) fn account_id(&self, account: u32) -> String {
        let mut id = String::with_capacity(44);
        self.write_account_id(&mut id, account);
        id
    }

    /// Appends the id of an account.
    pub(crate) fn write_account_id(&self, out: &mut String, account: u32) {
        let noise = hash(self.spec.seed, salt::ACCOUNT_ID, u64::from(account));
        let tail = veil(self.account_key, account);
        let customer = self.listing(account) == Listing::ManagedOnly && self.is_customer(account);
        let form = if self.spec.quirks.id_forms { noise >> 60 } else { 0 };
        match form {
            _ if customer => {
                out.push_str("qm:");
                write_uuid(out, noise, 0);
                put(out, format_args!(":{tail:08x}"));
            }
            8..=10 => put(
                out,
                format_args!("5{:07x}{:08x}{tail:08x}", noise & 0x0fff_ffff, noise >> 32),
            ),
            11 | 12 => {
                out.push_str("557058:");
                write_uuid(out, noise, tail);
            }
            13 => {
                out.push_str("619034:");
                write_uuid(out, noise, tail);
            }
            14 => put(
                out,
                format_args!(
                    "ug|{:04x}-{:04x}:sso|{:06x}-{tail:08x}",
                    noise & 0xffff,
                    (noise >> 16) & 0xffff,
                    { (noise >> 32) & 0x00ff_ffff }
                ),
            ),
            _ => {
                out.push_str("712020:");
                write_uuid(out, noise, tail);
            }
        }
    }

    /// The number that an account with that id has, whether or not there is such an account.
    pub(super) fn number_of_account(&self, id: &str) -> Option<u32> {
        let account = unveil(self.account_key, tail_of(id)?);
        (self.account_id(account) == id).then_some(account)
    }

    /// The id of a group.
    pub(crate) fn group_id(&self, group: u32) -> String {
        let mut id = String::with_capacity(40);
        self.write_group_id(&mut id, group);
        id
    }

    /// Appends the id of a group.
    pub(crate) fn write_group_id(&self, out: &mut String, index: u32) {
        let noise = hash(self.spec.seed, salt::GROUP_ID, u64::from(index));
        let tail = veil(self.group_key, index);
        let awkward = self.spec.quirks.awkward_ids && index < self.spec.groups;
        match index % GROUP_CLASSES {
            group::ID_COLONS if awkward => {
                put(out, format_args!("team:{:04x}:member:{tail:08x}", noise & 0xffff));
            }
            group::ID_SLASHES if awkward => {
                put(out, format_args!("ext/{:04x}|unit-{tail:08x}", noise & 0xffff));
            }
            _ => write_uuid(out, noise, tail),
        }
    }

    /// The number that a group with that id has, whether or not there is such a group. The ARI form
    /// (`ari:cloud:identity::group/…`) is not an id.
    pub(super) fn number_of_group(&self, id: &str) -> Option<u32> {
        let group = unveil(self.group_key, tail_of(id)?);
        (self.group_id(group) == id).then_some(group)
    }

    /// The id of an API token.
    pub(crate) fn token_id(&self, token: u32) -> String {
        let noise = hash(self.spec.seed, salt::TOKEN_ID, u64::from(token));
        format!("asp_{:08x}{:08x}", noise >> 32, veil(self.token_key, token))
    }

    /// The number that an API token with that id has, whether or not there is such a token.
    pub(super) fn number_of_token(&self, id: &str) -> Option<u32> {
        let token = unveil(self.token_key, tail_of(id)?);
        (self.token_id(token) == id).then_some(token)
    }
}

/// Appends a version 4 UUID whose last eight digits are `tail`.
pub(crate) fn write_uuid(out: &mut String, noise: u64, tail: u32) {
    let more = super::mix::scramble(noise ^ 0x0123_4567_89ab_cdef);
    put(
        out,
        format_args!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:04x}{tail:08x}",
            noise >> 32,
            (noise >> 16) & 0xffff,
            noise & 0xfff,
            8 + (more & 3),
            (more >> 8) & 0xfff,
            (more >> 32) & 0xffff,
        ),
    );
}

/// A version 4 UUID.
pub(crate) fn uuid(noise: u64) -> String {
    let mut id = String::with_capacity(36);
    let tail = u32::try_from(super::mix::scramble(noise) >> 32).expect("half a word is 32 bits");
    write_uuid(&mut id, noise, tail);
    id
}

fn tail_of(id: &str) -> Option<u32> {
    let digits = id.get(id.len().checked_sub(8)?..)?;
    u32::from_str_radix(digits, 16).ok()
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string cannot fail");
}
