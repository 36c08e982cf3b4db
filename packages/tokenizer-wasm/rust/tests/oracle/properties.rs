//! The tokenizer agrees with the plain one on any text.

use proptest::proptest;
use proptest::test_runner::{Config, TestCaseError};

use crate::check::check;
use crate::texts::case;

proptest! {
    #![proptest_config(Config { cases: 3000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_text_gives_the_plain_tokenizers_tokens_and_spans(case in case()) {
        check(&case).map_err(TestCaseError::fail)?;
    }
}
