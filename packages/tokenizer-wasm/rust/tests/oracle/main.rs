//! The tokenizer against a plain one, and the plain one against the reference.

mod check;
mod code_points;
mod golden;
mod plain;
mod properties;
mod regressions;
mod texts;
mod tokenizers;
