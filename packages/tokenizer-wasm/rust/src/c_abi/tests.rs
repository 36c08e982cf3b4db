//! Tests of the C interface on the host's own memory.

use proptest::prelude::*;

use super::error::Error;
use super::instance::{Instance, Range};

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n中\n😀";
const DEFAULT_FLAGS: u32 = 15;
const FRAME: u32 = 1;
const OFFSETS: u32 = 2;
const UTF16: u32 = 4;
const CHARS: u32 = 8;
const SKIP: u32 = 16;
const FAIL: u32 = 32;

/// An instance with one tokenizer, and a buffer for the result.
struct Host {
    instance: Instance,
    tokenizer: u32,
    result: usize,
}

impl Host {
    fn new(vocabulary: &str, added: &str) -> Result<Self, Error> {
        let mut instance = Instance::default();
        let [vocabulary, added] = [vocabulary, added].map(|text| write(&mut instance, text.as_bytes()));
        let tokenizer = instance.create(vocabulary, added, DEFAULT_FLAGS, 100)?;
        let result = instance.buffers.allocate(32)?;
        Ok(Self { instance, tokenizer, result })
    }

    fn lines(&mut self, text: &[u8], flags: u32, max_length: u32) -> Result<(), Error> {
        let text = write(&mut self.instance, text);
        self.instance.encode_lines(self.tokenizer, text, flags, max_length, self.result)
    }

    fn rows(&mut self, rows: &[&[u8]], flags: u32, max_length: u32) -> Result<(), Error> {
        let [text, _] = write(&mut self.instance, &rows.concat());
        let mut end = 0;
        let ends = rows.iter().flat_map(|row| {
            end += row.len() as u32;
            end.to_le_bytes()
        });
        let ends: Vec<u8> = ends.collect();
        let [ends, _] = write(&mut self.instance, &ends);
        self.instance.encode_rows(self.tokenizer, text, [ends, rows.len()], flags, max_length, self.result)
    }

    fn ids(&self) -> Vec<Vec<u32>> {
        let output = &self.instance.output;
        let starts = std::iter::once(&0).chain(output.row_ends());
        starts.zip(output.row_ends()).map(|(&from, &to)| output.ids()[from as usize..to as usize].to_vec()).collect()
    }

    fn result(&self) -> Vec<u32> {
        let words = self.instance.buffers.bytes(self.result, 32).unwrap();
        words.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect()
    }
}

fn write(instance: &mut Instance, bytes: &[u8]) -> Range {
    let address = instance.buffers.allocate(bytes.len()).unwrap();
    instance.buffers.bytes_mut(address, bytes.len()).unwrap().copy_from_slice(bytes);
    [address, bytes.len()]
}

#[test]
fn lines_and_rows_have_the_same_tokens() {
    let mut host = Host::new(VOCABULARY, "").unwrap();
    let expected = [vec![2, 5, 7, 3], vec![2, 3], vec![2, 8, 3]];
    assert_eq!(host.lines("ab\n\n中".as_bytes(), FRAME, 4), Ok(()));
    assert_eq!(host.ids(), expected);
    assert_eq!(host.rows(&[b"ab", b"", "中".as_bytes()], FRAME, u32::MAX), Ok(()));
    assert_eq!(host.ids(), expected);
    let result = host.result();
    assert_eq!([result[1], result[2], result[4], result[6], result[7]], [9, 0, 3, 0, 0]);
    assert_eq!(host.rows(&[], FRAME, 4), Ok(()));
    assert_eq!(host.lines(b"", FRAME, 4), Ok(()));
    assert_eq!(host.result()[4], 0);
}

#[test]
fn offsets_are_in_the_requested_unit() {
    let mut host = Host::new(VOCABULARY, "").unwrap();
    let text = "a\n😀 b".as_bytes();
    for (unit, spans) in [(0, [[0, 4], [5, 6]]), (UTF16, [[0, 2], [3, 4]]), (CHARS, [[0, 1], [2, 3]])] {
        for frame in [0, FRAME] {
            host.lines(text, frame | OFFSETS | unit, 9).unwrap();
            let of_lines = host.instance.output.spans().to_vec();
            host.rows(&[b"a", &text[2..]], frame | OFFSETS | unit, 9).unwrap();
            assert_eq!(host.instance.output.spans(), of_lines);
            let of_text: Vec<_> = of_lines.into_iter().filter(|span| *span != [0, 0]).skip(1).collect();
            assert_eq!(of_text, spans);
        }
    }
}

#[test]
fn invalid_rows_are_replaced_skipped_or_an_error() {
    let mut host = Host::new(VOCABULARY, "").unwrap();
    for lines in [true, false] {
        let mut encode = |flags| {
            let result =
                if lines { host.lines(b"a\nb\xff\na", flags, 9) } else { host.rows(&[b"a", b"b\xff", b"a"], flags, 9) };
            (result, host.ids(), host.instance.output.invalid_rows().to_vec())
        };
        assert_eq!(encode(0), (Ok(()), vec![vec![5], vec![6], vec![5]], vec![[1, 1]]));
        assert_eq!(
            encode(FRAME | OFFSETS | CHARS | SKIP),
            (Ok(()), vec![vec![2, 5, 3], vec![], vec![2, 5, 3]], vec![[1, 1]])
        );
        assert_eq!(encode(FAIL), (Err(Error::Utf8), vec![vec![5], vec![6]], vec![[1, 1]]));
    }
}

#[test]
fn a_tokenizer_needs_a_valid_vocabulary() {
    let rejected = |vocabulary: &str, added: &str| Host::new(vocabulary, added).err();
    assert_eq!(rejected("a\nb", ""), Some(Error::MissingToken));
    assert_eq!(rejected(&"\n".repeat((1 << 20) + 1), ""), Some(Error::TooLarge));
    assert_eq!(rejected(VOCABULARY, "0 x y"), Some(Error::AddedTokens));
    assert_eq!(Host::new("[UNK]", "").unwrap().lines(b"a", FRAME, 9), Err(Error::MissingToken));
    assert_eq!(Host::new("[UNK]", "").unwrap().lines(b"a", 0, 9), Ok(()));
    assert_eq!(Host::new("\u{feff}[UNK]\na", "").unwrap().tokenizer, 1);
    let mut host = Host::new(VOCABULARY, "0 70 <x>").unwrap();
    host.lines(b"a<x>b", 0, 9).unwrap();
    assert_eq!(host.ids(), [[5, 70, 6]]);
}

#[test]
fn a_freed_tokenizer_is_unknown() {
    let mut host = Host::new(VOCABULARY, "").unwrap();
    let token = write(&mut host.instance, "中".as_bytes());
    assert_eq!(host.instance.token_id(host.tokenizer, token), Ok(8));
    assert_eq!(host.instance.token_id(host.tokenizer, [token[0], 2]), Err(Error::Utf8));
    assert_eq!(host.instance.token_id(host.tokenizer, [token[0], 0]), Err(Error::MissingToken));
    assert_eq!(host.instance.tokenizer(1).unwrap().vocabulary().len(), 10);
    assert_eq!(host.instance.free(1), Ok(()));
    assert_eq!(host.instance.free(1), Err(Error::Handle));
    assert_eq!(host.lines(b"a", 0, 9), Err(Error::Handle));
    let vocabulary = write(&mut host.instance, VOCABULARY.as_bytes());
    assert_eq!(host.instance.create(vocabulary, [0, 0], DEFAULT_FLAGS, 100), Ok(2));
    host.instance.free_result();
    assert!(host.instance.output.ids().is_empty());
}

/// Numbers that are addresses or lengths in the buffer, or close to them, or anything else.
fn number() -> impl Strategy<Value = (bool, usize)> {
    let offsets = prop_oneof![0..300_usize, Just(usize::MAX), Just(u32::MAX as usize), any::<usize>()];
    (any::<bool>(), offsets)
}

proptest! {
    #[test]
    fn any_arguments_return_a_result_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 256),
        numbers in prop::array::uniform5(number()),
        [flags, max_length] in any::<[u32; 2]>(),
        flag_bits in 0..9_u32,
    ) {
        let mut host = Host::new(VOCABULARY, "8 70 ab").unwrap();
        let [address, _] = write(&mut host.instance, &bytes);
        let [a, b, c, d, e] = numbers.map(|(near, value)| if near { address.wrapping_add(value) } else { value });
        let flags = flags & ((1 << flag_bits) - 1);
        for result in [host.result, e] {
            let _ = host.instance.encode_lines(1, [a, b], flags, max_length, result);
            let _ = host.instance.encode_rows(1, a, [c, d], flags, max_length, result);
        }
        let _ = host.instance.create([a, b], [c, d], flags, max_length & 0xff);
        let _ = host.instance.token_id(1, [a, b]);
        prop_assert_eq!(host.lines(b"ab", 0, 9), Ok(()));
    }
}
