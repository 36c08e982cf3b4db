//! Checks the naive tokenizer, which is the oracle of the other tests, against the reference implementation.

use std::io::Read;

use bertie_tokenizer::Options;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::tokenizers::{TestVocabulary, pair};

#[test]
fn the_naive_tokenizer_returns_the_references_ids_for_all_golden_records() {
    let packed: &[u8] = include_bytes!("../../../fixtures/golden.jsonl.gz");
    let mut lines = String::new();
    GzDecoder::new(packed).read_to_string(&mut lines).unwrap();
    let mut records = 0;
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let Some(text) = record["text"].as_str() else { continue };
        let vocabulary = if record["vocab"] == "zh" { TestVocabulary::Chinese } else { TestVocabulary::English };
        let lower = record["lower"].as_bool().unwrap();
        let options = Options { lowercase: lower, strip_accents: lower, ..Options::default() };
        let ids: Vec<_> =
            pair(vocabulary, options).naive.encode(text.as_bytes()).iter().map(|token| token.id).collect();
        let expected: Vec<_> = record["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
        assert!(ids.iter().copied().map(u64::from).eq(expected.iter().copied()), "{text:?}: {ids:?}, not {expected:?}");
        records += 1;
    }
    assert_eq!(records, 3578);
}
