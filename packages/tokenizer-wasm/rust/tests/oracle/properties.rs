//! Property tests: the tokenizer agrees with the naive one on arbitrary text.

use proptest::proptest;
use proptest::test_runner::{Config, TestCaseError};

use crate::check::check;
use crate::texts::case;

proptest! {
    #![proptest_config(Config { cases: 3000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn encode_agrees_with_the_naive_tokenizer_on_any_text(case in case()) {
        check(&case).map_err(TestCaseError::fail)?;
    }
}
