//! A hash table of short words.

use alloc::boxed::Box;
use alloc::vec;

/// The maximum number of slots that an insertion probes. Real vocabularies need far fewer, but a malicious one could
/// otherwise take hours to load.
pub(crate) const MAX_PROBES: usize = 1000;

/// A hash table that maps words, whose bytes are stored as a `Key`, to numbers.
///
/// It uses open addressing with linear probing. The number of slots is a power of two.
#[derive(Clone, Debug)]
pub(crate) struct HashTable<Key> {
    slots: Box<[Slot<Key>]>,
    /// A one-hash Bloom filter, which rejects most absent words without a probe.
    filter: Box<[u64]>,
    shift: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot<Key> {
    key: Key,
    /// The word's length in bytes, which the key does not imply if the word ends in zeros; 0 if the slot is free.
    length: u32,
    /// The word's number plus one.
    number_plus_one: u32,
}

/// The base-2 logarithm of the filter's bits per slot: 5% of absent words pass.
const FILTER_BITS: u32 = 3;

impl<Key: Copy + Default + Eq> HashTable<Key> {
    /// Creates a table with capacity for this many words.
    pub(crate) fn new(words: usize) -> Self {
        let bits = (words.max(4) * 5 / 4 + 1).next_power_of_two().trailing_zeros();
        Self {
            slots: vec![Slot::default(); 1 << bits].into(),
            filter: vec![0; (1usize << (bits + FILTER_BITS)).div_ceil(64)].into(),
            shift: u64::BITS - bits,
        }
    }

    /// Returns the size of the table in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.filter)
    }

    /// Returns a reference to a word's number plus one, which the caller sets; 0 if the word is new. Returns `None`
    /// after [`MAX_PROBES`] probes.
    pub(crate) fn slot_for(&mut self, hash: u64, key: Key, length: usize) -> Option<&mut u32> {
        let length = length as u32;
        let mut at = (hash >> self.shift) as usize;
        let mut probes = 0;
        while self.slots[at].length != 0 && (self.slots[at].key != key || self.slots[at].length != length) {
            at = (at + 1) & (self.slots.len() - 1);
            probes += 1;
        }
        if probes > MAX_PROBES {
            return None;
        }
        let slot = &mut self.slots[at];
        (slot.key, slot.length) = (key, length);
        let bit = hash >> (self.shift - FILTER_BITS);
        self.filter[bit as usize / 64] |= 1 << (bit % 64);
        Some(&mut slot.number_plus_one)
    }

    /// Returns the number of a word, or `None` if the word is not in the table.
    #[inline]
    pub(crate) fn get(&self, hash: u64, key: Key, length: usize) -> Option<u32> {
        let bit = hash >> (self.shift - FILTER_BITS);
        if self.filter[bit as usize / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        let mut at = (hash >> self.shift) as usize;
        loop {
            let slot = &self.slots[at];
            if slot.key == key && slot.length == length as u32 {
                return Some(slot.number_plus_one - 1);
            }
            if slot.length == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}
