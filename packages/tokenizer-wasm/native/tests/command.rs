//! End-to-end tests of the built command.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::read::GzDecoder;

const SMALL: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nwor\n##ld\n!\n中\nHello\n";

/// Writes a file to the test directory.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn command(vocabulary: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bertie-tokenize"));
    command.arg("--vocab-file").arg(vocabulary).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the command with `input` on stdin.
fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Writing fails if the command exits early.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stdout_of(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    std::str::from_utf8(&output.stdout).unwrap()
}

/// Returns the only line of stderr, after checking the exit code.
fn message(output: &Output, code: i32) -> &str {
    let stderr = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.strip_prefix("bertie-tokenize: ").unwrap().trim_end()
}

fn line_feeds(text: &[u8]) -> usize {
    text.split(|&byte| byte == b'\n').count() - 1
}

#[test]
fn converts_lines_of_stdin_to_lines_of_ids() {
    let vocabulary = file("lines.txt", SMALL);
    let output = run(command(&vocabulary, &["--lower-case"]), "Hello World!\n\n中hello".as_bytes());
    assert_eq!(stdout_of(&output), "{\"ids\":[2,5,6,7,8,3]}\n{\"ids\":[2,3]}\n{\"ids\":[2,9,5,3]}\n");
    assert!(output.stderr.is_empty());
}

#[test]
fn keeps_case_and_omits_special_tokens_on_request() {
    let vocabulary = file("case.txt", SMALL);
    let output = run(command(&vocabulary, &["--no-special-tokens"]), b"Hello hello [MASK]\n");
    assert_eq!(stdout_of(&output), "{\"ids\":[10,5,4]}\n");
}

#[test]
fn truncates_rows_to_max_length() {
    let vocabulary = file("maximum.txt", SMALL);
    let output = run(command(&vocabulary, &["--max_length=3"]), b"hello hello hello\n");
    assert_eq!(stdout_of(&output), "{\"ids\":[2,5,3]}\n");
}

#[test]
fn writes_binary_ids_of_two_or_four_bytes_by_vocabulary_size() {
    let bytes = |vocabulary: &Path| {
        let output = run(command(vocabulary, &["--format", "bin"]), b"hello!\n");
        assert_eq!(output.status.code(), Some(0));
        output.stdout
    };
    assert_eq!(bytes(&file("narrow.txt", SMALL)), [2, 0, 5, 0, 8, 0, 3, 0]);
    let many: String = (0..65_536).map(|number| number.to_string() + "\n").collect();
    let wide = [2, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0];
    assert_eq!(bytes(&file("wide.txt", format!("{SMALL}{many}"))), wide);
}

#[test]
fn reads_files_in_order_and_ends_the_last_line_of_each() {
    let vocabulary = file("files.txt", SMALL);
    let (first, second) = (file("first.in", "hello"), file("second.in", "!\n"));
    let paths = [&first, &second].map(|path| path.to_str().unwrap());
    let output = run(command(&vocabulary, &["--no-special-tokens", paths[0], "-", paths[1]]), "中".as_bytes());
    assert_eq!(stdout_of(&output), "{\"ids\":[5]}\n{\"ids\":[9]}\n{\"ids\":[8]}\n");
}

#[test]
fn writes_the_same_bytes_with_any_number_of_threads() {
    let mut vocabulary = String::new();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/vocab-zh.txt.gz");
    GzDecoder::new(File::open(fixture).unwrap()).read_to_string(&mut vocabulary).unwrap();
    let vocabulary = file("threads.txt", vocabulary);
    let reviews =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../examples/data/reviews/train.tsv")).unwrap();
    // The text has several blocks, lines of many lengths, and a line longer than a block.
    let text = [&reviews[..], "很".repeat(200_000).as_bytes(), b"\n", &reviews.repeat(4)].concat();
    let with = |threads, format| {
        let args = ["--lower-case", "--threads", threads, "--format", format];
        let output = run(command(&vocabulary, &args), &text);
        assert_eq!(output.status.code(), Some(0));
        output.stdout
    };
    for format in ["jsonl", "bin"] {
        let single = with("1", format);
        assert!(with("2", format) == single && with("5", format) == single, "{format}");
    }
    let rows = with("3", "jsonl");
    assert_eq!(line_feeds(&rows), line_feeds(&text));
}

#[test]
fn replaces_skips_or_rejects_lines_with_invalid_utf8() {
    let vocabulary = file("invalid.txt", SMALL);
    let text = b"hello\nwor\xffld\nhello\n";
    let with = |how| run(command(&vocabulary, &["--no-special-tokens", "--invalid-utf8", how]), text);
    let replaced = with("replace");
    assert_eq!(stdout_of(&replaced), "{\"ids\":[5]}\n{\"ids\":[6,7]}\n{\"ids\":[5]}\n");
    assert_eq!(message(&replaced, 0), "lines with invalid UTF-8: 1 (invalid bytes ignored)");
    let skipped = with("skip");
    assert_eq!(stdout_of(&skipped), "{\"ids\":[5]}\n{\"ids\":[]}\n{\"ids\":[5]}\n");
    assert_eq!(message(&skipped, 0), "lines with invalid UTF-8: 1 (left empty)");
    let rejected = with("fail");
    assert_eq!(rejected.stdout, b"{\"ids\":[5]}\n");
    assert!(message(&rejected, 2).starts_with("stdin, line 2, byte 4: invalid UTF-8"));
}

#[test]
fn counts_an_invalid_line_from_the_start_of_its_file() {
    let vocabulary = file("counted.txt", SMALL);
    let good = file("good.in", "hello\n".repeat(3));
    let mut bad = b"hello\n".repeat(100_000);
    bad.extend(b"\xc3\n");
    let bad = file("bad.in", bad);
    let paths = [good.to_str().unwrap(), bad.to_str().unwrap()];
    let output = run(command(&vocabulary, &["--threads", "3", "--invalid-utf8", "fail", paths[0], paths[1]]), b"");
    assert!(message(&output, 2).contains("bad.in, line 100001, byte 1: invalid UTF-8"));
    assert_eq!(line_feeds(&output.stdout), 100_003);
}

#[test]
fn exits_after_an_error_while_stdin_is_open() {
    let vocabulary = file("open.txt", SMALL);
    let mut child = command(&vocabulary, &["--invalid-utf8", "fail"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut text = b"\xff\n".to_vec();
    text.resize(1 << 19, b'\n');
    let _ = stdin.write_all(&text);
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn reports_invalid_usage_and_input_in_one_line_with_exit_code_2() {
    let vocabulary = file("usage.txt", SMALL);
    for (args, expected) in [
        (&["--verbose"][..], "unknown option --verbose. See --help."),
        (&["--format", "npy"], "--format is \"npy\". Expected bin or jsonl."),
        (&["--threads", "0"], "--threads is \"0\". Expected a whole number of at least 1."),
        (&["--max-length", "many"], "--max-length is \"many\". Expected a whole number of at least 1."),
        (&["--max-length", "1"], "--max-length is 1. Expected at least 2, for [CLS] and [SEP]."),
        (&["--lower-case=yes"], "unexpected argument for option '--lower-case': \"yes\". See --help."),
        (&["/nowhere/text"], "/nowhere/text: No such file or directory (os error 2)"),
        (&["/"], "/: is a directory. Pass the files in it instead."),
    ] {
        let output = run(command(&vocabulary, args), b"hello\n");
        assert_eq!(message(&output, 2), expected);
        assert!(output.stdout.is_empty());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_bertie-tokenize")).output().unwrap();
    assert_eq!(message(&output, 2), "missing option --vocab-file FILE. See --help.");
}

#[test]
fn rejects_an_invalid_vocabulary_and_warns_about_duplicates() {
    let with = |content: &[u8], name| run(command(&file(name, content), &[]), b"");
    assert!(
        message(&with(b"[PAD]\n[UNK]\n[CLS]\n", "incomplete.txt"), 2).contains("incomplete.txt: missing token [SEP].")
    );
    assert!(message(&with(b"[PAD]\n\xff", "latin.txt"), 2).contains("latin.txt, byte 7: invalid UTF-8."));
    let duplicate = with(format!("\u{feff}{SMALL}hello\n").as_bytes(), "duplicate.txt");
    assert!(
        message(&duplicate, 0).ends_with("duplicate.txt: lines 6 and 12 are both \"hello\". The last one is used.")
    );
}

#[cfg(unix)]
#[test]
fn exits_successfully_on_a_closed_pipe_but_not_on_a_full_disk() {
    let vocabulary = file("pipe.txt", SMALL);
    let mut child = command(&vocabulary, &[]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(&b"hello\n".repeat(100_000));
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));

    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let mut command = command(&vocabulary, &[]);
        command.stdout(full);
        assert!(message(&run(command, b"hello\n"), 1).starts_with("stdout: No space left"));
    }
}

#[test]
fn prints_help_and_version_without_a_vocabulary() {
    let with = |arg| Command::new(env!("CARGO_BIN_EXE_bertie-tokenize")).arg(arg).output().unwrap();
    assert!(stdout_of(&with("--help")).starts_with("usage: bertie-tokenize --vocab-file FILE"));
    assert!(stdout_of(&with("--version")).starts_with(concat!("bertie-tokenize ", env!("CARGO_PKG_VERSION"))));
}
