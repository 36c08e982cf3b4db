//! The vocabulary, indexed by the bytes of its tokens.
//!
//! The index consists of hash tables whose keys are compared in two instructions, rather than a trie. Each step of a
//! trie depends on the previous one, and a CPU cannot predict which step is the last. A hash table finds a word in one
//! lookup, and the lookups of a word's prefixes are independent. The tables are small, because misses of the L2 cache
//! are slow: most tokens take 16 bytes, and rare words are split 20% faster than with slots that are large enough for
//! any token.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::hash_table::{HashTable, MAX_PROBES};
use crate::short_word::{ShortWord, hash_eight};

/// The position in a word at which tokens match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// At the start of a word.
    Start,
    /// After the start of a word. The tokens are stored without their `##`.
    Continuation,
}

/// A map from the bytes of tokens to their ids.
#[derive(Clone, Debug)]
pub(crate) struct TokenTable {
    /// The tokens of each root.
    roots: [RootTable; 2],
}

/// The tokens of one root.
#[derive(Clone, Debug)]
struct RootTable {
    /// Ids of tokens of at most eight bytes.
    eight: HashTable<u64>,
    /// Ids of longer tokens of at most [`ShortWord::MAX_BYTES`] bytes.
    fifteen: HashTable<ShortWord>,
    /// The index in `longer` of the first token that starts with these [`ShortWord::MAX_BYTES`] bytes.
    heads: HashTable<ShortWord>,
    longer: Vec<Rest>,
    /// By hash of the first two bytes, a bit for each length of the tokens of up to three bytes.
    short_lengths: Box<[u8; HEADS]>,
    /// By hash of the first four bytes, a bit for each length of longer tokens. Prefixes with equal hashes share an
    /// entry.
    lengths: Box<[u16; HEADS]>,
    /// Whether an insertion took more than [`MAX_PROBES`] probes.
    overfull: bool,
}

/// The rest of a token that is longer than its head.
#[derive(Clone, Debug)]
struct Rest {
    bytes: Box<[u8]>,
    id: u32,
    /// The next token with the same head, which is not longer than this one.
    next: Option<u32>,
}

/// The number of entries for prefixes of tokens.
const HEADS: usize = 1 << 14;

impl TokenTable {
    /// Creates a table with capacity for tokens of these roots and lengths. Tokens inserted first are found fastest.
    #[inline(never)]
    pub(crate) fn new(tokens: impl Iterator<Item = (Root, usize)>) -> Self {
        let mut counts = [[0; 3]; 2];
        for (root, length) in tokens {
            counts[root as usize][usize::from(length > 8) + usize::from(length > ShortWord::MAX_BYTES)] += 1;
        }
        Self { roots: counts.map(RootTable::new) }
    }

    /// Returns the size of the tables in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.roots.iter().map(RootTable::memory).sum()
    }

    /// Returns whether tokens were left out because too many of them share a prefix.
    pub(crate) fn is_overfull(&self) -> bool {
        self.roots.iter().any(|root| root.overfull)
    }

    /// Inserts the token in the first `length` bytes of `memory`, or replaces its id. Returns its previous id.
    pub(crate) fn insert(&mut self, root: Root, memory: &[u8], length: usize, id: u32) -> Option<u32> {
        let root = &mut self.roots[root as usize];
        if root.overfull { None } else { root.insert(memory, length, id) }
    }

    /// Returns the id and length of the longest token that is a prefix of the first `length` bytes of `memory`, which
    /// has at least sixteen bytes.
    #[inline]
    pub(crate) fn longest(&self, root: Root, memory: &[u8], length: usize) -> Option<(u32, usize)> {
        let bytes = memory.first_chunk().expect("a word is stored with padding after it");
        if length > ShortWord::MAX_BYTES
            && let Some(longest) = self.roots[root as usize].longest_long(bytes, &memory[ShortWord::MAX_BYTES..length])
        {
            return Some(longest);
        }
        self.longest_short(root, u128::from_le_bytes(*bytes), length)
    }

    /// Like [`Self::longest`], for tokens of at most [`ShortWord::MAX_BYTES`] bytes.
    #[inline]
    pub(crate) fn longest_short(&self, root: Root, bytes: u128, length: usize) -> Option<(u32, usize)> {
        self.roots[root as usize].longest_short(bytes, length)
    }

    /// Returns the id of a token.
    pub(crate) fn get(&self, root: Root, token: &[u8]) -> Option<u32> {
        self.roots[root as usize].get(token)
    }
}

impl RootTable {
    #[inline(never)]
    fn new([eight, fifteen, longer]: [usize; 3]) -> Self {
        Self {
            eight: HashTable::new(eight),
            fifteen: HashTable::new(fifteen),
            heads: HashTable::new(longer),
            longer: Vec::with_capacity(longer),
            short_lengths: vec![0; HEADS].try_into().expect("the length matches"),
            lengths: vec![0; HEADS].try_into().expect("the length matches"),
            overfull: false,
        }
    }

    fn memory(&self) -> usize {
        let rest: usize = self.longer.iter().map(|rest| rest.bytes.len() + size_of::<Rest>()).sum();
        let lengths = size_of_val(&*self.short_lengths) + size_of_val(&*self.lengths);
        self.eight.memory() + self.fifteen.memory() + self.heads.memory() + rest + lengths
    }

    #[inline(never)]
    fn insert(&mut self, memory: &[u8], length: usize, id: u32) -> Option<u32> {
        let head = length.min(ShortWord::MAX_BYTES);
        let word = match memory.first_chunk() {
            Some(bytes) => ShortWord::read(bytes, head),
            None => ShortWord::new(&memory[..head]),
        };
        if length > ShortWord::MAX_BYTES {
            return self.insert_longer(word, &memory[head..length], id);
        }
        let slot = if length <= 8 {
            self.eight.slot_for(hash_eight(word.low), word.low, length)
        } else {
            self.fifteen.slot_for(word.hash(), word, length)
        };
        let Some(slot) = slot else {
            self.overfull = true;
            return None;
        };
        let previous = core::mem::replace(slot, id + 1).checked_sub(1);
        if previous.is_none() {
            self.record_length(word);
        }
        previous
    }

    /// Records that a token with the length and the prefix of `word` exists.
    fn record_length(&mut self, word: ShortWord) {
        let length = word.length();
        if length >= 4 {
            self.lengths[head_index(word.low as u32)] |= 1 << length;
            return;
        }
        let two = word.low as u16;
        // A token of one byte is a prefix for any second byte.
        for second in if length == 1 { 0..=u8::MAX } else { 0..=0 } {
            self.short_lengths[head_index(u32::from(two | u16::from(second) << 8))] |= 1 << length;
        }
    }

    fn insert_longer(&mut self, head: ShortWord, rest: &[u8], id: u32) -> Option<u32> {
        let Some(first) = self.heads.slot_for(head.hash(), head, ShortWord::MAX_BYTES) else {
            self.overfull = true;
            return None;
        };
        let (mut before, mut at) = (None, first.checked_sub(1));
        let mut probes = 0;
        while let Some(known) = at.map(|at| &mut self.longer[at as usize])
            && known.bytes.len() >= rest.len()
        {
            if *known.bytes == *rest {
                return Some(core::mem::replace(&mut known.id, id));
            }
            (before, at) = (at, known.next);
            probes += 1;
        }
        self.overfull |= probes > MAX_PROBES;
        let new = self.longer.len() as u32;
        self.longer.push(Rest { bytes: rest.into(), id, next: at });
        match before {
            None => *first = new + 1,
            Some(before) => self.longer[before as usize].next = Some(new),
        }
        None
    }

    #[inline]
    fn longest_short(&self, bytes: u128, length: usize) -> Option<(u32, usize)> {
        let low = bytes as u64;
        let short_lengths = self.short_lengths[head_index(low as u32 & 0xffff)];
        let lengths = self.lengths[head_index(low as u32)];
        let mut lengths = (u16::from(short_lengths) | lengths) & below(length + 1);
        while lengths >= 1 << 9 {
            let length = lengths.ilog2() as usize;
            lengths ^= 1 << length;
            let word = ShortWord::from_bits(bytes, length);
            if let Some(id) = self.fifteen.get(word.hash(), word, length) {
                return Some((id, length));
            }
        }
        while lengths != 0 {
            let length = lengths.ilog2() as usize;
            lengths ^= 1 << length;
            let word = low & u64::MAX >> (64 - 8 * length);
            if let Some(id) = self.eight.get(hash_eight(word), word, length) {
                return Some((id, length));
            }
        }
        None
    }

    /// Returns the id and length of the longest matching token of more than [`ShortWord::MAX_BYTES`] bytes.
    fn longest_long(&self, head: &[u8; 16], rest: &[u8]) -> Option<(u32, usize)> {
        let head = ShortWord::read(head, ShortWord::MAX_BYTES);
        let mut at = self.heads.get(head.hash(), head, ShortWord::MAX_BYTES);
        while let Some(Rest { bytes, id, next }) = at.map(|at| &self.longer[at as usize]) {
            if rest.starts_with(bytes) {
                return Some((*id, ShortWord::MAX_BYTES + bytes.len()));
            }
            at = *next;
        }
        None
    }

    fn get(&self, token: &[u8]) -> Option<u32> {
        let (head, rest) = token.split_at(token.len().min(ShortWord::MAX_BYTES));
        let word = ShortWord::new(head);
        match token.len() {
            ..=8 => self.eight.get(hash_eight(word.low), word.low, token.len()),
            9..=ShortWord::MAX_BYTES => self.fifteen.get(word.hash(), word, token.len()),
            _ => {
                let longest = self.longest_long(&word.bytes().to_le_bytes(), rest);
                longest.filter(|&(_, length)| length == token.len()).map(|(id, _)| id)
            }
        }
    }
}

/// Returns the index of a token's first two or four bytes in the tables of lengths.
#[inline]
fn head_index(bytes: u32) -> usize {
    (bytes.wrapping_mul(0x9e37_79b1) >> (u32::BITS - HEADS.ilog2())) as usize
}

/// Returns a mask of the positions below `end`.
#[inline]
fn below(end: usize) -> u16 {
    if end < 16 { (1 << end) - 1 } else { u16::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(starts: &[&str], continuations: &[&str]) -> TokenTable {
        let roots = [(Root::Start, starts), (Root::Continuation, continuations)];
        let sizes = roots.iter().flat_map(|&(root, tokens)| tokens.iter().map(move |token| (root, token.len())));
        let mut table = TokenTable::new(sizes);
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
    fn longest_returns_the_longest_token_of_its_root() {
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
    fn too_many_long_tokens_with_the_same_head_make_a_table_overfull() {
        let tokens: Vec<_> = (0..=MAX_PROBES + 1).map(|i| format!("{}{i:09}", "a".repeat(15))).collect();
        let starts: Vec<_> = tokens.iter().map(String::as_str).collect();
        assert!(!table(&starts[1..], &starts[1..]).is_overfull());
        assert!(table(&starts, &[]).is_overfull());
    }

    #[test]
    fn longest_returns_tokens_that_are_not_short() {
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
    fn a_repeated_token_has_its_last_id() {
        let mut table = table(&["a", "abcdefghijklmnopqr"], &["a"]);
        assert_eq!(table.insert(Root::Start, b"ab", 1, 7), Some(0));
        assert_eq!(table.insert(Root::Start, b"abcdefghijklmnopqrst", 18, 8), Some(1));
        assert_eq!(table.get(Root::Start, b"a"), Some(7));
        assert_eq!(table.get(Root::Start, b"abcdefghijklmnopqr"), Some(8));
        assert_eq!(table.get(Root::Continuation, b"a"), Some(1000));
    }

    #[test]
    fn only_inserted_tokens_are_found() {
        // All words of up to five letters over three bytes, every third one a token.
        let mut words = vec![Vec::new()];
        for length in 0..5 {
            for word in words.clone().into_iter().filter(|word: &Vec<u8>| word.len() == length) {
                words.extend([b"\x00", b"k", b"\xff"].map(|byte| [&word[..], byte].concat()));
            }
        }
        words.remove(0);
        let mut table = TokenTable::new(words.iter().map(|word| (Root::Start, word.len())));
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
        assert_eq!(longest(&TokenTable::new(core::iter::empty()), Root::Start, "a"), None);
    }
}
