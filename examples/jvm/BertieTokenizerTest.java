import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/** Tests BertieTokenizer: java BertieTokenizerTest PACKAGE, where PACKAGE is the path of packages/tokenizer-wasm. */
public final class BertieTokenizerTest {
  private static final String VOCABULARY = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n中\n😀";
  private static final BertieTokenizer.EncodeOptions DEFAULT = BertieTokenizer.EncodeOptions.DEFAULT;
  private static Path directory;
  private static int checks;

  public static void main(String[] arguments) throws Exception {
    directory = Path.of(arguments[0]);
    goldenRecords();
    linesAndTextsHaveTheSameTokens();
    offsetsAreInCodeUnitsOfStrings();
    options();
    invalidInputIsAnError();
    threadsMayShareATokenizer();
    System.out.println(checks + " checks passed");
  }

  private static BertieTokenizer tokenizer(byte[] vocabulary, BertieTokenizer.Options options) {
    return new BertieTokenizer(directory.resolve("c-abi/bertie_tokenizer_baseline.wasm"), vocabulary, options);
  }

  private static BertieTokenizer tokenizer() {
    return tokenizer(VOCABULARY.getBytes(StandardCharsets.UTF_8), BertieTokenizer.Options.UNCASED);
  }

  private static void expect(Object actual, Object expected) {
    if (!expected.equals(actual)) throw new AssertionError("got " + actual + ", expected " + expected);
    checks++;
  }

  private static List<String> rows(BertieTokenizer.Encodings encodings) {
    return IntStream.range(0, encodings.size()).mapToObj(row -> Arrays.toString(encodings.row(row))).toList();
  }

  private static void goldenRecords() throws IOException {
    var records = new ArrayList<JsonObject>();
    var gson = new Gson();
    var packed = new GZIPInputStream(Files.newInputStream(directory.resolve("fixtures/golden.jsonl.gz")));
    for (String line : new BufferedReader(new InputStreamReader(packed, StandardCharsets.UTF_8)).lines().toList()) {
      var record = gson.fromJson(line, JsonObject.class);
      if (record.has("text")) records.add(record);
    }
    expect(records.size() > 2000, true);
    for (String language : List.of("zh", "en")) {
      var file = directory.resolve("fixtures/vocab-" + language + ".txt.gz");
      byte[] vocabulary = new GZIPInputStream(Files.newInputStream(file)).readAllBytes();
      for (boolean lower : List.of(true, false)) {
        var options = lower ? BertieTokenizer.Options.UNCASED : BertieTokenizer.Options.CASED;
        var chosen = records.stream()
            .filter(r -> r.get("vocab").getAsString().equals(language) && r.get("lower").getAsBoolean() == lower)
            .toList();
        var texts = chosen.stream().map(record -> record.get("text").getAsString()).toList();
        var expected = chosen.stream().map(record -> Arrays.toString(gson.fromJson(record.get("ids"), int[].class)));
        var bare = new BertieTokenizer.EncodeOptions(false, -1, false);
        expect(rows(tokenizer(vocabulary, options).encode(texts, bare)), expected.toList());
      }
    }
  }

  private static void linesAndTextsHaveTheSameTokens() {
    var tokenizer = tokenizer();
    var texts = List.of("ab 中", "", "b");
    byte[] lines = String.join("\n", texts).getBytes(StandardCharsets.UTF_8);
    expect(rows(tokenizer.encode(texts, DEFAULT)), List.of("[2, 5, 7, 8, 3]", "[2, 3]", "[2, 6, 3]"));
    expect(rows(tokenizer.encodeLines(lines, DEFAULT)), rows(tokenizer.encode(texts, DEFAULT)));
    byte[] many = "a b 中\n".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    var encodings = tokenizer.encodeLines(many, DEFAULT);
    expect(List.of(encodings.ids().length, encodings.size()), List.of(500_000, 100_000));
    expect(Arrays.toString(encodings.row(99_999)), "[2, 5, 6, 8, 3]");
  }

  private static void offsetsAreInCodeUnitsOfStrings() {
    var options = new BertieTokenizer.EncodeOptions(true, -1, true);
    var encodings = tokenizer().encode(List.of("😀 b", "中"), options);
    expect(Arrays.toString(encodings.offsets()), "[0, 0, 0, 2, 3, 4, 0, 0, 0, 0, 0, 1, 0, 0]");
    var lines = tokenizer().encodeLines("中 b".getBytes(StandardCharsets.UTF_8), options);
    expect(Arrays.toString(lines.offsets()), "[0, 0, 0, 3, 4, 5, 0, 0]");
  }

  private static void options() {
    var added = List.of(new BertieTokenizer.AddedToken("<x>", 70));
    var options = new BertieTokenizer.Options(false, 100, BertieTokenizer.SpecialTokens.EVERYWHERE, added);
    var tokenizer = tokenizer(VOCABULARY.getBytes(StandardCharsets.UTF_8), options);
    expect(rows(tokenizer.encode(List.of("a<x>A[SEP]"), DEFAULT)), List.of("[2, 5, 70, 1, 3, 3]"));
    var short3 = new BertieTokenizer.EncodeOptions(true, 3, false);
    expect(rows(tokenizer.encode(List.of("a b a"), short3)), List.of("[2, 5, 3]"));
  }

  private static void invalidInputIsAnError() {
    var tokenizer = tokenizer();
    expectError("text 1 has a lone surrogate", 0, () -> tokenizer.encode(List.of("a", "\ud800"), DEFAULT));
    var tooShort = new BertieTokenizer.EncodeOptions(true, 1, false);
    expectError("an option has", -3, () -> tokenizer.encode(List.of("a"), tooShort));
    byte[] withoutUnknown = "a\nb".getBytes(StandardCharsets.UTF_8);
    expectError("lacks [UNK]", -6, () -> tokenizer(withoutUnknown, BertieTokenizer.Options.UNCASED));
    expect(rows(tokenizer.encode(List.of("a"), DEFAULT)), List.of("[2, 5, 3]"));
  }

  private static void expectError(String message, int code, Runnable call) {
    try {
      call.run();
    } catch (BertieTokenizer.TokenizerException error) {
      expect(List.of(error.getMessage().contains(message), error.code), List.of(true, code));
      return;
    }
    throw new AssertionError("no error: " + message);
  }

  private static void threadsMayShareATokenizer() {
    var tokenizer = tokenizer();
    byte[] text = "ab 中 b a\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
    var expected = rows(tokenizer.encodeLines(text, DEFAULT));
    boolean equal = IntStream.range(0, 32).parallel()
        .allMatch(i -> rows(tokenizer.encodeLines(text, DEFAULT)).equals(expected));
    expect(equal, true);
  }
}
