//! A table of each code point's class and id, for a tokenizer's options and vocabulary. A lookup takes two reads.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::select_unpredictable;

use crate::ascii::{AsciiKind, AsciiSets};
use crate::character_class::CLASSES;
pub(crate) use crate::character_class::Class;
use crate::options::Options;
use crate::three_byte_ids::{ThreeByteIds, three_byte_ids};
use crate::token_table::{Root, TokenTable};
use crate::unicode::{self, CODE_POINTS, HANGUL, Kind, Mapping, Properties, is_white_space};

const CASED: u32 = 1 << 4;
const CASE_IGNORABLE: u32 = 1 << 5;
const COMBINING: u32 = 1 << 6;
const WORD: u32 = 1 << 7;
const PAYLOAD: u32 = 8;

/// A class, properties of the character, and a payload: an id, or a position in the pool of replacements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry(u32);

impl Entry {
    fn new(class: Class, properties: Properties, payload: u32) -> Self {
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        Self(
            class as u32
                | flag(properties.is_cased(), CASED)
                | flag(properties.is_case_ignorable(), CASE_IGNORABLE)
                | flag(properties.is_combining(), COMBINING)
                | flag(properties.is_word(), WORD)
                | payload << PAYLOAD,
        )
    }

    #[inline]
    pub(crate) fn class(self) -> Class {
        CLASSES[self.0 as usize & 15]
    }

    /// Returns the id of a character that is a separate word: punctuation or an ideograph.
    pub(crate) fn three_byte_id(self) -> Option<u32> {
        matches!(self.class(), Class::Punctuation | Class::Ideograph).then(|| self.id())
    }

    /// Returns the id of punctuation or an ideograph.
    #[inline]
    pub(crate) fn id(self) -> u32 {
        self.0 >> PAYLOAD
    }

    pub(crate) fn is_cased(self) -> bool {
        self.0 & CASED != 0
    }

    pub(crate) fn is_case_ignorable(self) -> bool {
        self.0 & CASE_IGNORABLE != 0
    }

    pub(crate) fn is_combining(self) -> bool {
        self.0 & COMBINING != 0
    }

    /// Returns whether the regular expression `\w` matches the character.
    pub(crate) fn is_word(self) -> bool {
        self.0 & WORD != 0
    }
}

pub(crate) const PAGE_BITS: u32 = 7;
pub(crate) const PAGE: u32 = 1 << PAGE_BITS;
const CAPITAL_SIGMA: u32 = 0x3a3;
const CAPITAL_I_WITH_DOT: u32 = 0x130;

/// The entries of all code points.
#[derive(Debug)]
pub(crate) struct CharacterTable {
    /// For each page of 128 code points, the number of the page of its entries. Equal pages share their entries.
    pages: Vec<u16>,
    entries: Vec<Entry>,
    /// Replacements as UTF-8. The payloads of [`Class::Mapped`] and [`Class::Reordered`] are positions in this string.
    pool: String,
    combining_classes: Mapping,
    ascii: AsciiSets,
    three_byte_ids: Box<ThreeByteIds>,
}

impl CharacterTable {
    /// Creates the table for a vocabulary. `characters` are the vocabulary's tokens of one character, at least of those
    /// that are ideographs, and their ids, in order. Most ideographs are not among them and need no lookup.
    pub(crate) fn new(options: Options, tokens: &TokenTable, characters: &[(char, u32)], unknown: u32) -> Self {
        Builder::new(options, tokens, characters, unknown).build()
    }

    /// Returns the size of the table in bytes.
    pub(crate) fn memory(&self) -> usize {
        let entries = self.pages.capacity() * size_of::<u16>() + self.entries.capacity() * size_of::<Entry>();
        entries + self.pool.capacity() + size_of_val(&*self.three_byte_ids)
    }

    /// Adds special tokens for the fast path to look for in ASCII text.
    pub(crate) fn set_special_tokens<'b>(&mut self, special_tokens: impl Iterator<Item = &'b [u8]>) {
        self.ascii.set_special_tokens(special_tokens);
    }

    /// Returns the sets of ASCII characters that the fast path handles.
    #[inline]
    pub(crate) fn ascii(&self) -> &AsciiSets {
        &self.ascii
    }

    #[inline]
    pub(crate) fn entry(&self, point: u32) -> Entry {
        let page = u32::from(self.pages[(point >> PAGE_BITS) as usize]);
        self.entries[(page << PAGE_BITS | point & (PAGE - 1)) as usize]
    }

    /// Returns the id of the character at the start of these bytes, if it has three bytes and is a separate word.
    ///
    /// Excludes U+0800 to U+0FFF, which also excludes overlong encodings.
    #[inline]
    pub(crate) fn three_byte_id(&self, bytes: [u8; 4]) -> Option<u32> {
        let bytes = u32::from_le_bytes(bytes);
        let has_three = bytes & 0x00c0_c0f0 == 0x0080_80e0;
        let point = (bytes & 0x0f) << 12 | bytes >> 2 & 0xfc0 | bytes >> 16 & 0x3f;
        // Leaves one branch for the CPU to predict instead of two.
        select_unpredictable(has_three, u32::from(self.three_byte_ids[point as usize]), 0).checked_sub(1)
    }

    /// Returns the replacement of a mapped or reordered character in UTF-8, and its number of characters.
    #[inline]
    pub(crate) fn replacement(&self, entry: Entry) -> (&str, u32) {
        let payload = entry.0 >> PAYLOAD;
        let (start, length) = ((payload >> 8) as usize, (payload >> 3 & 31) as usize);
        (&self.pool[start..start + length], payload & 7)
    }

    /// Returns the canonical combining class of a character that is not a nonspacing mark.
    pub(crate) fn combining_class(&self, point: u32) -> u32 {
        self.combining_classes.get(point).map_or(0, |class| class[0])
    }
}

struct Builder<'a> {
    options: Options,
    tokens: &'a TokenTable,
    /// The tokens of one character that have not been processed yet.
    characters: &'a [(char, u32)],
    unknown: u32,
    lower: Mapping,
    decompositions: Mapping,
    combining_classes: Mapping,
    /// The index of the next code point in `lower` and `decompositions`.
    next_mapped: [usize; 2],
    pool: String,
    runs: Vec<(u32, u32, Properties)>,
}

impl<'a> Builder<'a> {
    #[inline(never)]
    fn new(options: Options, tokens: &'a TokenTable, characters: &'a [(char, u32)], unknown: u32) -> Self {
        Self {
            options,
            tokens,
            characters,
            unknown,
            lower: unicode::lower_case(),
            decompositions: unicode::stripped_decompositions(),
            combining_classes: unicode::combining_classes(),
            next_mapped: [0, 0],
            pool: String::new(),
            runs: unicode::property_runs().collect(),
        }
    }

    #[inline(never)]
    fn build(mut self) -> CharacterTable {
        let mut run = 0;
        let mut pages = Vec::with_capacity((CODE_POINTS / PAGE) as usize);
        let mut entries: Vec<Entry> = Vec::new();
        // Most pages consist of equal entries. Such pages are shared.
        let mut uniform: Vec<(Entry, u16)> = Vec::new();
        for start in (0..CODE_POINTS).step_by(PAGE as usize) {
            let mut point = start;
            while point < start + PAGE {
                while self.runs[run].1 <= point {
                    run += 1;
                }
                let (_, run_end, properties) = self.runs[run];
                let end = self.end_of_equal_run(point, run_end.min(start + PAGE), properties);
                let entry = self.entry(point, properties);
                if end - point == PAGE {
                    let known = uniform.iter().find(|(known, _)| *known == entry).map(|&(_, page)| page);
                    let page = known.unwrap_or((entries.len() >> PAGE_BITS) as u16);
                    pages.push(page);
                    if known.is_none() {
                        uniform.push((entry, page));
                        entries.extend([entry; PAGE as usize]);
                    }
                } else {
                    if point == start {
                        pages.push((entries.len() >> PAGE_BITS) as u16);
                    }
                    entries.extend((point..end).map(|_| entry));
                }
                point = end;
            }
        }
        let options = self.options;
        let entry = |byte| entries[usize::from(pages[0]) << PAGE_BITS | usize::from(byte)];
        let ascii = AsciiSets::new(|byte: u8| match entry(byte).class() {
            Class::Word | Class::Mapped if !options.split_symbols || entry(byte).is_word() => Some(AsciiKind::Word),
            Class::Punctuation => Some(AsciiKind::Single),
            Class::Space => Some(AsciiKind::Space),
            _ => None,
        });
        let three_byte_ids = three_byte_ids(&pages, &entries);
        CharacterTable {
            pages,
            entries,
            pool: self.pool,
            combining_classes: self.combining_classes,
            ascii,
            three_byte_ids,
        }
    }

    /// Returns the end, at most `limit`, of the code points with these properties that have the same entry as `point`.
    fn end_of_equal_run(&mut self, point: u32, limit: u32, properties: Properties) -> u32 {
        let next_point = point + 1;
        // Entries differ at the first code points, in the block Specials, by punctuation id, and by combining class.
        let is_unique = properties.kind() == Kind::Punctuation || properties.is_combining();
        if is_unique || point < 0x100 || (0xfff0..0x1_0000).contains(&point) {
            return next_point;
        }
        let next_token = if properties.is_ideograph() { self.next_character_at(point) } else { None };
        let next = [self.next_mapped_at(point), next_token].into_iter().flatten().min();
        next.map_or(limit, |next| next.clamp(next_point, limit))
    }

    /// Returns the first code point, starting at `point`, that is a token. `point` must not decrease between calls.
    fn next_character_at(&mut self, point: u32) -> Option<u32> {
        let before = self.characters.iter().take_while(|&&(character, _)| (character as u32) < point).count();
        self.characters = &self.characters[before..];
        self.characters.first().map(|&(character, _)| character as u32)
    }

    /// Returns the first code point, starting at `point`, with a replacement. `point` must not decrease between calls.
    fn next_mapped_at(&mut self, point: u32) -> Option<u32> {
        let mappings = [&self.lower, &self.decompositions];
        let next = mappings.into_iter().zip(&mut self.next_mapped).filter_map(|(mapping, at)| {
            let keys = mapping.keys();
            while keys.get(*at).is_some_and(|&key| key < point) {
                *at += 1;
            }
            keys.get(*at).copied()
        });
        next.min()
    }

    #[inline(never)]
    fn entry(&mut self, point: u32, properties: Properties) -> Entry {
        let class = |class| Entry::new(class, properties, 0);
        if self.options.clean_text {
            match point {
                0x09 | 0x0a | 0x0d => return class(Class::Space),
                0 | 0xfffd => return class(Class::Dropped),
                _ if properties.kind() == Kind::Control => return class(Class::Dropped),
                _ => {}
            }
        }
        if is_white_space(point) {
            return class(Class::Space);
        }
        let Options { lowercase, strip_accents, isolate_ideographs, .. } = self.options;
        if isolate_ideographs && properties.is_ideograph() {
            return Entry::new(Class::Ideograph, properties, self.ideograph_id(point, strip_accents));
        }
        if lowercase && point == CAPITAL_SIGMA {
            return class(Class::Sigma);
        }
        if strip_accents && HANGUL.contains(&point) {
            return class(Class::Hangul);
        }
        if strip_accents && self.is_stripped(properties.kind()) {
            return class(Class::Mark);
        }
        self.word_entry(point, properties)
    }

    /// Returns the entry of a character that is part of a word, or punctuation.
    #[inline(never)]
    fn word_entry(&mut self, point: u32, properties: Properties) -> Entry {
        let Options { lowercase, strip_accents, .. } = self.options;
        let splits = self.options.isolate_punctuation;
        if self.next_mapped_at(point) != Some(point) && point != CAPITAL_I_WITH_DOT && !properties.is_combining() {
            return match properties.kind() {
                Kind::Punctuation if splits => Entry::new(Class::Punctuation, properties, self.single_id(point)),
                _ => Entry::new(Class::Word, properties, 0),
            };
        }
        let lowered: &[u32] = match self.lower.get(point) {
            Some(lowered) if lowercase => lowered,
            _ if lowercase && point == CAPITAL_I_WITH_DOT => &[0x69, 0x307],
            _ => &[point],
        };
        let normal: Vec<u32> = if strip_accents {
            let parts = lowered.iter().filter(|&&part| part != 0x307);
            parts
                .flat_map(|part| self.decompositions.get(*part).unwrap_or(core::slice::from_ref(part)))
                .copied()
                .filter(|part| !self.is_stripped(self.kind(*part)))
                .collect()
        } else {
            lowered.to_vec()
        };
        if let [only] = normal[..]
            && splits
            && self.kind(only) == Kind::Punctuation
        {
            return Entry::new(Class::Punctuation, properties, self.single_id(only));
        }
        if strip_accents && normal.iter().any(|&part| self.combining_classes.get(part).is_some()) {
            return self.replaced(Class::Reordered, properties, &normal);
        }
        if normal == [point] {
            return Entry::new(Class::Word, properties, 0);
        }
        self.replaced(Class::Mapped, properties, &normal)
    }

    fn replaced(&mut self, class: Class, properties: Properties, normal: &[u32]) -> Entry {
        let start = self.pool.len() as u32;
        self.pool.extend(normal.iter().map(|&point| char::from_u32(point).expect("the tables map to characters")));
        let length = self.pool.len() as u32 - start;
        Entry::new(class, properties, start << 8 | length << 3 | normal.len() as u32)
    }

    /// Returns whether stripping accents removes characters of this kind.
    fn is_stripped(&self, kind: Kind) -> bool {
        kind == Kind::Mark || kind == Kind::OtherMark && self.options.strip_all_marks
    }

    fn kind(&self, point: u32) -> Kind {
        self.runs[self.runs.partition_point(|&(_, end, _)| end <= point)].2.kind()
    }

    fn ideograph_id(&mut self, point: u32, strip_accents: bool) -> u32 {
        if strip_accents && self.next_mapped_at(point) == Some(point) {
            return self.single_id(self.decompositions.get(point).map_or(point, |to| to[0]));
        }
        if self.next_character_at(point) != Some(point) {
            return self.unknown;
        }
        let same = self.characters.iter().take_while(|&&(character, _)| character as u32 == point);
        same.last().map_or(self.unknown, |&(_, id)| id)
    }

    /// Returns the id of a word of one character.
    fn single_id(&self, point: u32) -> u32 {
        let known = char::from_u32(point)
            .and_then(|character| self.tokens.get(Root::Start, character.encode_utf8(&mut [0; 4]).as_bytes()));
        known.unwrap_or(self.unknown)
    }
}
