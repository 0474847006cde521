//! Tells at a glance that a text holds nothing of what is looked for, as almost every text does.

use crate::fold::plain;
use zeroize::Zeroizing;

/// How many bytes are compared at once.
const GRAM: usize = 4;
/// From so many bytes on, a piece holds a whole gram at a place of the text that can be divided by [`GRAM`], wherever the piece
/// stands.
const PIECE: usize = 2 * GRAM - 1;
/// From so many bytes on it holds two of them, one behind the other, as hardly any other text does: a date may have one.
const LONG_PIECE: usize = 3 * GRAM - 1;
/// One bit for each value of a hash.
const BITS: usize = 1 << 16;

/// The grams of the beginnings and ends of everything that is looked for.
#[derive(Clone, Default)]
pub(crate) struct Sieve {
    /// In order.
    grams: Zeroizing<Vec<u32>>,
    /// A bit for the hash of each, so that hardly any other gram is looked up in the list.
    bits: Vec<u64>,
    /// Something is too short to be seen by its grams.
    is_blind: bool,
}

impl Sieve {
    pub(crate) fn add(&mut self, needle: &[u8]) {
        if needle.len() < PIECE {
            self.is_blind = true;
            return;
        }
        self.bits.resize(BITS / 64, 0);
        let length = LONG_PIECE.min(needle.len());
        for piece in [&needle[..length], &needle[needle.len() - length..]] {
            for gram in piece.windows(GRAM).map(gram) {
                let bit = hash(gram);
                self.bits[bit / 64] |= 1 << (bit % 64);
                if let Err(at) = self.grams.binary_search(&gram) {
                    self.grams.insert(at, gram);
                }
            }
        }
    }

    /// False where no beginning and no end of at least `part` bytes of anything that is looked for stands in the text, which
    /// has no escapes.
    pub(crate) fn may_find(&self, text: &[u8], part: usize) -> bool {
        if self.is_blind || part < PIECE {
            return true;
        }
        if self.bits.is_empty() {
            return false;
        }
        let grams = text.chunks_exact(GRAM).map(gram).enumerate();
        let mut known = grams.filter(|(_, gram)| self.knows(*gram)).map(|(at, _)| at);
        if part < LONG_PIECE {
            return known.next().is_some();
        }
        let mut expected = None;
        known.any(|at| expected.replace(at + 1) == Some(at))
    }

    fn knows(&self, gram: u32) -> bool {
        let bit = hash(gram);
        self.bits[bit / 64] >> (bit % 64) & 1 == 1 && self.grams.binary_search(&gram).is_ok()
    }
}

/// Folded, so that a text without escapes need not be.
fn gram(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |gram, byte| gram << 8 | u32::from(plain(*byte)))
}

/// Multiplicative hashing: the upper bits depend on all of the gram.
fn hash(gram: u32) -> usize {
    const ODD: u32 = 0x9E37_79B1;
    (gram.wrapping_mul(ODD) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_stands_in_a_text_is_never_overlooked(
            needle in "[a-c]{7,20}",
            before in "[a-d]{0,9}",
            after in "[a-d]{0,9}",
            part in 7_usize..20,
        ) {
            let mut sieve = Sieve::default();
            sieve.add(needle.as_bytes());
            let part = part.min(needle.len());
            for piece in [&needle[..part], &needle[needle.len() - part..]] {
                let text = format!("{before}{piece}{after}");
                prop_assert!(sieve.may_find(text.as_bytes(), part));
            }
        }
    }

    /// The digits of an encoded credential are those of many numbers too.
    #[test]
    fn a_single_gram_of_a_long_piece_is_none() {
        let mut sieve = Sieve::default();
        sieve.add(b"415443545433784666474e30");
        assert!(!sieve.may_find(b"2026-5433-11-30 4154", LONG_PIECE));
        assert!(sieve.may_find(b"2026-5433-11-30 4154", PIECE));
        assert!(sieve.may_find(b"2026-41544354543", LONG_PIECE));
    }

    #[test]
    fn what_is_too_short_is_looked_for_everywhere() {
        let mut sieve = Sieve::default();
        sieve.add(b"a-long-enough-one");
        assert!(!sieve.may_find(b"a text with nothing in it", PIECE));
        assert!(sieve.may_find(b"a text with nothing in it", PIECE - 1));
        sieve.add(b"short");
        assert!(sieve.may_find(b"a text with nothing in it", PIECE));
    }
}
