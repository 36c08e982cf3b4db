//! The Unicode data that the tokenizer needs, unpacked from the compact tables in `tables.rs`.

use alloc::vec::Vec;

mod tables;

pub use tables::UNICODE_VERSION;

/// The number of code points.
pub(crate) const CODE_POINTS: u32 = 0x11_0000;

/// The properties of a code point, one byte in `tables.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Properties(u8);

/// The general categories that the tokenizer distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All other categories: letters, digits, symbols, line and paragraph separators.
    Other,
    /// Zs, space separators.
    Space,
    /// C*, control and other characters, including unassigned code points.
    Control,
    /// P*, punctuation, and the ASCII symbols.
    Punctuation,
    /// Mn, nonspacing marks.
    Mark,
    /// Mc and Me, spacing and enclosing marks.
    OtherMark,
}

impl Properties {
    pub(crate) fn kind(self) -> Kind {
        match self.0 & 7 {
            1 => Kind::Space,
            2 => Kind::Control,
            3 => Kind::Punctuation,
            4 => Kind::Mark,
            5 => Kind::OtherMark,
            _ => Kind::Other,
        }
    }

    /// Returns whether the code point, assigned or not, is in a block that BERT treats as Chinese characters.
    pub(crate) fn is_ideograph(self) -> bool {
        self.0 & 8 != 0
    }

    pub(crate) fn is_cased(self) -> bool {
        self.0 & 16 != 0
    }

    pub(crate) fn is_case_ignorable(self) -> bool {
        self.0 & 32 != 0
    }

    /// Returns whether the code point's decomposition starts with a character whose canonical combining class is not 0.
    pub(crate) fn is_combining(self) -> bool {
        self.0 & 64 != 0
    }

    /// Returns whether the regular expression `\w` matches the code point.
    pub(crate) fn is_word(self) -> bool {
        self.0 & 128 != 0
    }
}

/// A sorted map from code points to one or more code points.
#[derive(Debug)]
pub(crate) struct Mapping {
    keys: Vec<u32>,
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Mapping {
    fn unpack(packed: &'static [u8]) -> Self {
        let mut reader = Reader { packed };
        let mut mapping = Self { keys: Vec::new(), ends: Vec::new(), values: Vec::new() };
        let (mut key, mut value) = (0, 0);
        while !reader.packed.is_empty() {
            key += reader.number();
            mapping.keys.push(key);
            for _ in 0..reader.number() {
                let step = reader.number();
                value = if step & 1 == 0 { value + step / 2 } else { value - step.div_ceil(2) };
                mapping.values.push(value);
            }
            mapping.ends.push(mapping.values.len() as u32);
        }
        mapping
    }

    pub(crate) fn get(&self, point: u32) -> Option<&[u32]> {
        let index = self.keys.binary_search(&point).ok()?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.values[start as usize..self.ends[index] as usize])
    }

    /// Returns all keys, in order.
    pub(crate) fn keys(&self) -> &[u32] {
        &self.keys
    }
}

/// Returns the map from characters to their lower case, as in Python's `str.lower()`. The map contains only characters
/// whose lower case is a different single character.
pub(crate) fn lower_case() -> Mapping {
    Mapping::unpack(tables::LOWER_CASE)
}

/// Returns the map from characters to their NFD without nonspacing marks. The map contains only characters for which
/// this differs and is not empty, and no Hangul syllables, which [`jamo`] decomposes.
pub(crate) fn stripped_decompositions() -> Mapping {
    Mapping::unpack(tables::DECOMPOSITIONS)
}

/// Returns the map from characters to their canonical combining classes, without nonspacing marks and class 0.
pub(crate) fn combining_classes() -> Mapping {
    Mapping::unpack(tables::COMBINING_CLASSES)
}

/// Returns all code points as runs of equal properties: (start, end, properties).
pub(crate) fn property_runs() -> impl Iterator<Item = (u32, u32, Properties)> {
    let mut reader = Reader { packed: tables::PROPERTIES };
    let mut end = 0;
    core::iter::from_fn(move || {
        if reader.packed.is_empty() {
            return None;
        }
        let start = end;
        end += reader.number();
        Some((start, end, Properties(reader.byte())))
    })
}

/// The first Hangul syllable and one past the last.
pub(crate) const HANGUL: core::ops::Range<u32> = 0xac00..0xac00 + 11172;

/// Returns the conjoining jamo of a Hangul syllable (Unicode section 3.12); the third is 0 if there are only two.
pub(crate) fn jamo(syllable: u32) -> [u32; 3] {
    let index = syllable - HANGUL.start;
    let trailing = index % 28;
    [0x1100 + index / 588, 0x1161 + index % 588 / 28, if trailing == 0 { 0 } else { 0x11a7 + trailing }]
}

/// Returns whether the code point is whitespace (the property `White_Space`).
pub(crate) fn is_white_space(point: u32) -> bool {
    is_python_space(point) && !(0x1c..=0x1f).contains(&point)
}

/// Returns whether Python's `str.isspace()` is true for the code point.
pub(crate) fn is_python_space(point: u32) -> bool {
    matches!(point, 0x09..=0x0d | 0x1c..=0x20 | 0x85 | 0xa0 | 0x1680 | 0x2000..=0x200a)
        || matches!(point, 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000)
}

struct Reader {
    packed: &'static [u8],
}

impl Reader {
    fn byte(&mut self) -> u8 {
        let (&first, rest) = self.packed.split_first().expect("the generated table is complete");
        self.packed = rest;
        first
    }

    /// Reads a number in groups of seven bits, least significant first.
    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u32::from(byte & 127) << shift;
            if byte < 128 {
                return number;
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(point: u32) -> Properties {
        property_runs().find(|run| point < run.1).unwrap().2
    }

    #[test]
    fn the_runs_cover_every_code_point() {
        assert_eq!(property_runs().map(|(start, end, _)| end - start).sum::<u32>(), CODE_POINTS);
    }

    #[test]
    fn kind_agrees_with_the_unicode_character_database() {
        for (point, kind) in [
            ('a', Kind::Other),
            ('$', Kind::Punctuation),
            ('。', Kind::Punctuation),
            ('\u{a0}', Kind::Space),
            ('\u{ad}', Kind::Control),
            ('\u{301}', Kind::Mark),
            ('\u{903}', Kind::OtherMark),
            ('\u{20dd}', Kind::OtherMark),
            ('\u{2028}', Kind::Other),
            ('\u{378}', Kind::Control),
            ('€', Kind::Other),
            ('\u{e000}', Kind::Control),
        ] {
            assert_eq!(properties(point as u32).kind(), kind, "{point:?}");
        }
        assert!(properties('ʰ' as u32).is_cased() && properties('ʰ' as u32).is_case_ignorable());
        for (character, is_word) in
            [('a', true), ('_', true), ('\u{301}', true), ('Ⓐ', true), ('²', false), ('€', false)]
        {
            assert_eq!(properties(character as u32).is_word(), is_word, "{character:?}");
        }
        assert!(properties('中' as u32).is_ideograph() && !properties('あ' as u32).is_ideograph());
    }

    #[test]
    fn lower_case_agrees_with_the_standard_library() {
        let lower = lower_case();
        for c in (0..CODE_POINTS).filter_map(char::from_u32).filter(|&c| c != 'İ') {
            let expected: Vec<u32> = c.to_lowercase().map(u32::from).collect();
            if expected != [c as u32] {
                assert_eq!(lower.get(c as u32), Some(&expected[..]), "{c:?}");
            }
        }
    }

    #[test]
    fn stripped_decompositions_contain_no_nonspacing_marks() {
        let stripped = stripped_decompositions();
        assert_eq!(stripped.get('é' as u32), Some(&['e' as u32][..]));
        assert_eq!(stripped.get('≠' as u32), Some(&['=' as u32][..]));
        assert_eq!(stripped.get('\u{1d160}' as u32), Some(&[0x1d158, 0x1d165, 0x1d16e][..]));
        assert_eq!(stripped.get('\u{344}' as u32), None);
        assert_eq!(jamo('한' as u32), ['ᄒ' as u32, 'ᅡ' as u32, 'ᆫ' as u32]);
        assert_eq!(jamo('가' as u32), ['ᄀ' as u32, 'ᅡ' as u32, 0]);
    }
}
