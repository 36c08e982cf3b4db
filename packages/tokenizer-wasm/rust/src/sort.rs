//! Sorting, with a single function for all types: generic sorts take a tenth of the module's code.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// Returns the numbers in ascending order.
pub(crate) fn sorted(numbers: Vec<u64>) -> Vec<u64> {
    if numbers.is_sorted() { numbers } else { BinaryHeap::from(numbers).into_sorted_vec() }
}

/// Returns the values in ascending order of their keys. Values with equal keys stay in order.
pub(crate) fn sorted_by_key<T>(values: Vec<T>, key: impl Fn(&T) -> u32) -> Vec<T> {
    let keys = values.iter().zip(0..).map(|(value, index)| u64::from(key(value)) << u32::BITS | index).collect();
    let mut values: Vec<_> = values.into_iter().map(Some).collect();
    sorted(keys).into_iter().filter_map(|key| values[key as u32 as usize].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_equal_keys_stay_in_order() {
        let values: Vec<(u32, u32)> = (0..1000).map(|i: u32| (i.wrapping_mul(0x9e37_79b9) >> 28, i)).collect();
        let mut expected = values.clone();
        expected.sort_by_key(|&(key, _)| key);
        assert_eq!(sorted_by_key(values, |&(key, _)| key), expected);
    }

    #[test]
    fn numbers_are_sorted() {
        assert_eq!(sorted(vec![3, u64::MAX, 1, 2, 1]), [1, 1, 2, 3, u64::MAX]);
        assert_eq!(sorted(Vec::new()), []);
    }
}
