//! Reading numbers and byte strings out of a slice, and the checksums over them.

use crate::envelope::UnpackError;
use prost::encoding::decode_varint;

pub(super) type Result<T> = std::result::Result<T, UnpackError>;

/// What is wrong with the file.
pub(super) fn damaged(what: impl Into<String>) -> UnpackError {
    UnpackError::Damaged(what.into())
}

/// Something of a release of the format that this program does not know.
pub(super) fn newer(what: impl Into<String>) -> UnpackError {
    UnpackError::Newer(what.into())
}

/// Says in which part of the file something is wrong.
pub(super) fn within(part: &str) -> impl Fn(UnpackError) -> UnpackError + '_ {
    move |error| match error {
        UnpackError::Damaged(what) => damaged(format!("{part}: {what}")),
        UnpackError::Newer(what) => newer(format!("{part}: {what}")),
        error => error,
    }
}

/// Takes the next `length` bytes.
pub(super) fn take<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let (taken, rest) = input
        .split_at_checked(length)
        .ok_or_else(|| damaged("it ends in the middle of a value"))?;
    *input = rest;
    Ok(taken)
}

/// Takes as many bytes as the result has.
pub(super) fn array<const N: usize>(input: &mut &[u8]) -> Result<[u8; N]> {
    let mut array = [0; N];
    array.copy_from_slice(take(input, N)?);
    Ok(array)
}

pub(super) fn byte(input: &mut &[u8]) -> Result<u8> {
    array::<1>(input).map(|[byte]| byte)
}

/// Takes a number of variable length.
pub(super) fn varint(input: &mut &[u8]) -> Result<u64> {
    // Numbers below 128 are most of them.
    if let [first @ 0..0x80, rest @ ..] = *input {
        *input = rest;
        return Ok((*first).into());
    }
    decode_varint(input).map_err(|_| damaged("a number in it is cut off or too long"))
}

/// The same for lengths and positions.
pub(super) fn length(input: &mut &[u8]) -> Result<usize> {
    usize::try_from(varint(input)?).map_err(|_| damaged("a length in it is too large"))
}

/// Takes a byte string, which stands behind its length.
pub(super) fn string<'a>(input: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = length(input)?;
    take(input, length)
}

/// CRC-32C over `parts`, in the masked form that protects a checksum of checksums.
pub(super) fn masked_crc(parts: &[&[u8]]) -> u32 {
    let crc = parts.iter().fold(0, |crc, part| crc32c::crc32c_append(crc, part));
    crc.rotate_right(15).wrapping_add(0xA282_EAD8)
}

#[cfg(test)]
mod tests {
    use twox_hash::XxHash64;

    use super::*;

    #[test]
    fn checksums_of_the_format() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(masked_crc(&[b"1234", b"56789"]), 0xc78a_b0e5);
        assert_eq!(XxHash64::oneshot(0, b""), 0xef46_db37_51d8_e999);
        assert_eq!(XxHash64::oneshot(0, b"123456789"), 0x8cb8_41db_40e6_ae83);
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        assert!(take(&mut &b"ab"[..], 3).is_err());
        assert!(string(&mut &[3, 1, 2][..]).is_err());
        assert!(varint(&mut &[0x80][..]).is_err());
        assert!(varint(&mut &[0xff; 11][..]).is_err());
        let mut input = &[0x96, 0x01, 2, b'o', b'k', 9][..];
        assert_eq!(varint(&mut input).unwrap(), 150);
        assert_eq!(string(&mut input).unwrap(), b"ok");
        assert_eq!(byte(&mut input).unwrap(), 9);
    }
}
