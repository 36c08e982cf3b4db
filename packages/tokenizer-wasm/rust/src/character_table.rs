//! A table of each code point's class and id, for a tokenizer's options and vocabulary. A lookup takes two reads.
//!
//! The entries of 128 code points are computed when one of them is looked up: a text contains characters of few such pages,
//! and computing all entries would take a third of the time in which a tokenizer is created.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell};
use core::hint::select_unpredictable;

use crate::ascii::{AsciiKind, AsciiSets};
use crate::character_class::CLASSES;
pub(crate) use crate::character_class::Class;
use crate::options::Options;
use crate::three_byte_ids::ThreeByteIds;
use crate::token_table::TokenTable;
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
    fn word_id(self) -> Option<u32> {
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

const PAGE_BITS: u32 = 7;
const PAGE: usize = 1 << PAGE_BITS;
const CAPITAL_SIGMA: u32 = 0x3a3;
const CAPITAL_I_WITH_DOT: u32 = 0x130;

/// The entries of 128 code points.
#[derive(Debug)]
struct Page {
    entries: [Entry; PAGE],
    /// Replacements as UTF-8. The payloads of [`Class::Mapped`] and [`Class::Reordered`] are positions in this string.
    pool: String,
}

/// The entries of all code points, and the tokens whose ids they contain.
#[derive(Debug)]
pub(crate) struct CharacterTable {
    pub(crate) tokens: TokenTable,
    pages: Vec<OnceCell<Box<Page>>>,
    /// The size in bytes of the pages that have been computed.
    pages_memory: Cell<usize>,
    /// The ids in the pages that have been computed.
    three_byte_ids: ThreeByteIds,
    ascii: AsciiSets,
    options: Options,
    unknown: u32,
    lower: Mapping,
    decompositions: Mapping,
    combining_classes: Mapping,
    /// The end of each run of code points with equal properties, and these properties.
    runs: Vec<(u32, Properties)>,
}

impl CharacterTable {
    /// Creates the table for a vocabulary.
    #[inline(never)]
    pub(crate) fn new(options: Options, tokens: TokenTable, unknown: u32) -> Self {
        let mut pages = Vec::new();
        pages.resize_with(CODE_POINTS as usize / PAGE, OnceCell::new);
        let mut table = Self {
            tokens,
            pages,
            pages_memory: Cell::new(0),
            three_byte_ids: ThreeByteIds::new(),
            ascii: AsciiSets::new(|_| None),
            options,
            unknown,
            lower: unicode::lower_case(),
            decompositions: unicode::stripped_decompositions(),
            combining_classes: unicode::combining_classes(),
            runs: unicode::property_runs().collect(),
        };
        let entry = |byte: u8| table.entry(byte.into());
        table.ascii = AsciiSets::new(|byte| match entry(byte).class() {
            Class::Word | Class::Mapped if !options.split_symbols || entry(byte).is_word() => Some(AsciiKind::Word),
            Class::Punctuation => Some(AsciiKind::Single),
            Class::Space => Some(AsciiKind::Space),
            _ => None,
        });
        table
    }

    /// Returns the size of the table in bytes, including the tokens.
    pub(crate) fn memory(&self) -> usize {
        let mappings = [&self.lower, &self.decompositions, &self.combining_classes].map(Mapping::memory);
        let pages = size_of_val(&self.pages[..]) + self.pages_memory.get() + self.three_byte_ids.memory();
        self.tokens.memory() + pages + mappings.iter().sum::<usize>() + size_of_val(&self.runs[..])
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
        self.page(point).entries[point as usize % PAGE]
    }

    #[inline]
    fn page(&self, point: u32) -> &Page {
        let page = &self.pages[(point >> PAGE_BITS) as usize];
        page.get_or_init(|| self.compute_page(point & !(PAGE as u32 - 1)))
    }

    /// Returns the id of the character at the start of these bytes, if it has three bytes, is a separate word, and its page has
    /// been computed.
    ///
    /// Excludes U+0800 to U+0FFF, which also excludes overlong encodings.
    #[inline]
    pub(crate) fn three_byte_id(&self, bytes: [u8; 4]) -> Option<u32> {
        let bytes = u32::from_le_bytes(bytes);
        let has_three = bytes & 0x00c0_c0f0 == 0x0080_80e0;
        let point = (bytes & 0x0f) << 12 | bytes >> 2 & 0xfc0 | bytes >> 16 & 0x3f;
        // Leaves one branch for the CPU to predict instead of two.
        select_unpredictable(has_three, self.three_byte_ids.id_plus_one(point), 0).checked_sub(1)
    }

    /// Returns the replacement of a mapped or reordered character in UTF-8, and its number of characters.
    #[inline]
    pub(crate) fn replacement(&self, point: u32) -> (&str, u32) {
        let payload = self.entry(point).0 >> PAYLOAD;
        let (start, length) = ((payload >> 8) as usize, (payload >> 3 & 31) as usize);
        (&self.page(point).pool[start..start + length], payload & 7)
    }

    /// Returns the canonical combining class of a character that is not a nonspacing mark.
    pub(crate) fn combining_class(&self, point: u32) -> u32 {
        self.combining_classes.get(point).map_or(0, |class| class[0])
    }

    /// Computes the entries of the code points from `start`, and records the ids of characters of three bytes.
    #[cold]
    #[inline(never)]
    fn compute_page(&self, start: u32) -> Box<Page> {
        let end = start + PAGE as u32;
        let has_mapped = [&self.lower, &self.decompositions].iter().any(|mapping| mapping.has_key_in(start..end));
        let mut builder = PageBuilder { table: self, has_mapped, pool: String::new() };
        let mut run = self.run_of(start);
        let entries = core::array::from_fn(|offset| {
            let point = start + offset as u32;
            if self.runs[run].0 <= point {
                run += 1;
            }
            let entry = builder.entry(point, self.runs[run].1);
            self.three_byte_ids.set(point, entry.word_id());
            entry
        });
        let page = Box::new(Page { entries, pool: builder.pool });
        self.pages_memory.set(self.pages_memory.get() + size_of::<Page>() + page.pool.capacity());
        page
    }

    /// Returns the index of the run that contains this code point.
    fn run_of(&self, point: u32) -> usize {
        self.runs.partition_point(|&(end, _)| end <= point)
    }

    fn kind(&self, point: u32) -> Kind {
        self.runs[self.run_of(point)].1.kind()
    }

    /// Returns whether stripping accents removes characters of this kind.
    fn is_stripped(&self, kind: Kind) -> bool {
        kind == Kind::Mark || kind == Kind::OtherMark && self.options.strip_all_marks
    }

    /// Returns the id of a word of one character.
    fn single_id(&self, point: u32) -> u32 {
        char::from_u32(point).and_then(|character| self.tokens.get_character(character)).unwrap_or(self.unknown)
    }
}

struct PageBuilder<'a> {
    table: &'a CharacterTable,
    /// Whether characters of the page may have another lower case or a decomposition.
    has_mapped: bool,
    pool: String,
}

impl PageBuilder<'_> {
    #[inline(never)]
    fn entry(&mut self, point: u32, properties: Properties) -> Entry {
        let class = |class| Entry::new(class, properties, 0);
        if self.table.options.clean_text {
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
        let Options { lowercase, strip_accents, isolate_ideographs, .. } = self.table.options;
        if isolate_ideographs && properties.is_ideograph() {
            return Entry::new(Class::Ideograph, properties, self.ideograph_id(point, strip_accents));
        }
        if lowercase && point == CAPITAL_SIGMA {
            return class(Class::Sigma);
        }
        if strip_accents && HANGUL.contains(&point) {
            return class(Class::Hangul);
        }
        if strip_accents && self.table.is_stripped(properties.kind()) {
            return class(Class::Mark);
        }
        self.word_entry(point, properties)
    }

    /// Returns the entry of a character that is part of a word, or punctuation.
    #[inline(never)]
    fn word_entry(&mut self, point: u32, properties: Properties) -> Entry {
        let table = self.table;
        let Options { lowercase, strip_accents, isolate_punctuation: splits, .. } = table.options;
        if !self.is_mapped(point) && point != CAPITAL_I_WITH_DOT && !properties.is_combining() {
            return match properties.kind() {
                Kind::Punctuation if splits => Entry::new(Class::Punctuation, properties, table.single_id(point)),
                _ => Entry::new(Class::Word, properties, 0),
            };
        }
        let lowered: &[u32] = match table.lower.get(point) {
            Some(lowered) if lowercase => lowered,
            _ if lowercase && point == CAPITAL_I_WITH_DOT => &[0x69, 0x307],
            _ => &[point],
        };
        let normal: Vec<u32> = if strip_accents {
            let parts = lowered.iter().filter(|&&part| part != 0x307);
            parts
                .flat_map(|part| table.decompositions.get(*part).unwrap_or(core::slice::from_ref(part)))
                .copied()
                .filter(|part| !table.is_stripped(table.kind(*part)))
                .collect()
        } else {
            lowered.to_vec()
        };
        if let [only] = normal[..]
            && splits
            && table.kind(only) == Kind::Punctuation
        {
            return Entry::new(Class::Punctuation, properties, table.single_id(only));
        }
        if strip_accents && normal.iter().any(|&part| table.combining_classes.get(part).is_some()) {
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

    /// Returns whether the lower case or the decomposition of a character differs from it.
    fn is_mapped(&self, point: u32) -> bool {
        let mappings = [&self.table.lower, &self.table.decompositions];
        self.has_mapped && mappings.iter().any(|mapping| mapping.get(point).is_some())
    }

    fn ideograph_id(&self, point: u32, strip_accents: bool) -> u32 {
        let decomposition = if self.has_mapped && strip_accents { self.table.decompositions.get(point) } else { None };
        self.table.single_id(decomposition.map_or(point, |to| to[0]))
    }
}
