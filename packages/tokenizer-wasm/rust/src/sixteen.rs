//! Sixteen bytes of text at a time: one vector register in WebAssembly, two integers elsewhere.

/// The bytes of a short word in lower case, and its length: what the word is known by.
///
/// Bytes 0 to 14 are the word's, filled up with zeros, and byte 15 is its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShortWord {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

/// What becomes of ASCII capitals: the bit that is set in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Case {
    Kept = 0,
    Lowered = 0x20,
}

impl ShortWord {
    /// Words of at most this many bytes are short.
    pub(crate) const LONGEST: usize = 15;

    /// The word made of the first `length` bytes, which are at most [`Self::LONGEST`]; ASCII capitals become `case`.
    #[inline]
    pub(crate) fn read(bytes: &[u8; 16], length: usize, case: Case) -> Self {
        let (low, high) = imp::first_bytes(bytes, length, case as u8);
        Self { low, high: high | (length as u64) << 56 }
    }

    /// Multiplicative hashing: the upper bits depend on all of the word's.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        (self.low ^ self.high.wrapping_mul(0xa076_1d64_78bd_642f)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The word's bytes, filled up with zeros: sixteen bytes from any of them on can be read.
    #[inline]
    pub(crate) fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.low.to_le_bytes());
        bytes[8..16].copy_from_slice(&(self.high & !(0xff << 56)).to_le_bytes());
        bytes
    }

    pub(crate) fn length(self) -> usize {
        (self.high >> 56) as usize
    }
}

/// What becomes of sixteen bytes when ASCII capitals become `case`.
#[inline]
pub(crate) fn with_case(bytes: &[u8; 16], case: Case) -> [u8; 16] {
    imp::with_case(bytes, case as u8)
}

/// Ones for the first so many bytes: read from `16 - length` on.
static KEEP: [u8; 32] = {
    let mut keep = [0; 32];
    let mut i = 0;
    while i < 16 {
        keep[i] = 0xff;
        i += 1;
    }
    keep
};

#[cfg(any(all(target_arch = "wasm32", target_feature = "simd128"), target_feature = "ssse3"))]
pub(crate) use imp::load;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{
        i64x2_extract_lane, u8x16_lt, u8x16_splat, u8x16_sub, v128, v128_and, v128_load, v128_or, v128_store,
    };

    use super::KEEP;

    #[inline]
    #[allow(unsafe_code)]
    pub(crate) fn load(bytes: &[u8; 16]) -> v128 {
        // SAFETY: the reference points to sixteen readable bytes, and `v128.load` asks for no alignment.
        unsafe { v128_load(bytes.as_ptr().cast()) }
    }

    #[inline]
    pub(super) fn first_bytes(bytes: &[u8; 16], length: usize, case: u8) -> (u64, u64) {
        let from = 16 - length.min(16);
        let keep = KEEP[from..].first_chunk().expect("there are sixteen more");
        let word = set_in_capitals(v128_and(load(bytes), load(keep)), case);
        (i64x2_extract_lane::<0>(word).cast_unsigned(), i64x2_extract_lane::<1>(word).cast_unsigned())
    }

    #[inline]
    fn set_in_capitals(bytes: v128, bit: u8) -> v128 {
        let is_capital = u8x16_lt(u8x16_sub(bytes, u8x16_splat(b'A')), u8x16_splat(26));
        v128_or(bytes, v128_and(is_capital, u8x16_splat(bit)))
    }

    #[inline]
    #[allow(unsafe_code)]
    pub(super) fn with_case(bytes: &[u8; 16], case: u8) -> [u8; 16] {
        let mut changed = [0; 16];
        // SAFETY: there are sixteen bytes to be written, and `v128.store` asks for no alignment.
        unsafe { v128_store(changed.as_mut_ptr().cast(), set_in_capitals(load(bytes), case)) };
        changed
    }
}

#[cfg(target_feature = "ssse3")]
mod imp {
    use core::arch::x86_64::{
        __m128i, _mm_add_epi8, _mm_and_si128, _mm_cmplt_epi8, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_or_si128,
        _mm_set1_epi8, _mm_storeu_si128, _mm_unpackhi_epi64,
    };

    use super::KEEP;

    #[inline]
    #[allow(unsafe_code)]
    pub(crate) fn load(bytes: &[u8; 16]) -> __m128i {
        // SAFETY: the reference points to sixteen readable bytes, and this load asks for no alignment.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[allow(unsafe_code)]
    pub(super) fn first_bytes(bytes: &[u8; 16], length: usize, case: u8) -> (u64, u64) {
        // SAFETY: this module is compiled only for processors that have SSSE3, and so SSE2.
        unsafe { first_bytes_by_sse2(bytes, length, case) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn first_bytes_by_sse2(bytes: &[u8; 16], length: usize, case: u8) -> (u64, u64) {
        let from = 16 - length.min(16);
        let keep = KEEP[from..].first_chunk().expect("there are sixteen more");
        let word = set_in_capitals(_mm_and_si128(load(bytes), load(keep)), case);
        let half = |half| _mm_cvtsi128_si64(half).cast_unsigned();
        (half(word), half(_mm_unpackhi_epi64(word, word)))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn set_in_capitals(bytes: __m128i, bit: u8) -> __m128i {
        // Comparisons are signed: capitals are moved to the lowest numbers.
        let moved = _mm_add_epi8(bytes, _mm_set1_epi8((0x80 - b'A').cast_signed()));
        let is_capital = _mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 26));
        _mm_or_si128(bytes, _mm_and_si128(is_capital, _mm_set1_epi8(bit.cast_signed())))
    }

    #[inline]
    #[allow(unsafe_code)]
    pub(super) fn with_case(bytes: &[u8; 16], case: u8) -> [u8; 16] {
        let mut changed = [0; 16];
        // SAFETY: this module is compiled only for processors that have SSSE3, and so SSE2; there are sixteen bytes to be
        // written, and this store asks for no alignment.
        unsafe { _mm_storeu_si128(changed.as_mut_ptr().cast(), set_in_capitals(load(bytes), case)) };
        changed
    }
}

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_feature = "ssse3")))]
mod imp {
    use super::KEEP;

    #[inline]
    pub(super) fn first_bytes(bytes: &[u8; 16], length: usize, case: u8) -> (u64, u64) {
        let from = 16 - length.min(16);
        let keep = KEEP[from..].first_chunk().expect("there are sixteen more");
        let word = u128::from_le_bytes(*bytes) & u128::from_le_bytes(*keep);
        (set_in_capitals(word as u64, case), set_in_capitals((word >> 64) as u64, case))
    }

    #[inline]
    pub(super) fn with_case(bytes: &[u8; 16], case: u8) -> [u8; 16] {
        bytes.map(|byte| if byte.is_ascii_uppercase() { byte | case } else { byte })
    }

    /// Sets a bit in those of eight bytes that are ASCII capitals.
    #[inline]
    fn set_in_capitals(bytes: u64, bit: u8) -> u64 {
        const EACH: u64 = 0x0101_0101_0101_0101;
        let seven_bits = bytes & (0x7f * EACH);
        let from_a = seven_bits + (0x80 - u64::from(b'A')) * EACH;
        let beyond_z = seven_bits + (0x80 - u64::from(b'Z') - 1) * EACH;
        bytes | (from_a & !beyond_z & !bytes & (0x80 * EACH)) >> 2 & (u64::from(bit) * EACH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_keeps_the_first_bytes_and_lower_cases_ascii_only() {
        let bytes = *b"AZaz@[`{\xc3\x9c\xff\x000Z_!";
        for length in 0..=ShortWord::LONGEST {
            let mut expected = [0; 32];
            expected[..length].copy_from_slice(&bytes[..length]);
            assert_eq!(ShortWord::read(&bytes, length, Case::Kept).bytes(), expected);
            let lowered = ShortWord::read(&bytes, length, Case::Lowered);
            assert_eq!(lowered.bytes(), expected.map(|byte| byte.to_ascii_lowercase()));
            assert_eq!(lowered.length(), length);
        }
        assert_eq!(with_case(&bytes, Case::Lowered), bytes.map(|byte| byte.to_ascii_lowercase()));
        assert_eq!(with_case(&bytes, Case::Kept), bytes);
    }

    #[test]
    fn words_that_end_in_zeros_differ_by_their_lengths() {
        assert_ne!(ShortWord::read(&[0; 16], 1, Case::Kept), ShortWord::read(&[0; 16], 2, Case::Kept));
    }
}
