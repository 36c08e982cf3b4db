//! Tokens that are recognized in the text before it is split into words, as in Hugging Face's tokenizers.

use alloc::{string::String, vec, vec::Vec};

use memchr::memchr;

use crate::character_table::{CharacterTable, Class};
use crate::options::Options;
use crate::sort::sorted_by_key;
use crate::unicode::{Mapping, jamo, stripped_decompositions};
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
    /// Whether the span of the token excludes the whitespace before and after it.
    pub bare_span: bool,
}

/// An added token in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) id: u32,
    /// The range that the token replaces.
    pub(crate) range: [usize; 2],
    /// The span of the token.
    pub(crate) span: [usize; 2],
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

    /// Appends the matches in `text` to `found`.
    fn find(&self, text: &[u8], table: &CharacterTable, found: &mut Vec<Found>) {
        let (mut covered, mut at) = (0, 0);
        while let Some(head) = self.next_head(text, at) {
            at = head;
            let Some((bytes, token)) = self.longest_at(&text[at..]) else {
                at += 1;
                continue;
            };
            let end = at + bytes.len();
            if !token.single_word || (!ends_with_word(&text[..at], table) && !starts_with_word(&text[end..], table)) {
                // A token that begins with the whitespace after another one takes it from that token, whose span still
                // includes it.
                if let Some(last) = found.last_mut().filter(|_| at < covered) {
                    last.range[1] = at;
                    covered = at;
                }
                let start = if token.left_strip { spaces_before(text, at).max(covered) } else { at };
                covered = if token.right_strip { spaces_after(text, end) } else { end };
                let range = [start, covered];
                found.push(Found { id: token.id, range, span: if token.bare_span { [at, end] } else { range } });
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
    normalizer: Option<Normalizer>,
}

impl AddedTokens {
    pub(crate) fn new(tokens: Vec<AddedToken>, table: &CharacterTable, options: Options) -> Self {
        let (in_normal_form, verbatim): (Vec<_>, Vec<_>) = tokens.into_iter().partition(|token| token.normalized);
        let bytes_of = |token: AddedToken| (token.content.clone().into_bytes(), token);
        let normalizer = (!in_normal_form.is_empty()).then(|| Normalizer::new(options));
        let normal_bytes_of = |token: AddedToken| {
            let bytes =
                normalizer.iter().flat_map(|normalizer| normalizer.apply(token.content.as_bytes(), table).bytes);
            (bytes.collect(), token)
        };
        Self {
            verbatim: (!verbatim.is_empty()).then(|| Patterns::new(verbatim.into_iter().map(bytes_of))),
            normalized: (!in_normal_form.is_empty())
                .then(|| Patterns::new(in_normal_form.into_iter().map(normal_bytes_of))),
            normalizer,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.verbatim.is_none() && self.normalized.is_none()
    }

    /// Returns false if `text` certainly contains no added token.
    pub(crate) fn may_occur_in(&self, text: &[u8]) -> bool {
        self.normalized.is_some() || self.verbatim.as_ref().is_some_and(|tokens| tokens.next_head(text, 0).is_some())
    }

    /// Returns the added tokens in `text`, in order.
    pub(crate) fn find(&self, text: &[u8], table: &CharacterTable) -> Vec<Found> {
        let mut verbatim = Vec::new();
        if let Some(patterns) = &self.verbatim {
            patterns.find(text, table, &mut verbatim);
        }
        let (Some(patterns), Some(normalizer)) = (&self.normalized, &self.normalizer) else { return verbatim };
        let mut found = Vec::new();
        let mut start = 0;
        let end = [text.len(); 2];
        for token in verbatim.into_iter().chain([Found { id: 0, range: end, span: end }]) {
            let [from, to] = token.range;
            let section = normalizer.apply(&text[start..from], table);
            let first = found.len();
            patterns.find(&section.bytes, table, &mut found);
            for found in &mut found[first..] {
                found.range = section.range(found.range).map(|at| start + at);
                found.span = section.span(found.span).map(|at| start + at);
            }
            found.push(token);
            start = to;
        }
        found.pop();
        found
    }
}

/// Returns a text as it is searched for the tokens that are looked for in the normalized text.
pub(crate) fn normalized(text: &str, table: &CharacterTable, options: Options) -> String {
    String::from_utf8_lossy(&Normalizer::new(options).apply(text.as_bytes(), table).bytes).into_owned()
}

/// Normalizes text before the text is split into words.
#[derive(Debug)]
struct Normalizer {
    /// Decompositions of punctuation and ideographs, for which the character table has only ids; `None` if accents are kept.
    decompositions: Option<Mapping>,
    /// Whether all whitespace becomes spaces.
    cleans: bool,
}

impl Normalizer {
    fn new(options: Options) -> Self {
        let decompositions = options.strip_accents.then(stripped_decompositions);
        Self { decompositions, cleans: options.clean_text }
    }

    fn apply(&self, text: &[u8], table: &CharacterTable) -> Normalized {
        let mut normalized = Normalized {
            bytes: Vec::with_capacity(text.len()),
            sources: Vec::with_capacity(text.len()),
            spaces: vec![],
        };
        let mut at = 0;
        while at < text.len() {
            let decoded = decode(&text[at..]);
            let end = at + decoded.length;
            let entry = table.entry(decoded.point);
            match entry.class() {
                Class::Dropped | Class::Mark => {}
                Class::Space => normalized.push(if self.cleans { b" " } else { &text[at..end] }, [at, end]),
                Class::Ideograph => {
                    normalized.push_space([at, at], [at, end]);
                    self.push_decomposed(&mut normalized, decoded.point, &text[at..end], [at, end]);
                    normalized.push_space([end, end], [at, end]);
                }
                Class::Punctuation => {
                    self.push_decomposed(&mut normalized, decoded.point, &text[at..end], [at, end]);
                }
                Class::Hangul => {
                    for part in jamo(decoded.point).into_iter().filter(|&part| part != 0).filter_map(char::from_u32) {
                        normalized.push(part.encode_utf8(&mut [0; 4]).as_bytes(), [at, end]);
                    }
                }
                Class::Mapped | Class::Reordered => {
                    normalized.push(table.replacement(entry).0.as_bytes(), [at, end]);
                }
                Class::Sigma => normalized.push("σ".as_bytes(), [at, end]),
                Class::Word => normalized.push(&text[at..end], [at, end]),
            }
            at = end;
        }
        normalized
    }

    /// Appends the decomposition of a character that is not a letter, or its bytes if it has none.
    fn push_decomposed(&self, normalized: &mut Normalized, point: u32, bytes: &[u8], source: [usize; 2]) {
        match self.decompositions.as_ref().and_then(|decompositions| decompositions.get(point)) {
            Some(parts) => {
                for part in parts.iter().filter_map(|&part| char::from_u32(part)) {
                    normalized.push(part.encode_utf8(&mut [0; 4]).as_bytes(), source);
                }
            }
            None => normalized.push(bytes, source),
        }
    }
}

/// A text after normalization, with the source of each byte.
struct Normalized {
    bytes: Vec<u8>,
    sources: Vec<[usize; 2]>,
    /// The positions of the spaces around ideographs, and the ranges of the ideographs, in order.
    spaces: Vec<(usize, [usize; 2])>,
}

impl Normalized {
    fn push(&mut self, bytes: &[u8], source: [usize; 2]) {
        self.bytes.extend_from_slice(bytes);
        self.sources.resize(self.bytes.len(), source);
    }

    /// Appends a space before or after an ideograph.
    fn push_space(&mut self, source: [usize; 2], ideograph: [usize; 2]) {
        self.spaces.push((self.bytes.len(), ideograph));
        self.push(b" ", source);
    }

    /// Returns the range of the text from which a range of bytes, which is not empty, came.
    fn range(&self, [from, to]: [usize; 2]) -> [usize; 2] {
        [self.sources[from][0], self.sources[to - 1][1]]
    }

    /// Like [`Self::range`], but a space at the start or end extends the range over its ideograph, as in Hugging Face's
    /// tokenizers, although the ideograph is another word.
    fn span(&self, [from, to]: [usize; 2]) -> [usize; 2] {
        let source_of = |at| {
            let space = self.spaces.binary_search_by_key(&at, |&(position, _)| position);
            space.map_or(self.sources[at], |index| self.spaces[index].1)
        };
        [source_of(from)[0], source_of(to - 1)[1]]
    }
}

/// Returns whether the regular expression `\w` matches the last character.
fn ends_with_word(text: &[u8], table: &CharacterTable) -> bool {
    !text.is_empty() && starts_with_word(&text[previous_start(text, text.len())..], table)
}

/// Returns whether the regular expression `\w` matches the first character.
fn starts_with_word(text: &[u8], table: &CharacterTable) -> bool {
    !text.is_empty() && table.entry(decode(text).point).is_word()
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
        bare_span: false,
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
        let (frame, invalid) = (crate::Frame::NONE, InvalidUtf8::Replace);
        let line_options = LineOptions { frame, max_length: usize::MAX, spans: true, invalid };
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
