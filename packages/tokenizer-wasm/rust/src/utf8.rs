//! Decodes UTF-8 one character at a time and replaces invalid bytes with U+FFFD.

/// The code point that replaces invalid bytes, U+FFFD.
pub(crate) const REPLACEMENT: u32 = 0xfffd;

/// A code point, and the number of bytes from which it was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) point: u32,
    pub(crate) length: usize,
    pub(crate) valid: bool,
}

/// Decodes the character at the start of `bytes`, which must not be empty.
///
/// As in the WHATWG Encoding Standard, each maximal prefix of an incomplete character is replaced with one U+FFFD.
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    // The most common case other than ASCII: three bytes, with a lead byte that any continuation byte may follow.
    if let [head @ (0xe1..=0xec | 0xee..=0xef), second @ 0x80..=0xbf, third @ 0x80..=0xbf, ..] = *bytes {
        let point = u32::from(head & 0x0f) << 12 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
        return Decoded { point, length: 3, valid: true };
    }
    decode_any(bytes)
}

#[inline(never)]
fn decode_any(bytes: &[u8]) -> Decoded {
    let valid = |point, length| Decoded { point, length, valid: true };
    let broken = |length| Decoded { point: REPLACEMENT, length, valid: false };
    let tail = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let bits = |byte: u8| u32::from(byte & 0x3f);
    let continues = |byte: u8| byte & 0xc0 == 0x80;
    let head = bytes[0];
    match head {
        0..=0x7f => valid(u32::from(head), 1),
        0xc2..=0xdf if continues(tail(1)) => valid(u32::from(head & 0x1f) << 6 | bits(tail(1)), 2),
        0xe0..=0xef => {
            let second = tail(1);
            let in_range = match head {
                0xe0 => (0xa0..=0xbf).contains(&second),
                0xed => (0x80..=0x9f).contains(&second),
                _ => continues(second),
            };
            match (in_range, continues(tail(2))) {
                (true, true) => valid(u32::from(head & 0x0f) << 12 | bits(second) << 6 | bits(tail(2)), 3),
                (true, false) => broken(2),
                _ => broken(1),
            }
        }
        0xf0..=0xf4 => {
            let second = tail(1);
            let in_range = match head {
                0xf0 => (0x90..=0xbf).contains(&second),
                0xf4 => (0x80..=0x8f).contains(&second),
                _ => continues(second),
            };
            match (in_range, continues(tail(2)), continues(tail(3))) {
                (true, true, true) => {
                    valid(u32::from(head & 7) << 18 | bits(second) << 12 | bits(tail(2)) << 6 | bits(tail(3)), 4)
                }
                (true, true, false) => broken(3),
                (true, false, _) => broken(2),
                _ => broken(1),
            }
        }
        _ => broken(1),
    }
}

/// Returns the start of the character before `end`. Invalid bytes count as one character each.
pub(crate) fn previous_start(bytes: &[u8], end: usize) -> usize {
    let mut start = end - 1;
    while start > 0 && end - start < 4 && bytes[start] & 0xc0 == 0x80 {
        start -= 1;
    }
    if start + decode(&bytes[start..]).length == end { start } else { end - 1 }
}

/// Converts byte spans in `text`, which is UTF-8, to spans of UTF-16 code units. The starts and the ends of the spans
/// must be in ascending order, as in the encoder's output.
///
/// ```
/// let mut spans = [[0, 4], [4, 5]];
/// bertie_tokenizer::byte_to_utf16_spans("😀!".as_bytes(), &mut spans);
/// assert_eq!(spans, [[0, 2], [2, 3]]);
/// ```
pub fn byte_to_utf16_spans(text: &[u8], spans: &mut [[u32; 2]]) {
    if text.is_ascii() {
        return;
    }
    // Two positions, each in bytes and in code units: the last start, and the last start or end.
    let (mut start, mut last) = ([0, 0], [0, 0]);
    for span in spans {
        // Tokens from the same character have the same span, so they start before the previous token's end.
        let from = if span[0] < last[0] { start } else { last };
        start = advance(text, from, span[0]);
        last = advance(text, start, span[1]);
        *span = [start[1], last[1]];
    }
}

/// Advances a position to the byte `to`.
#[inline]
fn advance(text: &[u8], [from, unit]: [u32; 2], to: u32) -> [u32; 2] {
    // A character is one code unit, or two if it has four bytes.
    let units = |byte: u8| u32::from(byte & 0xc0 != 0x80) + u32::from(byte >= 0xf0);
    let between = text[from as usize..to as usize].iter().map(|&byte| units(byte)).sum::<u32>();
    [to, unit + between]
}

/// Converts byte spans in `text` to spans of characters, which Rust and Python count. The starts and the ends of the spans
/// must be in ascending order, as in the encoder's output. An invalid byte sequence counts as the U+FFFD that replaces it.
///
/// ```
/// let mut spans = [[0, 4], [4, 5]];
/// bertie_tokenizer::byte_to_char_spans("😀!".as_bytes(), &mut spans);
/// assert_eq!(spans, [[0, 1], [1, 2]]);
/// ```
pub fn byte_to_char_spans(text: &[u8], spans: &mut [[u32; 2]]) {
    convert_spans(text, spans, |_| 1);
}

/// Like [`byte_to_utf16_spans`], but counts an invalid byte sequence as the U+FFFD that replaces it.
#[cfg(any(test, all(target_arch = "wasm32", feature = "c-abi")))]
pub(crate) fn lossy_byte_to_utf16_spans(text: &[u8], spans: &mut [[u32; 2]]) {
    convert_spans(text, spans, |decoded| 1 + u32::from(decoded.point > 0xffff));
}

/// Converts byte spans to another unit, given the number of units of each character.
#[inline]
fn convert_spans(text: &[u8], spans: &mut [[u32; 2]], units: impl Fn(Decoded) -> u32) {
    if text.is_ascii() {
        return;
    }
    let advance = |[mut at, mut unit]: [u32; 2], to: u32| {
        while at < to {
            let decoded = decode(&text[at as usize..]);
            at += decoded.length as u32;
            unit += units(decoded);
        }
        [to, unit]
    };
    // As in `byte_to_utf16_spans`: the last start, and the last start or end.
    let (mut start, mut last) = ([0, 0], [0, 0]);
    for span in spans {
        let from = if span[0] < last[0] { start } else { last };
        start = advance(from, span[0]);
        last = advance(start, span[1]);
        *span = [start[1], last[1]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_agrees_with_the_standard_library_on_every_character() {
        let mut buffer = [0; 4];
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = c.encode_utf8(&mut buffer);
            assert_eq!(decode(text.as_bytes()), Decoded { point: c as u32, length: c.len_utf8(), valid: true });
            assert_eq!(previous_start(text.as_bytes(), text.len()), 0);
        }
    }

    #[test]
    fn decode_replaces_invalid_bytes_as_the_standard_library_does() {
        let pieces: [&[u8]; 12] = [
            b"a",
            b"\xc3",
            b"\xa9",
            b"\xe4\xb8",
            b"\xad",
            b"\xf0\x9f\x98",
            b"\x80",
            b"\xed\xa0\x80",
            b"\xc0\x80",
            b"\xff",
            "中".as_bytes(),
            b"\xf4\x90\x80\x80",
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let bytes = [first, second, third].concat();
                    let mut actual = String::new();
                    let mut at = 0;
                    while at < bytes.len() {
                        let decoded = decode(&bytes[at..]);
                        actual.push(char::from_u32(decoded.point).unwrap());
                        at += decoded.length;
                    }
                    assert_eq!(actual, String::from_utf8_lossy(&bytes), "{bytes:x?}");
                }
            }
        }
    }

    #[test]
    fn offsets_count_two_units_for_an_astral_character() {
        let text = "a中😀é";
        let mut spans = [[0, 1], [1, 4], [1, 4], [1, 8], [4, 8], [8, 10]];
        byte_to_utf16_spans(text.as_bytes(), &mut spans);
        assert_eq!(spans, [[0, 1], [1, 2], [1, 2], [1, 4], [2, 4], [4, 5]]);
    }

    #[test]
    fn char_offsets_count_one_unit_for_every_character() {
        let mut spans = [[0, 1], [1, 4], [1, 8], [4, 8], [8, 10]];
        byte_to_char_spans("a中😀é".as_bytes(), &mut spans);
        assert_eq!(spans, [[0, 1], [1, 2], [1, 3], [2, 3], [3, 4]]);
    }

    #[test]
    fn an_invalid_byte_sequence_counts_as_one_replacement_character() {
        for convert in [lossy_byte_to_utf16_spans, byte_to_char_spans] {
            let mut spans = [[0, 1], [1, 3], [3, 4], [4, 5]];
            convert(b"a\xf0\x9f\x80b", &mut spans);
            assert_eq!(spans, [[0, 1], [1, 2], [2, 3], [3, 4]]);
        }
    }
}
