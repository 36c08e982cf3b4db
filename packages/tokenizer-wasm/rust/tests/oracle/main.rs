//! Compares the tokenizer with a naive one, and the naive one with the reference implementation.

mod check;
mod code_points;
mod golden;
mod naive;
mod properties;
mod regressions;
mod texts;
mod tokenizers;
