//! What becomes of every code point, under one tokenizer's options and vocabulary, in two look-ups.

use crate::ascii::{AsciiKind, AsciiSets};
use crate::options::Options;
use crate::token_table::{Root, TokenTable};
use crate::unicode::{self, CODE_POINTS, HANGUL, Kind, Mapping, Properties, is_python_space};

/// What to do with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// Part of a word, as it is.
    Word,
    /// Part of a word, as other characters.
    Mapped,
    /// A word by itself, whose id is known.
    Punctuation,
    /// As punctuation, and the text on both sides has nothing to do with each other.
    Ideograph,
    /// Between words.
    Space,
    /// As if it were not there.
    Dropped,
    /// Dropped too, but a neighbour to reckon with.
    Mark,
    /// U+03A3, whose lower case depends on its neighbours.
    Sigma,
    /// A Hangul syllable, to be taken apart.
    Hangul,
    /// Other characters, whose order depends on their neighbours'.
    Reordered,
}

const CLASSES: [Class; 16] = {
    use Class::{Dropped, Hangul, Ideograph, Mapped, Mark, Punctuation, Reordered, Sigma, Space, Word};
    [
        Word,
        Mapped,
        Punctuation,
        Ideograph,
        Space,
        Dropped,
        Mark,
        Sigma,
        Hangul,
        Reordered,
        Word,
        Word,
        Word,
        Word,
        Word,
        Word,
    ]
};

const CASED: u32 = 1 << 4;
const CASE_IGNORABLE: u32 = 1 << 5;
const COMBINING: u32 = 1 << 6;
const PAYLOAD: u32 = 7;

/// A class, facts about the character, and a payload: an id, or a place in the pool of replacements.
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
                | payload << PAYLOAD,
        )
    }

    #[inline]
    pub(crate) fn class(self) -> Class {
        CLASSES[self.0 as usize & 15]
    }

    /// The id of a character that is a word by itself: punctuation, or an ideograph.
    #[inline]
    pub(crate) fn ready_id(self) -> Option<u32> {
        matches!(self.class(), Class::Punctuation | Class::Ideograph).then(|| self.id())
    }

    /// The id of punctuation or of an ideograph.
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
}

const PAGE_BITS: u32 = 7;
const PAGE: u32 = 1 << PAGE_BITS;
const CAPITAL_SIGMA: u32 = 0x3a3;
const CAPITAL_I_WITH_DOT: u32 = 0x130;

/// What becomes of every code point.
#[derive(Debug)]
pub(crate) struct CharacterTable {
    /// For every page of 128 code points, where its entries are; equal pages share them.
    pages: Vec<u16>,
    entries: Vec<Entry>,
    /// Replacements as UTF-8; the payload of [`Class::Mapped`] and [`Class::Reordered`] points here.
    pool: String,
    combining_classes: Mapping,
    ascii: AsciiSets,
}

impl CharacterTable {
    pub(crate) fn new(options: Options, tokens: &TokenTable, unknown: u32) -> Self {
        Builder::new(options, tokens, unknown).build()
    }

    /// Lets special tokens in ASCII text be found.
    pub(crate) fn look_out_for<'b>(&mut self, special_tokens: impl Iterator<Item = &'b [u8]>) {
        self.ascii.look_out_for(special_tokens);
    }

    /// The ASCII characters that need no care.
    #[inline]
    pub(crate) fn ascii(&self) -> &AsciiSets {
        &self.ascii
    }

    #[inline]
    pub(crate) fn entry(&self, point: u32) -> Entry {
        let page = u32::from(self.pages[(point >> PAGE_BITS) as usize]);
        self.entries[(page << PAGE_BITS | point & (PAGE - 1)) as usize]
    }

    /// What replaces a mapped or reordered character: UTF-8, and the number of characters.
    #[inline]
    pub(crate) fn replacement(&self, entry: Entry) -> (&str, u32) {
        let payload = entry.0 >> PAYLOAD;
        let (start, length) = ((payload >> 8) as usize, (payload >> 3 & 31) as usize);
        (&self.pool[start..start + length], payload & 7)
    }

    /// The canonical combining class of a character that is no nonspacing mark.
    pub(crate) fn combining_class(&self, point: u32) -> u32 {
        self.combining_classes.get(point).map_or(0, |class| class[0])
    }
}

struct Builder<'a> {
    options: Options,
    tokens: &'a TokenTable,
    unknown: u32,
    lower: Mapping,
    decompositions: Mapping,
    combining_classes: Mapping,
    pool: String,
    runs: Vec<(u32, u32, Properties)>,
}

impl<'a> Builder<'a> {
    fn new(options: Options, tokens: &'a TokenTable, unknown: u32) -> Self {
        Self {
            options,
            tokens,
            unknown,
            lower: unicode::lower_case(),
            decompositions: unicode::stripped_decompositions(),
            combining_classes: unicode::combining_classes(),
            pool: String::new(),
            runs: unicode::property_runs().collect(),
        }
    }

    fn build(mut self) -> CharacterTable {
        let mut run = 0;
        let mut pages = Vec::with_capacity((CODE_POINTS / PAGE) as usize);
        let mut entries: Vec<Entry> = Vec::new();
        let mut uniform: Vec<(Entry, u16)> = Vec::new();
        let mut page = [Entry(0); PAGE as usize];
        for start in (0..CODE_POINTS).step_by(PAGE as usize) {
            while self.runs[run].1 <= start {
                run += 1;
            }
            let properties = self.runs[run].2;
            if self.runs[run].1 >= start + PAGE && self.is_uniform(start, properties) {
                page.fill(self.entry(start, properties));
            } else {
                let mut current = run;
                for (point, slot) in (start..).zip(&mut page) {
                    while self.runs[current].1 <= point {
                        current += 1;
                    }
                    *slot = self.entry(point, self.runs[current].2);
                }
            }
            let same = page.iter().all(|&entry| entry == page[0]);
            let known = uniform.iter().find(|(entry, _)| same && *entry == page[0]);
            pages.push(known.map_or((entries.len() >> PAGE_BITS) as u16, |&(_, index)| index));
            if known.is_none() {
                if same {
                    uniform.push((page[0], (entries.len() >> PAGE_BITS) as u16));
                }
                entries.extend_from_slice(&page);
            }
        }
        let entry = |byte| entries[usize::from(pages[0]) << PAGE_BITS | usize::from(byte)];
        let ascii = AsciiSets::new(|byte: u8| match entry(byte).class() {
            Class::Word | Class::Mapped => Some(AsciiKind::Word),
            Class::Punctuation => Some(AsciiKind::Single),
            Class::Space => Some(AsciiKind::Space),
            _ => None,
        });
        CharacterTable { pages, entries, pool: self.pool, combining_classes: self.combining_classes, ascii }
    }

    /// Whether a page of equal properties has equal entries: nothing in it is replaced or looked up.
    fn is_uniform(&self, start: u32, properties: Properties) -> bool {
        let untouched = |mapping: &Mapping| {
            let keys = mapping.keys();
            let next = keys.partition_point(|&key| key < start);
            keys.get(next).is_none_or(|&key| key >= start + PAGE)
        };
        let looked_up = properties.kind() == Kind::Punctuation || properties.is_ideograph();
        let plain = !looked_up && untouched(&self.lower) && untouched(&self.decompositions);
        plain || self.options.clean_text && properties.kind() == Kind::Control
    }

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
        if is_python_space(point) {
            return class(Class::Space);
        }
        let Options { lowercase, strip_accents, isolate_ideographs, .. } = self.options;
        if isolate_ideographs && properties.is_ideograph() {
            let normal = self.decompositions.get(point).filter(|_| strip_accents).map_or(point, |to| to[0]);
            return Entry::new(Class::Ideograph, properties, self.single_id(normal));
        }
        if lowercase && point == CAPITAL_SIGMA {
            return class(Class::Sigma);
        }
        if strip_accents && HANGUL.contains(&point) {
            return class(Class::Hangul);
        }
        if strip_accents && properties.kind() == Kind::Mark {
            return class(Class::Mark);
        }
        self.word_entry(point, properties)
    }

    /// The entry of a character that is part of a word, or punctuation.
    fn word_entry(&mut self, point: u32, properties: Properties) -> Entry {
        let Options { lowercase, strip_accents, .. } = self.options;
        let lowered: &[u32] = match self.lower.get(point) {
            Some(lowered) if lowercase => lowered,
            _ if lowercase && point == CAPITAL_I_WITH_DOT => &[0x69, 0x307],
            _ => &[point],
        };
        let normal: Vec<u32> = if strip_accents {
            let parts = lowered.iter().filter(|&&part| part != 0x307);
            parts
                .flat_map(|part| self.decompositions.get(*part).unwrap_or(std::slice::from_ref(part)))
                .copied()
                .collect()
        } else {
            lowered.to_vec()
        };
        if let [only] = normal[..]
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

    fn kind(&self, point: u32) -> Kind {
        self.runs[self.runs.partition_point(|&(_, end, _)| end <= point)].2.kind()
    }

    /// The id of a word of one character.
    fn single_id(&self, point: u32) -> u32 {
        let known = char::from_u32(point)
            .and_then(|character| self.tokens.get(Root::Start, character.encode_utf8(&mut [0; 4]).as_bytes()));
        known.unwrap_or(self.unknown)
    }
}
