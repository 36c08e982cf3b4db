//! The vocabulary by the tokens' bytes.
//!
//! A hash table whose keys are compared in two instructions, and no trie: the steps of a trie wait for one another, and
//! whether there is a next one no processor can foresee. Here a whole word is found at once, and of a word that is no token
//! all beginnings can be tried independently.

use crate::short_word::ShortWord;

/// Where a token may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Root {
    /// At the start of a word.
    Start = 0,
    /// Further on in a word: tokens less their `##`.
    Continuation = 1 << 60,
}

/// A token of at most [`ShortWord::LONGEST`] bytes, or the beginning of longer ones. Half of a line of a processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Slot {
    low: u64,
    /// As in [`ShortWord`], and with the [`Root`] in bits that no length has. 0 in slots that are free.
    high: u64,
    /// One more than the token's id; 0 for a beginning of longer tokens that is no token itself.
    next_id: u32,
    /// Where in `longer` the tokens are that begin so and are longer; 0 where there are none.
    longer: u32,
}

/// What a longer token has behind its first bytes.
#[derive(Clone, Debug)]
struct Rest {
    bytes: Box<[u8]>,
    id: u32,
    /// The next of those that begin alike, which is no longer than this one; 0 behind the last.
    next: u32,
}

/// Tokens by their bytes.
#[derive(Clone, Debug)]
pub(crate) struct TokenTable {
    /// Open addressing with linear probing; the number of slots is a power of two.
    slots: Box<[Slot]>,
    /// For each root and two first bytes, the lengths that tokens of up to three bytes have, a bit each.
    short_lengths: Box<[u8; 2 * HEADS]>,
    /// The same for four first bytes and the others. Beginnings that share a place share their lengths.
    lengths: Box<[u16; 2 * HEADS]>,
    /// A bit for each of the hashes that slots have, to pass by most of those that they have not.
    filter: Box<[u64]>,
    shift: u32,
    longer: Vec<Rest>,
    /// Whether a token took too many steps to find its place.
    overfull: bool,
}

/// How many ways to begin are told apart.
const HEADS: usize = 1 << 14;

/// Tokens that begin alike, or whose hashes do, are passed by one by one. No vocabulary has so many of them, but one that is
/// made for it would take hours to be read.
const MOST_STEPS: usize = 1000;

/// Filter bits a slot, as a power of two: five of a hundred that are not there pass.
const FILTER_BITS: u32 = 3;

impl TokenTable {
    /// A table with room for so many tokens. Those that are put in first are found soonest.
    pub(crate) fn new(tokens: usize) -> Self {
        let bits = (tokens.max(4) * 3 / 2).next_power_of_two().trailing_zeros();
        Self {
            slots: vec![Slot::default(); 1 << bits].into(),
            short_lengths: vec![0; 2 * HEADS].try_into().expect("the length is given"),
            lengths: vec![0; 2 * HEADS].try_into().expect("the length is given"),
            filter: vec![0; (1 << (bits + FILTER_BITS)) / 64].into(),
            shift: u64::BITS - bits,
            longer: vec![Rest { bytes: Box::default(), id: 0, next: 0 }],
            overfull: false,
        }
    }

    /// Whether tokens were left out because too many begin alike.
    pub(crate) fn is_overfull(&self) -> bool {
        self.overfull
    }

    /// Puts a token in, the first `length` bytes of `memory`, or gives it another id; says the id that it had.
    pub(crate) fn insert(&mut self, root: Root, memory: &[u8], length: usize, id: u32) -> Option<u32> {
        if self.overfull {
            return None;
        }
        let head = length.min(ShortWord::LONGEST);
        let word = match memory.first_chunk() {
            Some(bytes) => ShortWord::read(bytes, head),
            None => short(&memory[..head]),
        };
        let slot = self.slot_for(root, word);
        if head == length {
            std::mem::replace(&mut self.slots[slot].next_id, id + 1).checked_sub(1)
        } else {
            self.insert_longer(slot, &memory[head..length], id)
        }
    }

    /// The slot of a word, taken for it if it had none.
    fn slot_for(&mut self, root: Root, word: ShortWord) -> usize {
        let (high, hash) = (word.high | root as u64, hash(root, word));
        let mut at = (hash >> self.shift) as usize;
        let mut steps = 0;
        while self.slots[at].high != 0 {
            if self.slots[at].low == word.low && self.slots[at].high == high {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
            steps += 1;
        }
        self.overfull |= steps > MOST_STEPS;
        self.slots[at] = Slot { low: word.low, high, ..Slot::default() };
        self.note_length(root, word);
        let bit = hash >> (self.shift - FILTER_BITS);
        self.filter[bit as usize / 64] |= 1 << (bit % 64);
        at
    }

    fn note_length(&mut self, root: Root, word: ShortWord) {
        let length = word.length();
        if length >= 4 {
            self.lengths[head(root, word.low as u32)] |= 1 << length;
            return;
        }
        let two = word.low as u16;
        // A token of one byte begins words with any second byte.
        for second in if length == 1 { 0..=u8::MAX } else { 0..=0 } {
            self.short_lengths[short_head(root, two | u16::from(second) << 8)] |= 1 << length;
        }
    }

    fn insert_longer(&mut self, slot: usize, rest: &[u8], id: u32) -> Option<u32> {
        let (mut before, mut at) = (0, self.slots[slot].longer);
        let mut steps = 0;
        while at != 0 && self.longer[at as usize].bytes.len() >= rest.len() {
            let known = &mut self.longer[at as usize];
            if *known.bytes == *rest {
                return Some(std::mem::replace(&mut known.id, id));
            }
            (before, at) = (at, known.next);
            steps += 1;
        }
        self.overfull |= steps > MOST_STEPS;
        let new = self.longer.len() as u32;
        self.longer.push(Rest { bytes: rest.into(), id, next: at });
        match before {
            0 => self.slots[slot].longer = new,
            _ => self.longer[before as usize].next = new,
        }
        None
    }

    #[inline]
    fn slot(&self, root: Root, word: ShortWord) -> Option<&Slot> {
        let high = word.high | root as u64;
        let mut at = (hash(root, word) >> self.shift) as usize;
        loop {
            let slot = &self.slots[at];
            if slot.low == word.low && slot.high == high {
                return Some(slot);
            }
            if slot.high == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The id of a short token.
    #[inline]
    pub(crate) fn short(&self, root: Root, word: ShortWord) -> Option<u32> {
        self.slot(root, word).and_then(|slot| slot.next_id.checked_sub(1))
    }

    #[inline]
    fn may_have(&self, root: Root, word: ShortWord) -> bool {
        let bit = hash(root, word) >> (self.shift - FILTER_BITS);
        self.filter[bit as usize / 64] >> (bit % 64) & 1 != 0
    }

    /// The longest token that the first `length` bytes of `memory` begin with: its id and its length. There are sixteen
    /// bytes of memory at least.
    #[inline]
    pub(crate) fn longest(&self, root: Root, memory: &[u8], length: usize) -> Option<(u32, usize)> {
        let bytes = memory.first_chunk().expect("a word is kept with room behind it");
        if length > ShortWord::LONGEST
            && let Some(found) = self.longest_long(root, bytes, &memory[ShortWord::LONGEST..length])
        {
            return Some(found);
        }
        let [first, second, third, fourth, ..] = *bytes;
        let short_lengths = self.short_lengths[short_head(root, u16::from_le_bytes([first, second]))];
        let lengths = self.lengths[head(root, u32::from_le_bytes([first, second, third, fourth]))];
        let mut lengths = (u16::from(short_lengths) | lengths) & below(length + 1);
        while lengths != 0 {
            let length = lengths.ilog2() as usize;
            lengths ^= 1 << length;
            let word = ShortWord::read(bytes, length);
            if self.may_have(root, word)
                && let Some(id) = self.short(root, word)
            {
                return Some((id, length));
            }
        }
        None
    }

    /// The longest of the tokens that are not short.
    fn longest_long(&self, root: Root, head: &[u8; 16], rest: &[u8]) -> Option<(u32, usize)> {
        let word = ShortWord::read(head, ShortWord::LONGEST);
        let slot = if self.may_have(root, word) { self.slot(root, word) } else { None }?;
        let mut at = slot.longer;
        while at != 0 {
            let Rest { bytes, id, next } = &self.longer[at as usize];
            if rest.starts_with(bytes) {
                return Some((*id, ShortWord::LONGEST + bytes.len()));
            }
            at = *next;
        }
        None
    }

    /// The id of a token.
    pub(crate) fn get(&self, root: Root, token: &[u8]) -> Option<u32> {
        let (head, rest) = token.split_at(token.len().min(ShortWord::LONGEST));
        if rest.is_empty() {
            return self.short(root, short(head));
        }
        let found = self.longest_long(root, &filled_up(head), rest);
        found.filter(|&(_, length)| length == token.len()).map(|(id, _)| id)
    }
}

/// Where the lengths of tokens are that begin with these two bytes.
#[inline]
fn short_head(root: Root, bytes: u16) -> usize {
    head(root, u32::from(bytes))
}

/// Where the lengths of tokens are that begin with these four bytes.
#[inline]
fn head(root: Root, bytes: u32) -> usize {
    let root = usize::from(root == Root::Continuation);
    root * HEADS + (bytes.wrapping_mul(0x9e37_79b1) >> (u32::BITS - HEADS.ilog2())) as usize
}

/// Ones for all places below `end`.
#[inline]
fn below(end: usize) -> u16 {
    if end < 16 { (1 << end) - 1 } else { u16::MAX }
}

#[inline]
fn hash(root: Root, word: ShortWord) -> u64 {
    ShortWord { high: word.high | root as u64, ..word }.hash()
}

fn short(bytes: &[u8]) -> ShortWord {
    ShortWord::read(&filled_up(bytes), bytes.len())
}

fn filled_up(bytes: &[u8]) -> [u8; 16] {
    let mut filled = [0; 16];
    filled[..bytes.len()].copy_from_slice(bytes);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(starts: &[&str], continuations: &[&str]) -> TokenTable {
        let mut table = TokenTable::new(starts.len() + continuations.len());
        for (root, tokens, first) in [(Root::Start, starts, 0), (Root::Continuation, continuations, 1000)] {
            for (token, id) in tokens.iter().zip(first..) {
                assert_eq!(table.insert(root, token.as_bytes(), token.len(), id), None);
            }
        }
        table
    }

    fn longest(table: &TokenTable, root: Root, word: &str) -> Option<(u32, usize)> {
        let memory = [word.as_bytes(), &[b'x'; 16]].concat();
        table.longest(root, &memory, word.len())
    }

    #[test]
    fn longest_takes_the_longest_token_of_its_root() {
        let table = table(&["a", "ab", "abcd", "中"], &["b", "cd"]);
        assert_eq!(longest(&table, Root::Start, "abc"), Some((1, 2)));
        assert_eq!(longest(&table, Root::Start, "abcde"), Some((2, 4)));
        assert_eq!(longest(&table, Root::Start, "中文"), Some((3, 3)));
        assert_eq!(longest(&table, Root::Start, "b"), None);
        assert_eq!(longest(&table, Root::Continuation, "bb"), Some((1000, 1)));
        assert_eq!(longest(&table, Root::Continuation, "cc"), None);
        assert_eq!(longest(&table, Root::Start, ""), None);
    }

    #[test]
    fn a_table_is_overfull_where_more_long_tokens_begin_alike_than_can_be_passed_by() {
        let tokens: Vec<_> = (0..=MOST_STEPS + 1).map(|i| format!("{}{i:09}", "a".repeat(15))).collect();
        let starts: Vec<_> = tokens.iter().map(String::as_str).collect();
        assert!(!table(&starts[1..], &starts[1..]).is_overfull());
        assert!(table(&starts, &[]).is_overfull());
    }

    #[test]
    fn longest_takes_tokens_that_are_not_short() {
        let head = "a".repeat(15);
        let tokens = ["b", "bcd", "bc", "x"].map(|rest| format!("{head}{rest}"));
        let table = table(&tokens.each_ref().map(String::as_str), &[&tokens[0], "a"]);
        let find = |root, rest: &str| longest(&table, root, &format!("{head}{rest}"));
        assert_eq!(find(Root::Start, "bcdz"), Some((1, 18)));
        assert_eq!(find(Root::Start, "bcz"), Some((2, 17)));
        assert_eq!(find(Root::Start, "bx"), Some((0, 16)));
        assert_eq!(find(Root::Start, "x"), Some((3, 16)));
        assert_eq!(find(Root::Start, "y"), None);
        assert_eq!(find(Root::Start, ""), None);
        assert_eq!(find(Root::Continuation, "bcd"), Some((1000, 16)));
        assert_eq!(find(Root::Continuation, ""), Some((1001, 1)));
        assert_eq!(table.get(Root::Start, tokens[2].as_bytes()), Some(2));
        assert_eq!(table.get(Root::Start, head.as_bytes()), None);
        assert_eq!(table.get(Root::Start, format!("{head}bb").as_bytes()), None);
    }

    #[test]
    fn a_token_that_comes_again_has_its_last_id() {
        let mut table = table(&["a", "abcdefghijklmnopqr"], &["a"]);
        assert_eq!(table.insert(Root::Start, b"ab", 1, 7), Some(0));
        assert_eq!(table.insert(Root::Start, b"abcdefghijklmnopqrst", 18, 8), Some(1));
        assert_eq!(table.get(Root::Start, b"a"), Some(7));
        assert_eq!(table.get(Root::Start, b"abcdefghijklmnopqr"), Some(8));
        assert_eq!(table.get(Root::Continuation, b"a"), Some(1000));
    }

    #[test]
    fn every_token_is_found_and_no_other() {
        // All words of up to five letters over three bytes, every third one a token.
        let mut words = vec![Vec::new()];
        for length in 0..5 {
            for word in words.clone().into_iter().filter(|word: &Vec<u8>| word.len() == length) {
                words.extend([b"\x00", b"k", b"\xff"].map(|byte| [&word[..], byte].concat()));
            }
        }
        words.remove(0);
        let mut table = TokenTable::new(words.len());
        for (word, id) in words.iter().step_by(3).zip(0..) {
            table.insert(Root::Start, word, word.len(), id);
        }
        for (index, word) in words.iter().enumerate() {
            let expected = (index % 3 == 0).then_some(index as u32 / 3);
            assert_eq!(table.get(Root::Start, word), expected, "{word:?}");
            assert_eq!(table.get(Root::Continuation, word), None);
        }
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        assert_eq!(longest(&TokenTable::new(0), Root::Start, "a"), None);
    }
}
