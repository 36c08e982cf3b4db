//! The tokenizer against a plain one, and the plain one against the reference.

mod check;
mod code_points;
mod found;
mod golden;
mod plain;
mod properties;
mod texts;
mod tokenizers;
