//! Runs the built command as users do.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::read::GzDecoder;

const SMALL: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nwor\n##ld\n!\n中\nHello\n";

/// A file of this test's own.
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
    // A command that ends early reads no more.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stdout_of(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    std::str::from_utf8(&output.stdout).unwrap()
}

/// The one line that the command says as it fails with `code`.
fn complaint(output: &Output, code: i32) -> &str {
    let said = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.strip_prefix("bertie-tokenize: ").unwrap().trim_end()
}

fn line_feeds(text: &[u8]) -> usize {
    text.split(|&byte| byte == b'\n').count() - 1
}

#[test]
fn lines_of_stdin_become_lines_of_ids() {
    let vocabulary = file("lines.txt", SMALL);
    let output = run(command(&vocabulary, &["--lower-case"]), "Hello World!\n\n中hello".as_bytes());
    assert_eq!(stdout_of(&output), "{\"ids\":[2,5,6,7,8,3]}\n{\"ids\":[2,3]}\n{\"ids\":[2,9,5,3]}\n");
    assert!(output.stderr.is_empty());
}

#[test]
fn case_and_special_tokens_are_as_asked() {
    let vocabulary = file("case.txt", SMALL);
    let output = run(command(&vocabulary, &["--no-special-tokens"]), b"Hello hello [MASK]\n");
    assert_eq!(stdout_of(&output), "{\"ids\":[10,5,4]}\n");
}

#[test]
fn rows_are_cut_to_the_maximum() {
    let vocabulary = file("maximum.txt", SMALL);
    let output = run(command(&vocabulary, &["--max_length=3"]), b"hello hello hello\n");
    assert_eq!(stdout_of(&output), "{\"ids\":[2,5,3]}\n");
}

#[test]
fn binary_ids_have_two_bytes_or_four_as_the_vocabulary_needs() {
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
fn files_are_read_in_order_and_end_their_last_line() {
    let vocabulary = file("files.txt", SMALL);
    let (first, second) = (file("first.in", "hello"), file("second.in", "!\n"));
    let paths = [&first, &second].map(|path| path.to_str().unwrap());
    let output = run(command(&vocabulary, &["--no-special-tokens", paths[0], "-", paths[1]]), "中".as_bytes());
    assert_eq!(stdout_of(&output), "{\"ids\":[5]}\n{\"ids\":[9]}\n{\"ids\":[8]}\n");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_in_the_order_of_the_input() {
    let mut vocabulary = String::new();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/vocab-zh.txt.gz");
    GzDecoder::new(File::open(fixture).unwrap()).read_to_string(&mut vocabulary).unwrap();
    let vocabulary = file("threads.txt", vocabulary);
    let reviews =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../examples/data/reviews/train.tsv")).unwrap();
    // Several blocks, lines of many lengths, one of them longer than a block.
    let text = [&reviews[..], "很".repeat(200_000).as_bytes(), b"\n", &reviews.repeat(4)].concat();
    let with = |threads, format| {
        let args = ["--lower-case", "--threads", threads, "--format", format];
        let output = run(command(&vocabulary, &args), &text);
        assert_eq!(output.status.code(), Some(0));
        output.stdout
    };
    for format in ["jsonl", "bin"] {
        let alone = with("1", format);
        assert!(with("2", format) == alone && with("5", format) == alone, "{format}");
    }
    let rows = with("3", "jsonl");
    assert_eq!(line_feeds(&rows), line_feeds(&text));
}

#[test]
fn lines_that_are_no_utf8_are_replaced_skipped_or_refused() {
    let vocabulary = file("invalid.txt", SMALL);
    let text = b"hello\nwor\xffld\nhello\n";
    let with = |how| run(command(&vocabulary, &["--no-special-tokens", "--invalid-utf8", how]), text);
    let replaced = with("replace");
    assert_eq!(stdout_of(&replaced), "{\"ids\":[5]}\n{\"ids\":[6,7]}\n{\"ids\":[5]}\n");
    assert_eq!(complaint(&replaced, 0), "lines that are no UTF-8, read without their bad bytes: 1");
    let skipped = with("skip");
    assert_eq!(stdout_of(&skipped), "{\"ids\":[5]}\n{\"ids\":[]}\n{\"ids\":[5]}\n");
    assert_eq!(complaint(&skipped, 0), "lines that are no UTF-8, left empty: 1");
    let refused = with("fail");
    assert_eq!(refused.stdout, b"{\"ids\":[5]}\n");
    assert!(complaint(&refused, 2).starts_with("stdin, line 2, byte 4: no UTF-8"));
}

#[test]
fn the_line_that_is_refused_is_counted_from_its_own_file_on_over_all_blocks() {
    let vocabulary = file("counted.txt", SMALL);
    let good = file("good.in", "hello\n".repeat(3));
    let mut bad = b"hello\n".repeat(100_000);
    bad.extend(b"\xc3\n");
    let bad = file("bad.in", bad);
    let paths = [good.to_str().unwrap(), bad.to_str().unwrap()];
    let output = run(command(&vocabulary, &["--threads", "3", "--invalid-utf8", "fail", paths[0], paths[1]]), b"");
    assert!(complaint(&output, 2).contains("bad.in, line 100001, byte 1: no UTF-8"));
    assert_eq!(line_feeds(&output.stdout), 100_003);
}

#[test]
fn a_fault_ends_the_command_though_stdin_stays_open() {
    let vocabulary = file("open.txt", SMALL);
    let mut child = command(&vocabulary, &["--invalid-utf8", "fail"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut text = b"\xff\n".to_vec();
    text.resize(1 << 19, b'\n');
    let _ = stdin.write_all(&text);
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn wrong_usage_and_input_are_one_line_and_exit_code_2() {
    let vocabulary = file("usage.txt", SMALL);
    for (args, says) in [
        (&["--verbose"][..], "there is no option --verbose; see --help"),
        (&["--format", "npy"], "--format is \"npy\": give bin or jsonl"),
        (&["--threads", "0"], "--threads must be a whole number from 1 on"),
        (&["--max-length", "many"], "--max-length must be a whole number from 1 on"),
        (&["--max-length", "1"], "--max-length 1 leaves no room for [CLS] and [SEP]: give at least 2"),
        (&["--lower-case=yes"], "unexpected argument for option '--lower-case': \"yes\"; see --help"),
        (&["/nowhere/text"], "/nowhere/text: No such file or directory (os error 2)"),
        (&["/"], "/: a folder; name its files"),
    ] {
        let output = run(command(&vocabulary, args), b"hello\n");
        assert_eq!(complaint(&output, 2), says);
        assert!(output.stdout.is_empty());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_bertie-tokenize")).output().unwrap();
    assert_eq!(complaint(&output, 2), "say which vocabulary: --vocab-file FILE; see --help");
}

#[test]
fn a_vocabulary_must_be_one() {
    let with = |content: &[u8], name| run(command(&file(name, content), &[]), b"");
    assert!(complaint(&with(b"[PAD]\n[UNK]\n[CLS]\n", "lacking.txt"), 2).contains("lacking.txt: there is no [SEP];"));
    assert!(complaint(&with(b"[PAD]\n\xff", "latin.txt"), 2).contains("latin.txt, byte 7: no UTF-8;"));
    let twice = with(format!("\u{feff}{SMALL}hello\n").as_bytes(), "twice.txt");
    assert!(complaint(&twice, 0).ends_with("twice.txt: \"hello\" is there twice, in lines 6 and 12; the last counts"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_is_no_fault_and_a_full_disk_is() {
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
        assert!(complaint(&run(command, b"hello\n"), 1).starts_with("stdout: No space left"));
    }
}

#[test]
fn help_and_version_need_no_vocabulary() {
    let with = |arg| Command::new(env!("CARGO_BIN_EXE_bertie-tokenize")).arg(arg).output().unwrap();
    assert!(stdout_of(&with("--help")).starts_with("usage: bertie-tokenize --vocab-file FILE"));
    assert!(stdout_of(&with("--version")).starts_with(concat!("bertie-tokenize ", env!("CARGO_PKG_VERSION"))));
}
