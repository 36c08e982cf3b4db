//! Tokens that are recognized in the text before it is split into words, as in Hugging Face's tokenizers.

use memchr::memchr;

use crate::character_table::{CharacterTable, Class};
use crate::sort::sorted_by_key;
use crate::utf8::{decode, previous_start};

/// A token to recognize in the text, and the conditions under which it is recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // The flags are independent, as in a tokenizer.json.
pub struct AddedToken {
    /// The text of the token.
    pub content: String,
    /// The id of the token, which need not be an id of the vocabulary.
    pub id: u32,
    /// Whether the token is ignored next to letters and digits.
    pub single_word: bool,
    /// Whether the token includes the whitespace before it.
    pub left_strip: bool,
    /// Whether the token includes the whitespace after it.
    pub right_strip: bool,
    /// Whether the token is looked for in the normalized text.
    pub normalized: bool,
}

/// Tokens to look for in a text.
#[derive(Debug)]
struct Patterns {
    /// The tokens with the bytes that match them, longest first.
    tokens: Vec<(Vec<u8>, AddedToken)>,
    /// The first bytes of the tokens.
    heads: [bool; 256],
    /// The first byte of all tokens, if it is the same.
    only_head: Option<u8>,
}

impl Patterns {
    fn new(tokens: impl Iterator<Item = (Vec<u8>, AddedToken)>) -> Self {
        let tokens: Vec<_> = tokens.filter(|(bytes, _)| !bytes.is_empty()).collect();
        let tokens = sorted_by_key(tokens, |(bytes, _)| !bytes.len() as u32);
        let mut heads = [false; 256];
        for (bytes, _) in &tokens {
            heads[bytes[0] as usize] = true;
        }
        let only_head = tokens.first().map(|(bytes, _)| bytes[0]);
        let only_head = only_head.filter(|&head| tokens.iter().all(|(bytes, _)| bytes[0] == head));
        Self { tokens, heads, only_head }
    }

    /// Returns the position of the first byte, starting at `at`, with which a token may begin.
    fn next_head(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = &text[at..];
        let next = match self.only_head {
            Some(head) => memchr(head, rest),
            None => rest.iter().position(|&byte| self.heads[byte as usize]),
        };
        next.map(|next| at + next)
    }

    /// Appends the matches in `text` to `found`: the id of the token, and the range that it replaces.
    fn find(&self, text: &[u8], found: &mut Vec<(u32, [usize; 2])>) {
        let (mut covered, mut at) = (0, 0);
        while let Some(head) = self.next_head(text, at) {
            at = head;
            let Some((bytes, token)) = self.longest_at(&text[at..]) else {
                at += 1;
                continue;
            };
            let end = at + bytes.len();
            if !token.single_word || (!ends_with_word(&text[..at]) && !starts_with_word(&text[end..])) {
                // A token that begins with the whitespace after another one takes it from that token.
                if let Some((_, range)) = found.last_mut().filter(|_| at < covered) {
                    range[1] = at;
                    covered = at;
                }
                let start = if token.left_strip { spaces_before(text, at).max(covered) } else { at };
                covered = if token.right_strip { spaces_after(text, end) } else { end };
                found.push((token.id, [start, covered]));
            }
            at = end;
        }
    }

    fn longest_at(&self, text: &[u8]) -> Option<(&[u8], &AddedToken)> {
        self.tokens.iter().find(|(bytes, _)| text.starts_with(bytes)).map(|(bytes, token)| (&bytes[..], token))
    }
}

/// The added tokens of a tokenizer: those to look for in the text itself, and those to look for in the normalized text.
#[derive(Debug, Default)]
pub(crate) struct AddedTokens {
    verbatim: Option<Patterns>,
    normalized: Option<Patterns>,
}

impl AddedTokens {
    pub(crate) fn new(tokens: Vec<AddedToken>, table: &CharacterTable) -> Self {
        let (normalized, verbatim): (Vec<_>, Vec<_>) = tokens.into_iter().partition(|token| token.normalized);
        let bytes_of = |token: AddedToken| (token.content.clone().into_bytes(), token);
        let normal_bytes_of = |token: AddedToken| (Normalized::new(token.content.as_bytes(), table).bytes, token);
        Self {
            verbatim: (!verbatim.is_empty()).then(|| Patterns::new(verbatim.into_iter().map(bytes_of))),
            normalized: (!normalized.is_empty()).then(|| Patterns::new(normalized.into_iter().map(normal_bytes_of))),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.verbatim.is_none() && self.normalized.is_none()
    }

    /// Returns false if `text` certainly contains no added token.
    pub(crate) fn may_occur_in(&self, text: &[u8]) -> bool {
        self.normalized.is_some() || self.verbatim.as_ref().is_some_and(|tokens| tokens.next_head(text, 0).is_some())
    }

    /// Returns the added tokens in `text`, in order: their ids, and the ranges that they replace.
    pub(crate) fn find(&self, text: &[u8], table: &CharacterTable) -> Vec<(u32, [usize; 2])> {
        let mut verbatim = Vec::new();
        if let Some(patterns) = &self.verbatim {
            patterns.find(text, &mut verbatim);
        }
        let Some(patterns) = &self.normalized else { return verbatim };
        let mut found = Vec::new();
        let mut start = 0;
        let end_of_text = (0, [text.len(), text.len()]);
        for (id, [from, to]) in verbatim.iter().copied().chain([end_of_text]) {
            let section = Normalized::new(&text[start..from], table);
            let first = found.len();
            patterns.find(&section.bytes, &mut found);
            for (_, range) in &mut found[first..] {
                *range = section.source(*range).map(|at| start + at);
            }
            found.push((id, [from, to]));
            start = to;
        }
        found.pop();
        found
    }
}

/// A text after normalization, with the source of each byte.
struct Normalized {
    bytes: Vec<u8>,
    sources: Vec<[usize; 2]>,
}

impl Normalized {
    fn new(text: &[u8], table: &CharacterTable) -> Self {
        let mut normalized = Self { bytes: Vec::with_capacity(text.len()), sources: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while at < text.len() {
            let decoded = decode(&text[at..]);
            let end = at + decoded.length;
            let entry = table.entry(decoded.point);
            match entry.class() {
                Class::Dropped | Class::Mark => {}
                Class::Space => normalized.push(b" ", [at, end]),
                Class::Ideograph => {
                    normalized.push(b" ", [at, at]);
                    normalized.push(&text[at..end], [at, end]);
                    normalized.push(b" ", [end, end]);
                }
                Class::Mapped | Class::Reordered => {
                    normalized.push(table.replacement(entry).0.as_bytes(), [at, end]);
                }
                Class::Sigma => normalized.push("σ".as_bytes(), [at, end]),
                Class::Word | Class::Punctuation | Class::Hangul => normalized.push(&text[at..end], [at, end]),
            }
            at = end;
        }
        normalized
    }

    fn push(&mut self, bytes: &[u8], source: [usize; 2]) {
        self.bytes.extend_from_slice(bytes);
        self.sources.resize(self.bytes.len(), source);
    }

    /// Returns the range of the text from which a range of bytes, which is not empty, came.
    fn source(&self, [from, to]: [usize; 2]) -> [usize; 2] {
        [self.sources[from][0], self.sources[to - 1][1]]
    }
}

fn ends_with_word(text: &[u8]) -> bool {
    !text.is_empty() && is_word(&text[previous_start(text, text.len())..])
}

fn starts_with_word(text: &[u8]) -> bool {
    !text.is_empty() && is_word(text)
}

/// Returns whether the first character is a letter, a digit or an underscore.
fn is_word(text: &[u8]) -> bool {
    char::from_u32(decode(text).point).is_some_and(|character| character.is_alphanumeric() || character == '_')
}

fn is_space(text: &[u8]) -> bool {
    char::from_u32(decode(text).point).is_some_and(char::is_whitespace)
}

/// Returns the start of the whitespace that ends at `at`.
fn spaces_before(text: &[u8], mut at: usize) -> usize {
    while at > 0 {
        let start = previous_start(text, at);
        if !is_space(&text[start..at]) {
            break;
        }
        at = start;
    }
    at
}

/// Returns the end of the whitespace that starts at `at`.
fn spaces_after(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && is_space(&text[at..]) {
        at += decode(&text[at..]).length;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InvalidUtf8, LineOptions, Options, Output, SpecialTokenRule, Tokenizer, Vocabulary};

    const VERBATIM: AddedToken = AddedToken {
        content: String::new(),
        id: 0,
        single_word: false,
        left_strip: false,
        right_strip: false,
        normalized: false,
    };

    fn encode(added: AddedToken, text: &str) -> (Vec<u32>, Vec<[u32; 2]>) {
        let vocabulary = Vocabulary::from_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n中\n\n");
        let options = Options { special_tokens: SpecialTokenRule::Everywhere, ..Options::default() };
        let tokenizer = Tokenizer::new(vocabulary, options, &["[SEP]"]).with_added_tokens(vec![added]);
        let mut output = Output::default();
        tokenizer.encode([text.as_bytes()], true, &mut output);
        (output.ids().to_vec(), output.spans().to_vec())
    }

    fn ids(added: AddedToken, text: &str) -> Vec<u32> {
        encode(added, text).0
    }

    #[test]
    fn a_token_is_found_within_words_with_its_span() {
        let added = AddedToken { content: "<X>".into(), id: 8, ..VERBATIM };
        assert_eq!(encode(added.clone(), "a<X>b [SEP]"), (vec![4, 8, 5, 3], vec![[0, 1], [1, 4], [4, 5], [6, 11]]));
        assert_eq!(ids(added, "<x>"), [1, 1, 1]);
    }

    #[test]
    fn a_normalized_token_is_found_in_any_case_and_accent() {
        let added = AddedToken { content: "Xé中".into(), id: 8, normalized: true, ..VERBATIM };
        assert_eq!(encode(added.clone(), "aXE中b"), (vec![4, 8, 5], vec![[0, 1], [1, 6], [6, 7]]));
        assert_eq!(ids(added.clone(), "axe\u{301}中b[SEP]"), [4, 8, 5, 3]);
        assert_eq!(ids(added, "xe"), [1]);
    }

    #[test]
    fn flags_restrict_or_extend_the_match() {
        let single = AddedToken { content: "x".into(), id: 8, single_word: true, ..VERBATIM };
        assert_eq!(ids(single.clone(), "x ax x. xb"), [8, 1, 8, 1, 1]);
        let strips = AddedToken { content: "x".into(), id: 8, left_strip: true, right_strip: true, ..VERBATIM };
        assert_eq!(encode(strips, "a x  b"), (vec![4, 8, 5], vec![[0, 1], [1, 5], [5, 6]]));
    }

    #[test]
    fn a_token_is_found_in_the_whitespace_that_another_one_includes() {
        let vocabulary = Vocabulary::from_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb");
        let options = Options { special_tokens: SpecialTokenRule::Everywhere, ..Options::default() };
        let strips = AddedToken { content: "x".into(), id: 8, right_strip: true, normalized: true, ..VERBATIM };
        // Ideographs have spaces around them in the normalized text, and so has the token.
        let chinese = AddedToken { content: "中文".into(), id: 9, normalized: true, ..VERBATIM };
        let space = AddedToken { content: " y".into(), id: 10, ..VERBATIM };
        let tokenizer = Tokenizer::new(vocabulary, options, &[]).with_added_tokens(vec![strips, chinese, space]);
        for (text, ids) in [
            ("ax中文b", vec![4, 8, 9, 5]),
            ("x  中文 x", vec![8, 9, 8]),
            ("x y x  y", vec![8, 10, 8, 10]),
            ("x  b", vec![8, 5]),
        ] {
            let mut output = Output::default();
            tokenizer.encode([text.as_bytes()], true, &mut output);
            assert_eq!(output.ids(), ids, "{text}");
        }
    }

    #[test]
    fn lines_with_and_without_added_tokens_are_rows() {
        let vocabulary = Vocabulary::from_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb");
        let options = Options { special_tokens: SpecialTokenRule::Everywhere, ..Options::default() };
        let tokenizer = Tokenizer::new(vocabulary, options, &["[SEP]"]);
        let line_options =
            LineOptions { frame: None, max_length: usize::MAX, spans: true, invalid: InvalidUtf8::Replace };
        for (text, ids, spans) in [
            ("a\nb", vec![4, 5], vec![[0, 1], [0, 1]]),
            ("a[SEP]b\na", vec![4, 3, 5, 4], vec![[0, 1], [1, 6], [6, 7], [0, 1]]),
        ] {
            let mut output = Output::default();
            tokenizer.encode_lines(text.as_bytes(), line_options, &mut output);
            assert_eq!((output.ids(), output.spans(), output.row_ends().len()), (&ids[..], &spans[..], 2));
        }
    }
}
