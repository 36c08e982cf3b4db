//! Runs a job (see ../../../implementations.js) with a Rust implementation: times passes over a corpus, or serves ids.

mod bertie;
mod limit;
mod tokie;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{BufRead, Write};
use std::time::Instant;

/// A job. Without a corpus, texts are read from stdin.
#[derive(Deserialize)]
pub struct Job {
    implementation: String,
    /// Path of a `vocab.txt`.
    vocab: String,
    /// Path of the same vocabulary as a Hugging Face `tokenizer.json`.
    json: String,
    corpus: Option<String>,
    #[serde(default)]
    passes: usize,
    #[serde(default)]
    threads: usize,
    #[serde(default)]
    hash: bool,
}

/// A corpus in memory, as bytes and as lines.
pub struct Corpus<'a> {
    bytes: &'a [u8],
    lines: Vec<&'a str>,
}

/// The ids of all rows, concatenated, and the end of each row.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    ids: &'a [u32],
    ends: &'a [u32],
}

/// A tokenizer that reuses its buffers.
pub trait Implementation: Send {
    /// Encodes texts, one row per text.
    fn texts(&mut self, texts: &[&str]);
    /// Encodes a corpus, one row per line.
    fn corpus(&mut self, corpus: &Corpus) {
        self.texts(&corpus.lines);
    }
    /// Returns the rows of the last encoding.
    fn rows(&self) -> Rows<'_>;
}

fn main() {
    let job: Job = serde_json::from_str(&std::env::args().nth(1).expect("a job as JSON")).expect("a job");
    match &job.corpus {
        Some(path) => time(&job, &std::fs::read_to_string(path).expect(path)),
        None => serve(&mut *load(&job)),
    }
}

fn load(job: &Job) -> Box<dyn Implementation> {
    match job.implementation.as_str() {
        "bertie" => Box::new(bertie::Bertie::new(job, false)),
        "bertie-offsets" => Box::new(bertie::Bertie::new(job, true)),
        "tokie" => Box::new(tokie::Tokie::new(job)),
        "limit" => Box::new(limit::Limit::default()),
        unknown => panic!("unknown implementation {unknown}"),
    }
}

fn time(job: &Job, text: &str) {
    let corpora = parts(text, job.threads.max(1)).into_iter();
    let mut parts: Vec<(Box<dyn Implementation>, Corpus)> = corpora
        .map(|part| (load(job), Corpus { bytes: part.as_bytes(), lines: part.split_terminator('\n').collect() }))
        .collect();
    let mut seconds = Vec::new();
    for _ in 0..job.passes {
        let start = Instant::now();
        match &mut parts[..] {
            [(implementation, corpus)] => implementation.corpus(corpus),
            many => std::thread::scope(|scope| {
                for (implementation, corpus) in many {
                    scope.spawn(|| implementation.corpus(corpus));
                }
            }),
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    let results: Vec<Rows> = parts.iter().map(|(implementation, _)| implementation.rows()).collect();
    let tokens: usize = results.iter().map(|rows| rows.ids.len()).sum();
    let sha256 = job.hash.then(|| hash(&results));
    println!("{}", serde_json::json!({ "seconds": seconds, "tokens": tokens, "sha256": sha256 }));
}

/// Splits text into parts of about the same size, at line ends.
fn parts(text: &str, count: usize) -> Vec<&str> {
    let mut rest = text;
    let mut parts = Vec::new();
    for left in (2..=count).rev() {
        let end = rest.as_bytes()[rest.len() / left..].iter().position(|&byte| byte == b'\n');
        let (part, after) = rest.split_at(end.map_or(rest.len(), |end| rest.len() / left + end + 1));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

impl<'a> Rows<'a> {
    fn iter(self) -> impl Iterator<Item = &'a [u32]> {
        let starts = std::iter::once(&0).chain(self.ends);
        starts.zip(self.ends).map(move |(&start, &end)| &self.ids[start as usize..end as usize])
    }
}

/// Returns the SHA-256 of the ids of all rows as little-endian int32, with -1 after each row.
fn hash(results: &[Rows]) -> String {
    let mut hash = Sha256::new();
    for row in results.iter().flat_map(|rows| rows.iter()) {
        let ids = row.iter().copied().chain([u32::MAX]);
        hash.update(ids.flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads JSON arrays of texts from stdin, one per line, and prints a JSON array of their ids for each.
fn serve(implementation: &mut dyn Implementation) {
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let texts: Vec<String> = serde_json::from_str(&line.expect("a line")).expect("an array of texts");
        implementation.texts(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let ids: Vec<_> = implementation.rows().iter().collect();
        writeln!(stdout, "{}", serde_json::json!(ids)).and_then(|()| stdout.flush()).expect("stdout is open");
    }
}
