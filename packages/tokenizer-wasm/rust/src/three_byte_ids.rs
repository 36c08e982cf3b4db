//! The ids of characters of three bytes that are separate words.

use alloc::boxed::Box;
use alloc::vec;
use core::cell::Cell;

use crate::FAST_PATHS;

/// By code point, from U+1000 to U+FFFF, the id plus one of a character that is a separate word; 0 for other characters
/// and for ids that do not fit. The table covers most Chinese text, and the common entries fit in a CPU's L1 cache.
#[derive(Debug)]
pub(crate) struct ThreeByteIds(Box<[Cell<u16>; 1 << 16]>);

impl ThreeByteIds {
    pub(crate) fn new() -> Self {
        Self(vec![Cell::new(0); 1 << 16].try_into().expect("the length matches"))
    }

    /// Returns the size of the table in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// Returns the id plus one of a code point up to U+FFFF, or 0.
    #[inline]
    pub(crate) fn id_plus_one(&self, point: u32) -> u32 {
        self.0[point as usize & 0xffff].get().into()
    }

    /// Sets the id of a code point. Ignores code points without three bytes, and ids that do not fit.
    pub(crate) fn set(&self, point: u32, id: Option<u32>) {
        if FAST_PATHS
            && let Some(id) = id
            && (0x1000..0x1_0000).contains(&point)
        {
            self.0[point as usize].set(u16::try_from(id + 1).unwrap_or(0));
        }
    }
}
