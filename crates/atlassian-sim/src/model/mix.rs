//! The arithmetic that stands in for stored rows: hashing, reversible scrambling and permutations.
//!
//! Everything an organization holds is computed from its seed with these three tools, so that an organization of a
//! million accounts costs no more memory than one of ten, and any row can be found from its identifier at once.

/// Scrambles a word thoroughly (the finalizer of SplitMix64).
pub(crate) fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A pseudo-random word for the `index`-th thing of a kind; `salt` names the kind and the question asked.
pub(crate) fn hash(seed: u64, salt: u64, index: u64) -> u64 {
    scramble(
        seed.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            ^ scramble(index.wrapping_add(0x632b_e59b)),
    )
}

const FIRST: u32 = 0x9e37_79b1;
const SECOND: u32 = 0x85eb_ca77;

/// Hides an index in a 32-bit word; [`unveil`] gets it back.
pub(crate) fn veil(key: u32, index: u32) -> u32 {
    let mut x = (index ^ key).wrapping_mul(FIRST);
    x ^= x >> 16;
    x.wrapping_mul(SECOND)
}

/// The index that [`veil`] hid under the same key.
pub(crate) fn unveil(key: u32, word: u32) -> u32 {
    let mut x = word.wrapping_mul(inverse(SECOND));
    x ^= x >> 16;
    x.wrapping_mul(inverse(FIRST)) ^ key
}

/// The inverse of an odd number modulo 2^32, by Newton's iteration (each step doubles the correct bits).
const fn inverse(odd: u32) -> u32 {
    let mut x = odd;
    let mut step = 0;
    while step < 5 {
        x = x.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(x)));
        step += 1;
    }
    x
}

/// A permutation of `0..n` that is cheap in both directions.
#[derive(Clone, Debug)]
pub(crate) struct Shuffle {
    n: u64,
    factor: u64,
    inverse: u64,
    shift: u64,
}

impl Shuffle {
    /// A permutation of `0..n` (of `0..1` when `n` is 0) chosen by the seed.
    pub(crate) fn new(n: u32, seed: u64) -> Self {
        let n = u64::from(n.max(1));
        let mut factor = scramble(seed) % n;
        while common_divisor(factor, n) != 1 {
            factor = (factor + 1) % n;
            if n == 1 {
                break;
            }
        }
        let inverse = if n == 1 { 0 } else { modular_inverse(factor, n) };
        Self {
            n,
            factor,
            inverse,
            shift: scramble(seed ^ 0x5bd1_e995) % n,
        }
    }

    /// The value at a place.
    pub(crate) fn at(&self, place: u32) -> u32 {
        narrow((u64::from(place) * self.factor + self.shift) % self.n)
    }

    /// The place of a value.
    pub(crate) fn find(&self, value: u32) -> u32 {
        narrow((u64::from(value) + self.n - self.shift) % self.n * self.inverse % self.n)
    }
}

/// A step that visits every one of `n` places before it repeats, and does so without obvious order.
pub(crate) fn stride(n: u32) -> u32 {
    let mut step = u64::from(n) * 618 / 1000 + 1;
    while common_divisor(step, u64::from(n)) != 1 {
        step += 1;
    }
    narrow(step)
}

fn narrow(x: u64) -> u32 {
    u32::try_from(x).expect("a permutation of 32-bit numbers stays within them")
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The inverse of `a` modulo `n`; the two must have no common divisor.
fn modular_inverse(a: u64, n: u64) -> u64 {
    let n = i128::from(n);
    let (mut old, mut new) = ((i128::from(a), 1), (n, 0));
    while new.0 != 0 {
        let times = old.0 / new.0;
        (old, new) = (new, (old.0 - times * new.0, old.1 - times * new.1));
    }
    u64::try_from(old.1.rem_euclid(n)).expect("a remainder is not negative")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_a_permutation_and_its_inverse() {
        for n in [1, 2, 3, 10, 97, 100, 4096] {
            for seed in 0..5 {
                let shuffle = Shuffle::new(n, seed);
                let mut seen = vec![false; n as usize];
                for place in 0..n {
                    let value = shuffle.at(place);
                    assert!(
                        !std::mem::replace(&mut seen[value as usize], true),
                        "n {n} seed {seed}"
                    );
                    assert_eq!(shuffle.find(value), place);
                }
            }
        }
    }

    #[test]
    fn a_veiled_index_comes_back() {
        for index in [0, 1, 2, 77, 65_535, 1_000_000, u32::MAX] {
            assert_eq!(unveil(0xdead_beef, veil(0xdead_beef, index)), index);
        }
    }
}
