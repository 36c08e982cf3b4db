//! The ids of characters of three bytes that are separate words.

use alloc::boxed::Box;
use alloc::vec;

use crate::character_table::{Entry, PAGE, PAGE_BITS};

/// By code point, from U+1000 to U+FFFF, the id plus one of a character that is a separate word; 0 for other characters
/// and for ids that do not fit. The table covers most Chinese text, and the common entries fit in a CPU's L1 cache.
pub(crate) type ThreeByteIds = [u16; 1 << 16];

/// Collects the ids from the pages of entries.
#[inline(never)]
pub(crate) fn three_byte_ids(pages: &[u16], entries: &[Entry]) -> Box<ThreeByteIds> {
    let mut ids: Box<ThreeByteIds> = vec![0; 1 << 16].try_into().expect("the length matches");
    // Pages that are shared with the previous page have equal entries.
    let mut empty = None;
    for (&page, ids) in pages.iter().zip(ids.chunks_exact_mut(PAGE as usize)).skip(0x1000 >> PAGE_BITS) {
        if empty == Some(page) {
            continue;
        }
        let entries = &entries[usize::from(page) << PAGE_BITS..][..PAGE as usize];
        for (id, entry) in ids.iter_mut().zip(entries) {
            *id = entry.three_byte_id().and_then(|id| u16::try_from(id + 1).ok()).unwrap_or(0);
        }
        empty = Some(page).filter(|_| entries[0] == entries[1] && ids[0] == 0);
    }
    ids
}
