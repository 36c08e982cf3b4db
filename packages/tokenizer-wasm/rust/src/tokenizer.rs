use crate::character_table::CharacterTable;
use crate::encoder::Encoder;
use crate::options::{Options, SpecialTokenRule};
use crate::output::Output;
use crate::special_tokens::SpecialTokens;
use crate::trie::{Root, Trie};
use crate::vocabulary::{CONTINUATION, Vocabulary};
use crate::word_cache::WordCache;

/// What words without a match become.
const UNKNOWN: &str = "[UNK]";

/// A vocabulary and options, made ready for encoding. Nothing that can be seen ever changes afterwards.
#[derive(Debug)]
pub struct Tokenizer {
    pub(crate) options: Options,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) trie: Trie,
    pub(crate) table: CharacterTable,
    pub(crate) special_tokens: SpecialTokens,
    pub(crate) unknown: u32,
    pub(crate) cache: WordCache,
    duplicates: Vec<(u32, u32)>,
}

impl Tokenizer {
    /// Prepares a vocabulary for encoding. `special_tokens` are those that may stand in a text.
    ///
    /// A vocabulary without `[UNK]` gives 0 for unknown words: callers check it first, with [`Self::token_id`].
    #[must_use]
    pub fn new(vocabulary: Vocabulary, options: Options, special_tokens: &[&str]) -> Self {
        let mut starts = Vec::new();
        let mut continuations = Vec::new();
        for (token, id) in vocabulary.iter() {
            let token = token.as_bytes();
            match token.strip_prefix(CONTINUATION) {
                Some(rest) if !rest.is_empty() => continuations.push((rest, id)),
                _ if !token.is_empty() => starts.push((token, id)),
                _ => {}
            }
        }
        let mut duplicates = Vec::new();
        keep_last(&mut starts, &mut duplicates);
        keep_last(&mut continuations, &mut duplicates);
        duplicates.sort_unstable();
        let trie = Trie::new(&starts, &continuations);
        let unknown = trie.get(Root::Start, UNKNOWN.as_bytes()).unwrap_or(0);
        let mut table = CharacterTable::new(options, &trie, unknown);
        let special_tokens = match options.special_tokens {
            SpecialTokenRule::Never => SpecialTokens::default(),
            _ => SpecialTokens::new(special_tokens, &trie),
        };
        table.beware_of(special_tokens.iter().map(|token| token[0]));
        Self { options, vocabulary, trie, table, special_tokens, unknown, cache: WordCache::new(), duplicates }
    }

    /// Encodes texts, each as the next row of `output`, with byte offsets if `spans`.
    pub fn encode<'a>(&self, texts: impl IntoIterator<Item = &'a [u8]>, spans: bool, output: &mut Output) {
        let mut encoder = Encoder::new(self, output);
        for text in texts {
            if spans {
                encoder.row::<true>(text);
            } else {
                encoder.row::<false>(text);
            }
        }
    }

    /// The id of a token.
    #[must_use]
    pub fn token_id(&self, token: &str) -> Option<u32> {
        let token = token.as_bytes();
        match token.strip_prefix(CONTINUATION) {
            Some(rest) if !rest.is_empty() => self.trie.get(Root::Continuation, rest),
            _ => self.trie.get(Root::Start, token),
        }
    }

    /// The list of tokens.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Ids whose token comes again later, with the id that it has instead.
    #[must_use]
    pub fn duplicates(&self) -> &[(u32, u32)] {
        &self.duplicates
    }
}

/// Sorts keys and keeps the last id of each.
fn keep_last(keys: &mut Vec<(&[u8], u32)>, duplicates: &mut Vec<(u32, u32)>) {
    // Most keys differ in their first eight bytes, which compare as one number.
    let head = |key: &[u8]| {
        let mut bytes = [0; 8];
        let length = key.len().min(8);
        bytes[..length].copy_from_slice(&key[..length]);
        u64::from_be_bytes(bytes)
    };
    let mut with_heads: Vec<_> = keys.iter().map(|&(key, id)| (head(key), key, id)).collect();
    with_heads.sort_unstable();
    keys.clear();
    keys.extend(with_heads.into_iter().map(|(_, key, id)| (key, id)));
    keys.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            duplicates.push((earlier.1, later.1));
            earlier.1 = later.1;
        }
        same
    });
}
