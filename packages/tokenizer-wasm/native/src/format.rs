//! Output formats.

/// The number of bytes per id in binary output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Two,
    Four,
}

impl Width {
    /// Returns the smallest width for the ids of a vocabulary with this many tokens.
    pub(crate) fn for_vocabulary_size(tokens: usize) -> Self {
        if tokens <= 1 << 16 { Self::Two } else { Self::Four }
    }
}

/// Formats ids as little-endian integers.
pub(crate) fn bin(ids: &[u32], width: Width) -> Vec<u8> {
    match width {
        Width::Two => ids.iter().map(|id| id.to_le_bytes()).flat_map(|[low, high, ..]| [low, high]).collect(),
        Width::Four => ids.iter().flat_map(|id| id.to_le_bytes()).collect(),
    }
}

/// Formats rows as lines of `{"ids":[…]}`. `ends` holds the end of each row in `ids`.
pub(crate) fn jsonl(ids: &[u32], ends: &[u32]) -> Vec<u8> {
    let mut text = Vec::with_capacity(6 * ids.len() + 10 * ends.len());
    let mut digits = itoa::Buffer::new();
    let mut first = 0;
    for &end in ends {
        text.extend_from_slice(b"{\"ids\":[");
        for (i, &id) in ids[first..end as usize].iter().enumerate() {
            if i > 0 {
                text.push(b',');
            }
            text.extend_from_slice(digits.format(id).as_bytes());
        }
        text.extend_from_slice(b"]}\n");
        first = end as usize;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [u32; 4] = [0, 258, 65_535, 7];

    #[test]
    fn bin_writes_little_endian_ids_of_the_smallest_width() {
        assert_eq!(bin(&IDS, Width::for_vocabulary_size(65_536)), [0, 0, 2, 1, 255, 255, 7, 0]);
        let wide = [0, 0, 0, 0, 2, 1, 0, 0, 255, 255, 0, 0, 7, 0, 0, 0];
        assert_eq!(bin(&IDS, Width::for_vocabulary_size(65_537)), wide);
    }

    #[test]
    fn jsonl_writes_one_line_per_row() {
        assert_eq!(jsonl(&IDS, &[3, 3, 4]), b"{\"ids\":[0,258,65535]}\n{\"ids\":[]}\n{\"ids\":[7]}\n");
    }
}
