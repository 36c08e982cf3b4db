//! A double-array trie over bytes, with the XOR layout of Yata et al. (2008, "Fast string matching with space-efficient
//! word graphs").
//!
//! The child of a node for byte `b` is the unit at `base ^ b`, if that unit's label is `b`. No two nodes share a base, so
//! the label alone tells whose child a unit is. Two tries, for word starts and for continuations, share one array.

/// Where a search begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// Tokens that start a word.
    Start = 0,
    /// Tokens that go on with one, less their `##`.
    Continuation = 1,
}

/// One state: bits 0..24 its base, 24..33 the label that leads here, 33..64 one more than the token's id, or 0.
#[derive(Clone, Copy, Debug)]
struct Unit(u64);

/// No byte: the label of a unit that is not in use.
const FREE: u64 = 256;
/// No byte either: the label of the roots, which no byte leads to.
const ROOT: u64 = 257;

impl Unit {
    #[inline]
    fn base(self) -> u32 {
        self.0 as u32 & 0xff_ffff
    }

    #[inline]
    fn label(self) -> u32 {
        (self.0 >> 24) as u32 & 0x1ff
    }

    #[inline]
    fn id(self) -> Option<u32> {
        ((self.0 >> 33) as u32).checked_sub(1)
    }

    fn set_base(&mut self, base: u32) {
        self.0 |= u64::from(base);
    }

    fn set_id(&mut self, id: u32) {
        self.0 |= (u64::from(id) + 1) << 33;
    }
}

/// Tokens by their bytes.
#[derive(Debug)]
pub(crate) struct Trie {
    units: Vec<Unit>,
}

impl Trie {
    /// Builds the trie from both sets of keys; each is sorted, without doubles and without the empty key.
    pub(crate) fn new(starts: &[(&[u8], u32)], continuations: &[(&[u8], u32)]) -> Self {
        let mut builder = Builder::new();
        builder.add(Root::Start, starts);
        builder.add(Root::Continuation, continuations);
        Self { units: builder.units }
    }

    /// Begins a search, to be fed byte by byte.
    #[inline]
    pub(crate) fn walk(&self, root: Root) -> Walk<'_> {
        Walk { trie: self, base: self.units[root as usize].base(), length: 0, found: None }
    }

    /// The longest token that `bytes` begins with: its id and its length.
    #[inline]
    pub(crate) fn longest(&self, root: Root, bytes: &[u8]) -> Option<(u32, usize)> {
        let mut walk = self.walk(root);
        for &byte in bytes {
            if !walk.step(byte) {
                break;
            }
        }
        walk.found()
    }

    /// The id of a token.
    pub(crate) fn get(&self, root: Root, token: &[u8]) -> Option<u32> {
        self.longest(root, token).filter(|&(_, length)| length == token.len()).map(|(id, _)| id)
    }
}

/// A search for the longest token that some bytes begin with.
pub(crate) struct Walk<'a> {
    trie: &'a Trie,
    base: u32,
    length: usize,
    found: Option<(u32, usize)>,
}

impl Walk<'_> {
    /// Goes on with the next byte; says whether any token does. If none does, that was the last step.
    #[inline]
    pub(crate) fn step(&mut self, byte: u8) -> bool {
        let byte = u32::from(byte);
        match self.trie.units.get((self.base ^ byte) as usize) {
            Some(unit) if unit.label() == byte => {
                self.base = unit.base();
                self.length += 1;
                if let Some(id) = unit.id() {
                    self.found = Some((id, self.length));
                }
                true
            }
            _ => false,
        }
    }

    /// The longest token so far: its id and its length.
    #[inline]
    pub(crate) fn found(&self) -> Option<(u32, usize)> {
        self.found
    }
}

struct Builder {
    units: Vec<Unit>,
    /// The ring of free units: `next[i]`, `previous[i]`. The ring is entered at `free`.
    next: Vec<u32>,
    previous: Vec<u32>,
    free: u32,
    base_in_use: Vec<bool>,
}

const BLOCK: u32 = 256;
/// Free units in older blocks are given up: they are few, and looking at them all would make the build slow.
const OPEN_BLOCKS: u32 = 2;
const NONE: u32 = u32::MAX;

impl Builder {
    fn new() -> Self {
        let mut builder =
            Self { units: Vec::new(), next: Vec::new(), previous: Vec::new(), free: NONE, base_in_use: Vec::new() };
        builder.add_block();
        // Base 0 is that of the nodes without children: no unit may seem to be one.
        builder.base_in_use[0] = true;
        for root in [Root::Start, Root::Continuation] {
            builder.take(root as u32, ROOT);
        }
        builder
    }

    fn add(&mut self, root: Root, keys: &[(&[u8], u32)]) {
        // (node, its keys, the depth at which they part)
        let mut pending = vec![(root as u32, 0, keys.len(), 0)];
        let mut labels = Vec::new();
        while let Some((node, mut from, to, depth)) = pending.pop() {
            if from < to && keys[from].0.len() == depth {
                self.units[node as usize].set_id(keys[from].1);
                from += 1;
            }
            if from == to {
                continue;
            }
            labels.clear();
            for (key, _) in &keys[from..to] {
                if labels.last() != Some(&key[depth]) {
                    labels.push(key[depth]);
                }
            }
            let base = self.find_base(&labels);
            self.units[node as usize].set_base(base);
            self.base_in_use[base as usize] = true;
            let mut child_from = from;
            for &label in &labels {
                let child = base ^ u32::from(label);
                self.take(child, u64::from(label));
                let count = keys[child_from..to].iter().take_while(|(key, _)| key[depth] == label).count();
                pending.push((child, child_from, child_from + count, depth + 1));
                child_from += count;
            }
        }
    }

    /// A base of no other node, such that the children's units are free.
    fn find_base(&mut self, labels: &[u8]) -> u32 {
        let fits = |builder: &Self, base: u32| {
            !builder.base_in_use[base as usize]
                && labels.iter().all(|&label| builder.units[(base ^ u32::from(label)) as usize].label() == FREE as u32)
        };
        if self.free != NONE {
            let mut slot = self.free;
            loop {
                let base = slot ^ u32::from(labels[0]);
                if fits(self, base) {
                    return base;
                }
                slot = self.next[slot as usize];
                if slot == self.free {
                    break;
                }
            }
        }
        self.add_block()
    }

    /// Adds a block of free units; returns its first.
    fn add_block(&mut self) -> u32 {
        let start = self.units.len() as u32;
        let end = start + BLOCK;
        self.units.resize(end as usize, Unit(FREE << 24));
        self.base_in_use.resize(end as usize, false);
        for slot in start..end {
            self.next.push(slot + 1);
            self.previous.push(slot.wrapping_sub(1));
        }
        self.next[end as usize - 1] = start;
        self.previous[start as usize] = end - 1;
        if self.free == NONE {
            self.free = start;
        } else {
            let last = self.previous[self.free as usize];
            self.link(end - 1, self.free);
            self.link(last, start);
        }
        if let Some(closed) = (start / BLOCK).checked_sub(OPEN_BLOCKS) {
            for slot in closed * BLOCK..(closed + 1) * BLOCK {
                if self.units[slot as usize].label() == FREE as u32 {
                    self.unlink(slot);
                }
            }
        }
        start
    }

    fn take(&mut self, slot: u32, label: u64) {
        self.unlink(slot);
        self.units[slot as usize] = Unit(label << 24);
    }

    fn unlink(&mut self, slot: u32) {
        let (previous, next) = (self.previous[slot as usize], self.next[slot as usize]);
        if next == slot {
            self.free = NONE;
            return;
        }
        self.link(previous, next);
        if self.free == slot {
            self.free = next;
        }
    }

    fn link(&mut self, before: u32, after: u32) {
        self.next[before as usize] = after;
        self.previous[after as usize] = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(starts: &[&str], continuations: &[&str]) -> Trie {
        let keys = |tokens: &[&'static str], first: u32| -> Vec<(&'static [u8], u32)> {
            let mut keys: Vec<_> = tokens.iter().zip(first..).map(|(token, id)| (token.as_bytes(), id)).collect();
            keys.sort_unstable();
            keys
        };
        let (starts, continuations) = (leak(starts), leak(continuations));
        Trie::new(&keys(&starts, 0), &keys(&continuations, 1000))
    }

    fn leak(tokens: &[&str]) -> Vec<&'static str> {
        tokens.iter().map(|token| &*token.to_string().leak()).collect()
    }

    #[test]
    fn longest_takes_the_longest_token_of_its_root() {
        let trie = build(&["a", "ab", "abcd", "中"], &["b", "cd"]);
        assert_eq!(trie.longest(Root::Start, b"abc"), Some((1, 2)));
        assert_eq!(trie.longest(Root::Start, b"abcde"), Some((2, 4)));
        assert_eq!(trie.longest(Root::Start, "中文".as_bytes()), Some((3, 3)));
        assert_eq!(trie.longest(Root::Start, b"b"), None);
        assert_eq!(trie.longest(Root::Continuation, b"bb"), Some((1000, 1)));
        assert_eq!(trie.longest(Root::Continuation, b"cc"), None);
        assert_eq!(trie.longest(Root::Start, b""), None);
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        // All words of up to five letters over three bytes, every third one a key.
        let mut words = vec![Vec::new()];
        for length in 0..5 {
            for word in words.clone().into_iter().filter(|word: &Vec<u8>| word.len() == length) {
                words.extend([b"\x00", b"k", b"\xff"].map(|byte| [&word[..], byte].concat()));
            }
        }
        words.remove(0);
        words.sort();
        let keys: Vec<(&[u8], u32)> = words.iter().map(Vec::as_slice).step_by(3).zip(0..).collect();
        let trie = Trie::new(&keys, &[]);
        for (index, word) in words.iter().enumerate() {
            let expected = (index % 3 == 0).then_some(index as u32 / 3);
            assert_eq!(trie.get(Root::Start, word), expected, "{word:?}");
            assert_eq!(trie.get(Root::Continuation, word), None);
        }
    }

    #[test]
    fn a_leaf_leads_nowhere() {
        // The first free unit is 2: without care, byte 2 would lead from base 0 to it, and from there to itself.
        let trie = build(&["\x02"], &[]);
        assert_eq!(trie.longest(Root::Start, b"\x02\x02"), Some((0, 1)));
        assert_eq!(trie.longest(Root::Continuation, b"\x02"), None);
    }

    #[test]
    fn an_empty_trie_finds_nothing() {
        assert_eq!(Trie::new(&[], &[]).longest(Root::Start, b"a"), None);
    }
}
