//! Classifies ASCII text, 64 bytes at a time, into bit masks.

/// The number of bytes that are classified together.
pub(crate) const BLOCK: usize = 64;

/// The kinds of ASCII characters on the fast path. The slow path handles all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsciiKind {
    /// Part of a word.
    Word,
    /// A separate word of one character.
    Single,
    /// A separator of words.
    Space,
}

/// Masks of the characters of each kind in a block, one bit per byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KindMasks {
    pub(crate) words: u64,
    pub(crate) singles: u64,
    pub(crate) spaces: u64,
    /// Positions at which special tokens may start.
    pub(crate) special: u64,
    /// Bytes that are not ASCII.
    pub(crate) foreign: u64,
}

/// Sets of ASCII characters.
///
/// A set is sixteen bytes, one for each value of a character's lower four bits. In that byte, the bit numbered by the
/// upper four bits (0 to 7) is set if the character is in the set. This represents any set of ASCII characters, and
/// looks up sixteen characters at once (similar to Muła & Lemire 2018, "Faster Base64 encoding and decoding using AVX2
/// instructions").
#[derive(Clone, Debug, Default)]
pub(crate) struct AsciiSets {
    words: [u8; 16],
    singles: [u8; 16],
    spaces: [u8; 16],
    /// The first characters of special tokens.
    heads: [u8; 16],
    /// Characters that are not second in any special token.
    not_second: [u8; 16],
}

impl AsciiSets {
    /// Creates the sets. NUL is in no set, since it is part of the text only if the text is not cleaned.
    pub(crate) fn new(kind_of: impl Fn(u8) -> Option<AsciiKind>) -> Self {
        let mut sets = Self::default();
        for byte in 1..128 {
            let set = match kind_of(byte) {
                Some(AsciiKind::Word) => &mut sets.words,
                Some(AsciiKind::Single) => &mut sets.singles,
                Some(AsciiKind::Space) => &mut sets.spaces,
                None => continue,
            };
            set[usize::from(byte & 15)] |= bit(byte);
        }
        sets
    }

    /// Adds the special tokens, so that [`Self::classify`] reports the positions at which they may start.
    pub(crate) fn set_special_tokens<'a>(&mut self, special_tokens: impl Iterator<Item = &'a [u8]>) {
        // A character in none of the sets may be dropped and followed by the rest of a special token.
        self.not_second = core::array::from_fn(|i| self.words[i] | self.singles[i] | self.spaces[i]);
        for token in special_tokens {
            if token[0].is_ascii() {
                self.heads[usize::from(token[0] & 15)] |= bit(token[0]);
            }
            match token.get(1) {
                Some(&second) => self.not_second[usize::from(second & 15)] &= !bit(second),
                None => self.not_second = [0; 16],
            }
        }
    }

    /// Changes the line feed from a space to a separate word.
    pub(crate) fn treat_line_feeds_as_words(&mut self) {
        let position = usize::from(b'\n' & 15);
        self.spaces[position] &= !bit(b'\n');
        self.singles[position] |= bit(b'\n');
    }

    /// Returns whether the byte is an ASCII character that is part of a word.
    #[inline]
    pub(crate) fn is_word(&self, byte: u8) -> bool {
        u32::from(self.words[usize::from(byte & 15)]) >> (byte >> 4) & 1 != 0
    }

    /// Returns the masks of the characters of each set in the block.
    #[inline]
    pub(crate) fn classify(&self, block: &[u8; BLOCK]) -> KindMasks {
        let ([words, singles, spaces, heads, not_second], foreign) =
            imp::classify([&self.words, &self.singles, &self.spaces, &self.heads, &self.not_second], block);
        // The byte after the block is unknown, so the last byte may start a special token.
        KindMasks { words, singles, spaces, special: heads & !(not_second >> 1), foreign }
    }
}

/// Returns a mask of the first bytes of characters of at least three bytes.
#[inline]
pub(crate) fn three_byte_leads(block: &[u8; BLOCK]) -> u64 {
    imp::at_least(0xe0, block)
}

/// Returns the bit for the upper half of an ASCII character, or 0 for other bytes.
fn bit(byte: u8) -> u8 {
    1_u8.checked_shl(u32::from(byte >> 4)).unwrap_or(0)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{
        i8x16_bitmask, i8x16_eq, i8x16_swizzle, u8x16, u8x16_ge, u8x16_shr, u8x16_splat, v128, v128_and, v128_load,
    };

    use super::BLOCK;

    #[inline]
    #[allow(unsafe_code)]
    fn load(bytes: &[u8; 16]) -> v128 {
        // SAFETY: the reference points to sixteen readable bytes, and `v128.load` requires no alignment.
        unsafe { v128_load(bytes.as_ptr().cast()) }
    }

    #[inline]
    pub(super) fn classify<const N: usize>(sets: [&[u8; 16]; N], block: &[u8; BLOCK]) -> ([u64; N], u64) {
        let bits = u8x16(1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0);
        let sets = sets.map(load);
        let (mut outside, mut foreign) = ([0_u64; N], 0);
        for (i, bytes) in block.as_chunks().0.iter().enumerate() {
            let bytes = load(bytes);
            foreign |= u64::from(i8x16_bitmask(bytes)) << (16 * i);
            let lower = v128_and(bytes, u8x16_splat(15));
            let upper = i8x16_swizzle(bits, u8x16_shr(bytes, 4));
            for (outside, set) in outside.iter_mut().zip(sets) {
                let matched = v128_and(i8x16_swizzle(set, lower), upper);
                *outside |= u64::from(i8x16_bitmask(i8x16_eq(matched, u8x16_splat(0)))) << (16 * i);
            }
        }
        (outside.map(|outside| !outside), foreign)
    }

    /// Returns a mask of the bytes that are at least `least`.
    #[inline]
    pub(super) fn at_least(least: u8, block: &[u8; BLOCK]) -> u64 {
        let blocks = block.as_chunks().0.iter().enumerate();
        blocks.fold(0, |mask, (i, bytes)| {
            mask | u64::from(i8x16_bitmask(u8x16_ge(load(bytes), u8x16_splat(least)))) << (16 * i)
        })
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    use super::BLOCK;

    #[inline]
    #[allow(unsafe_code)]
    pub(super) fn classify<const N: usize>(sets: [&[u8; 16]; N], block: &[u8; BLOCK]) -> ([u64; N], u64) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("ssse3") {
            // SAFETY: the CPU has SSSE3.
            return unsafe { classify_ssse3(sets, block) };
        }
        classify_scalar(sets, block)
    }

    pub(super) fn classify_scalar<const N: usize>(sets: [&[u8; 16]; N], block: &[u8; BLOCK]) -> ([u64; N], u64) {
        let (mut matched, mut foreign) = ([0; N], 0);
        for (position, &byte) in block.iter().enumerate() {
            foreign |= u64::from(byte >> 7) << position;
            let (lower, upper) = (usize::from(byte & 15), byte >> 4);
            for (matched, set) in matched.iter_mut().zip(sets) {
                *matched |= u64::from(u32::from(set[lower]) >> upper & 1) << position;
            }
        }
        (matched, foreign)
    }

    /// Returns a mask of the bytes that are at least `least`.
    #[inline]
    pub(super) fn at_least(least: u8, block: &[u8; BLOCK]) -> u64 {
        block.iter().rev().fold(0, |mask, &byte| mask << 1 | u64::from(byte >= least))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "ssse3")]
    fn classify_ssse3<const N: usize>(sets: [&[u8; 16]; N], block: &[u8; BLOCK]) -> ([u64; N], u64) {
        use core::arch::x86_64::{
            __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm_setr_epi8,
            _mm_setzero_si128, _mm_shuffle_epi8, _mm_srli_epi16,
        };
        #[allow(unsafe_code)]
        let load = |bytes: &[u8; 16]| -> __m128i {
            // SAFETY: the reference points to sixteen readable bytes, and this load requires no alignment.
            unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
        };
        let bits = _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
        let low_half = _mm_set1_epi8(15);
        let sets = sets.map(load);
        let (mut outside, mut foreign) = ([0_u64; N], 0);
        for (i, bytes) in block.as_chunks().0.iter().enumerate() {
            let bytes = load(bytes);
            foreign |= u64::from(_mm_movemask_epi8(bytes).cast_unsigned() as u16) << (16 * i);
            let lower = _mm_and_si128(bytes, low_half);
            let upper = _mm_shuffle_epi8(bits, _mm_and_si128(_mm_srli_epi16(bytes, 4), low_half));
            for (outside, set) in outside.iter_mut().zip(sets) {
                let matched = _mm_and_si128(_mm_shuffle_epi8(set, lower), upper);
                let absent = _mm_movemask_epi8(_mm_cmpeq_epi8(matched, _mm_setzero_si128()));
                *outside |= u64::from(absent.cast_unsigned() as u16) << (16 * i);
            }
        }
        (outside.map(|outside| !outside), foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classify_finds_each_byte_in_its_set_only() {
        let kind_of = |byte: u8| match byte {
            b'a'..=b'z' | 0..=1 => Some(AsciiKind::Word),
            b'!' | b'[' | 0x7f => Some(AsciiKind::Single),
            b' ' | b'\t' => Some(AsciiKind::Space),
            _ => None,
        };
        let sets = AsciiSets::new(kind_of);
        let kind_of = |byte| kind_of(byte).filter(|_| (1..0x80).contains(&byte));
        for start in (0..=u8::MAX).step_by(BLOCK) {
            let block: [u8; BLOCK] = core::array::from_fn(|i| start + i as u8);
            let masks = sets.classify(&block);
            #[cfg(not(target_arch = "wasm32"))]
            assert_eq!(imp::classify_scalar([&sets.words], &block), ([masks.words], masks.foreign));
            for (i, byte) in block.into_iter().enumerate() {
                let is_in = |masks: u64| masks >> i & 1 != 0;
                assert_eq!(is_in(masks.words), kind_of(byte) == Some(AsciiKind::Word), "{byte}");
                assert_eq!(is_in(masks.singles), kind_of(byte) == Some(AsciiKind::Single), "{byte}");
                assert_eq!(is_in(masks.spaces), kind_of(byte) == Some(AsciiKind::Space), "{byte}");
                assert_eq!(is_in(masks.foreign), !byte.is_ascii(), "{byte}");
                assert_eq!(sets.is_word(byte), is_in(masks.words));
            }
        }
    }

    #[test]
    fn classify_reports_special_tokens_by_their_first_two_bytes() {
        let mut sets = AsciiSets::new(|byte| (byte != 1).then_some(AsciiKind::Single));
        sets.set_special_tokens([&b"[SEP]"[..], b"<s>", "中".as_bytes()].into_iter());
        let mut block = [b'.'; BLOCK];
        block[..24].copy_from_slice("[S[s<S<s S[\u{1}E[中[[S[P   ".as_bytes().first_chunk::<24>().unwrap());
        block[BLOCK - 1] = b'[';
        let special = sets.classify(&block).special;
        let position_of = |text: &str| block.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
        let expected = [
            position_of("[S"),
            position_of("<S"),
            position_of("<s"),
            position_of("[s"),
            position_of("[\u{1}"),
            position_of("[中"),
            BLOCK - 1,
        ];
        for position in 0..BLOCK {
            assert_eq!(
                special >> position & 1 != 0,
                expected.contains(&position) || position == position_of("[[S") + 1,
                "{position}"
            );
        }
    }
}
