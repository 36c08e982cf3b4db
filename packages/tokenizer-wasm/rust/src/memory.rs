//! Checks whether memory is left.

use alloc::vec::Vec;
use core::hint::black_box;

/// Returns whether this many bytes can be allocated at once.
pub(crate) fn can_allocate(bytes: usize) -> bool {
    let mut memory: Vec<u8> = Vec::new();
    let can = memory.try_reserve_exact(bytes).is_ok();
    // Otherwise, the compiler may remove an allocation that is not used.
    black_box(memory.as_mut_ptr());
    can
}
