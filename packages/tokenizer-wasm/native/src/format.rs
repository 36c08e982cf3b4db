//! Ids on their way out.

/// How wide an id is in binary output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Two,
    Four,
}

impl Width {
    pub(crate) fn for_vocabulary_of(tokens: usize) -> Self {
        if tokens <= 1 << 16 { Self::Two } else { Self::Four }
    }
}

/// Ids alone, the lowest byte first.
pub(crate) fn bin(ids: &[u32], width: Width) -> Vec<u8> {
    match width {
        Width::Two => ids.iter().map(|id| id.to_le_bytes()).flat_map(|[low, high, ..]| [low, high]).collect(),
        Width::Four => ids.iter().flat_map(|id| id.to_le_bytes()).collect(),
    }
}

/// `{"ids":[…]}`, a line for a row. `ends` are one past the last id of each.
pub(crate) fn jsonl(ids: &[u32], ends: &[u32]) -> Vec<u8> {
    let mut text = Vec::with_capacity(6 * ids.len() + 10 * ends.len());
    let mut digits = itoa::Buffer::new();
    let mut first = 0;
    for &end in ends {
        text.extend_from_slice(b"{\"ids\":[");
        for (place, &id) in ids[first..end as usize].iter().enumerate() {
            if place > 0 {
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
    fn ids_are_little_endian_and_as_narrow_as_the_vocabulary_allows() {
        assert_eq!(bin(&IDS, Width::for_vocabulary_of(65_536)), [0, 0, 2, 1, 255, 255, 7, 0]);
        let wide = [0, 0, 0, 0, 2, 1, 0, 0, 255, 255, 0, 0, 7, 0, 0, 0];
        assert_eq!(bin(&IDS, Width::for_vocabulary_of(65_537)), wide);
    }

    #[test]
    fn every_row_is_a_line_of_json() {
        assert_eq!(jsonl(&IDS, &[3, 3, 4]), b"{\"ids\":[0,258,65535]}\n{\"ids\":[]}\n{\"ids\":[7]}\n");
    }
}
