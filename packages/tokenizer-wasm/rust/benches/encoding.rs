//! Benchmarks of the tokenizer, with lower bounds for any tokenizer.
//!
//! The text comes from the corpora in the directory `BERTIE_REFERENCE_DATA`, if it is set. Otherwise, the text consists
//! of repeated files of this repository, for which the word cache is unrealistically effective.

use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options, Output, Tokenizer, Vocabulary};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;

/// The size of the text in bytes: large enough to exceed the word cache, and small enough for many rounds.
const TEXT_BYTES: usize = 4 << 20;
const LANGUAGES: [&str; 2] = ["zh", "en"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Returns lines of text in a language.
fn text(language: &str) -> Vec<u8> {
    let mut text = match std::env::var_os("BERTIE_REFERENCE_DATA") {
        Some(folder) => read(&Path::new(&folder).join(format!("corpora/{language}.txt"))),
        None if language == "zh" => read(&repository().join("examples/data/reviews/train.tsv")),
        None => ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "packages/tokenizer-wasm/README.md"]
            .map(|file| read(&repository().join(file)))
            .concat(),
    };
    text = text.repeat(TEXT_BYTES.div_ceil(text.len()));
    let end = text[..TEXT_BYTES].iter().rposition(|&byte| byte == b'\n').expect("the text has lines");
    text.truncate(end + 1);
    text
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn vocabulary(language: &str) -> String {
    let file = repository().join(format!("packages/tokenizer-wasm/fixtures/vocab-{language}.txt.gz"));
    let mut text = String::new();
    GzDecoder::new(&read(&file)[..]).read_to_string(&mut text).expect("the fixture is text");
    text
}

fn tokenizer(vocabulary: &str) -> Tokenizer {
    Tokenizer::new(
        Vocabulary::from_lines(vocabulary),
        Options::default(),
        &["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"],
    )
}

fn encode(tokenizer: &Tokenizer, text: &[u8], spans: bool, output: &mut Output) {
    let options = LineOptions { frame: Frame::NONE, max_length: usize::MAX, spans, invalid: InvalidUtf8::Replace };
    output.clear();
    tokenizer.encode_lines(black_box(text), options, output);
    black_box(&output);
}

/// Measures encoding of lines, with and without spans, with a warm tokenizer and with a new one for each round.
fn lines(criterion: &mut Criterion) {
    for language in LANGUAGES {
        let (text, vocabulary) = (text(language), vocabulary(language));
        let mut group = group(criterion, &format!("lines-{language}"), Some(text.len()));
        for (kind, spans) in [("ids", false), ("spans", true)] {
            let mut output = Output::default();
            let warm = tokenizer(&vocabulary);
            group.bench_function(format!("{kind}-warm"), |bencher| {
                bencher.iter(|| encode(&warm, &text, spans, &mut output));
            });
            group.bench_function(format!("{kind}-cold"), |bencher| {
                let encode = |cold: &mut Tokenizer| encode(cold, &text, spans, &mut output);
                bencher.iter_batched_ref(|| tokenizer(&vocabulary), encode, BatchSize::PerIteration);
            });
        }
    }
}

/// Measures creation of a tokenizer from the text of a `vocab.txt`.
fn start(criterion: &mut Criterion) {
    let mut group = group(criterion, "start", None);
    for language in LANGUAGES {
        let vocabulary = vocabulary(language);
        group.bench_function(language, |bencher| bencher.iter(|| tokenizer(black_box(&vocabulary))));
    }
}

/// Measures lower bounds: splitting into words and hashing them, and validating UTF-8.
fn limits(criterion: &mut Criterion) {
    for language in LANGUAGES {
        let text = text(language);
        let mut group = group(criterion, &format!("limits-{language}"), Some(text.len()));
        group.bench_function("split-and-hash", |bencher| {
            bencher.iter(|| {
                let words = black_box(&text).split(u8::is_ascii_whitespace);
                words.filter(|word| !word.is_empty()).map(fnv1a).fold(0, u64::wrapping_add)
            });
        });
        group.bench_function("validate-utf8", |bencher| bencher.iter(|| std::str::from_utf8(black_box(&text)).is_ok()));
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, bytes: Option<usize>) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    if let Some(bytes) = bytes {
        group.throughput(Throughput::BytesDecimal(bytes as u64));
    }
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group
}

criterion_group!(benches, lines, start, limits);
criterion_main!(benches);
