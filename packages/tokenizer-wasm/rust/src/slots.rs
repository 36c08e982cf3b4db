//! A hash table of short words.

/// Words whose hashes begin alike are passed by one by one. No vocabulary has so many of them, but one that is
/// made for it would take hours to be read.
pub(crate) const MOST_STEPS: usize = 1000;

/// Numbers by words that `Key` holds the bytes of.
///
/// Open addressing with linear probing; the number of slots is a power of two.
#[derive(Clone, Debug)]
pub(crate) struct Slots<Key> {
    places: Box<[Slot<Key>]>,
    /// A bit for each of the hashes that slots have, to pass by most of those that they have not.
    filter: Box<[u64]>,
    shift: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot<Key> {
    key: Key,
    /// How many of the bytes are the word's, for it may end in zeros. 0 in slots that are free.
    length: u32,
    /// One more than the number.
    next: u32,
}

/// Filter bits a slot, as a power of two: five of a hundred that are not there pass.
const FILTER_BITS: u32 = 3;

impl<Key: Copy + Default + Eq> Slots<Key> {
    /// Room for so many words.
    pub(crate) fn new(words: usize) -> Self {
        let bits = (words.max(4) * 5 / 4 + 1).next_power_of_two().trailing_zeros();
        Self {
            places: vec![Slot::default(); 1 << bits].into(),
            filter: vec![0; (1usize << (bits + FILTER_BITS)).div_ceil(64)].into(),
            shift: u64::BITS - bits,
        }
    }

    /// One more than the number of a word, 0 if it was not there before; nothing if that takes too many steps.
    pub(crate) fn slot_for(&mut self, hash: u64, key: Key, length: usize) -> Option<&mut u32> {
        let length = length as u32;
        let mut at = (hash >> self.shift) as usize;
        let mut steps = 0;
        while self.places[at].length != 0 && (self.places[at].key != key || self.places[at].length != length) {
            at = (at + 1) & (self.places.len() - 1);
            steps += 1;
        }
        if steps > MOST_STEPS {
            return None;
        }
        let slot = &mut self.places[at];
        (slot.key, slot.length) = (key, length);
        let bit = hash >> (self.shift - FILTER_BITS);
        self.filter[bit as usize / 64] |= 1 << (bit % 64);
        Some(&mut slot.next)
    }

    /// The number of a word.
    #[inline]
    pub(crate) fn get(&self, hash: u64, key: Key, length: usize) -> Option<u32> {
        let bit = hash >> (self.shift - FILTER_BITS);
        if self.filter[bit as usize / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        let mut at = (hash >> self.shift) as usize;
        loop {
            let slot = &self.places[at];
            if slot.key == key && slot.length == length as u32 {
                return Some(slot.next - 1);
            }
            if slot.length == 0 {
                return None;
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }
}
