import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * BERT's WordPiece tokenizer: Bertie's WebAssembly module, compiled to JVM bytecode by Chicory.
 *
 * <p>Threads may share a tokenizer: each call takes an instance of the module for itself. A tokenizer has as many
 * instances as there were calls at the same time.
 */
public final class BertieTokenizer {
  private static final int ABI_VERSION = 1;
  private static final int CHUNK_BYTES = 1 << 18;
  private static final int RESULT_BYTES = 32;
  private static final int INVALID_TEXT = -4;
  private static final int UNLIMITED = -1;

  /** A rule for recognizing special tokens, such as "[SEP]", in the text. */
  public enum SpecialTokens {
    /** Recognizes them between whitespace or ideographs, as the original BERT code (2018) does. */
    CLASSIC,
    /** Recognizes no special tokens. Use it for untrusted text. */
    NONE,
    /** Recognizes them anywhere, as Hugging Face's tokenizers do. */
    EVERYWHERE
  }

  /** A token to recognize in the text before it is split into words. */
  public record AddedToken(
      String content, int id, boolean singleWord, boolean leftStrip, boolean rightStrip, boolean normalized) {
    public AddedToken(String content, int id) {
      this(content, id, false, false, false, false);
    }
  }

  /** Options of a tokenizer. {@code lowercase} also removes accents. */
  public record Options(
      boolean lowercase, int maxWordChars, SpecialTokens specialTokens, List<AddedToken> addedTokens) {
    /** The options of uncased models. */
    public static final Options UNCASED = new Options(true, 100, SpecialTokens.CLASSIC, List.of());

    /** The options of cased models. */
    public static final Options CASED = new Options(false, 100, SpecialTokens.CLASSIC, List.of());
  }

  /**
   * Options of an encoding.
   *
   * @param addSpecialTokens whether to add [CLS] and [SEP]
   * @param maxLength maximum number of tokens per row, including [CLS] and [SEP]; -1 for no maximum
   * @param offsets whether to return the start and end of each token in its text
   */
  public record EncodeOptions(boolean addSpecialTokens, int maxLength, boolean offsets) {
    /** With special tokens, without a maximum, without offsets. */
    public static final EncodeOptions DEFAULT = new EncodeOptions(true, UNLIMITED, false);
  }

  /**
   * Rows of tokens, one after the other. Row r has the ids from {@code rowOffsets[r]} to {@code rowOffsets[r + 1]}.
   *
   * @param offsets start and end of each token, if requested: in UTF-16 code units, or in bytes if lines were encoded
   */
  public record Encodings(int[] ids, int[] rowOffsets, int[] offsets) {
    /** Returns the number of rows. */
    public int size() {
      return rowOffsets.length - 1;
    }

    /** Returns the ids of a row. */
    public int[] row(int row) {
      return Arrays.copyOfRange(ids, rowOffsets[row], rowOffsets[row + 1]);
    }
  }

  /** An error of the tokenizer, with the module's error code. */
  public static final class TokenizerException extends RuntimeException {
    /** The module's error code, or 0 if the module was not called. */
    public final int code;

    private static final long serialVersionUID = 1;

    TokenizerException(String message, int code) {
      super(message);
      this.code = code;
    }
  }

  /** A module, and what makes instances of it run as bytecode. */
  private record Compiled(WasmModule module, Function<Instance, Machine> machine) {
    static Compiled of(Path wasm) {
      var module = Parser.parse(wasm);
      return new Compiled(module, MachineFactoryCompiler.compile(module));
    }
  }

  // Compiling the module takes about a second.
  private static final ConcurrentHashMap<Path, Compiled> COMPILED = new ConcurrentHashMap<>();

  private final Compiled compiled;
  private final byte[] vocabulary;
  private final Options options;
  private final ConcurrentLinkedQueue<Native> idle = new ConcurrentLinkedQueue<>();

  /**
   * Creates a tokenizer.
   *
   * @param wasm path of bertie_tokenizer_baseline.wasm, the module without SIMD, which Chicory's compiler supports
   * @param vocabulary contents of a vocab.txt, which has one token per line
   */
  public BertieTokenizer(Path wasm, byte[] vocabulary, Options options) {
    this.compiled = COMPILED.computeIfAbsent(wasm.toAbsolutePath(), Compiled::of);
    this.vocabulary = vocabulary.clone();
    this.options = options;
    idle.add(new Native());
  }

  /** Encodes texts, one row per text. Offsets are in UTF-16 code units, as Java's strings are. */
  public Encodings encode(List<String> texts, EncodeOptions encodeOptions) {
    var rows = new Rows(encodeOptions.offsets());
    use(instance -> {
      for (int first = 0; first < texts.size(); ) {
        var joined = new ByteArrayOutputStream();
        var ends = ByteBuffer.allocate(4 * (texts.size() - first)).order(ByteOrder.LITTLE_ENDIAN);
        int next = first;
        for (; next < texts.size() && joined.size() < CHUNK_BYTES; next++) {
          joined.writeBytes(utf8(texts.get(next), next));
          ends.putInt(joined.size());
        }
        byte[] bytes = joined.toByteArray();
        instance.write(bytes, 0, bytes.length, Arrays.copyOf(ends.array(), ends.position()));
        int flags = flags(encodeOptions) | (encodeOptions.offsets() ? 1 << 2 : 0);
        instance.call(
            "bertie_encode_rows", instance.tokenizer, instance.text, instance.text + bytes.length, next - first, flags,
            encodeOptions.maxLength(), instance.result);
        rows.append(instance);
        first = next;
      }
    });
    return rows.finish();
  }

  /** Encodes UTF-8 text, one row per line. Offsets are in bytes. Invalid bytes are replaced with U+FFFD. */
  public Encodings encodeLines(byte[] text, EncodeOptions encodeOptions) {
    var rows = new Rows(encodeOptions.offsets());
    use(instance -> {
      for (int start = 0; start < text.length; ) {
        int end = chunkEnd(text, start);
        instance.write(text, start, end - start, new byte[0]);
        instance.call(
            "bertie_encode_lines", instance.tokenizer, instance.text, end - start, flags(encodeOptions),
            encodeOptions.maxLength(), instance.result);
        rows.append(instance);
        start = end;
      }
    });
    return rows.finish();
  }

  private static int flags(EncodeOptions options) {
    return (options.addSpecialTokens() ? 1 : 0) | (options.offsets() ? 2 : 0);
  }

  private interface Use {
    void of(Native instance);
  }

  private void use(Use use) {
    var taken = idle.poll();
    var instance = taken == null ? new Native() : taken;
    try {
      use.of(instance);
      idle.add(instance);
    } catch (TokenizerException known) {
      // Other exceptions interrupt the instance, so its state is unknown and the instance is dropped.
      idle.add(instance);
      throw known;
    }
  }

  private static byte[] utf8(String text, int row) {
    try {
      var bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      return Arrays.copyOf(bytes.array(), bytes.limit());
    } catch (CharacterCodingException error) {
      throw new TokenizerException("text " + row + " has a lone surrogate, which is not valid Unicode. Remove it.", 0);
    }
  }

  /** Returns the end of the chunk of whole lines that starts at {@code start}. */
  private static int chunkEnd(byte[] text, int start) {
    if (text.length - start <= CHUNK_BYTES) return text.length;
    for (int end = start + CHUNK_BYTES; end > start; end--) if (text[end - 1] == '\n') return end;
    for (int end = start + CHUNK_BYTES; end < text.length; end++) if (text[end] == '\n') return end + 1;
    return text.length;
  }

  /** An instance of the module with one tokenizer, for one thread at a time. */
  private final class Native {
    private final Instance instance =
        Instance.builder(compiled.module()).withMachineFactory(compiled.machine()).build();
    private final Memory memory = instance.memory();
    private final int result;
    private final int tokenizer;
    private int text;
    private int capacity;

    Native() {
      int version = call("bertie_abi_version");
      if (version != ABI_VERSION) {
        throw new TokenizerException(
            "the interface of the module has version " + version + ". Expected version " + ABI_VERSION + ".", 0);
      }
      result = allocate(RESULT_BYTES);
      byte[] added = added(options.addedTokens());
      write(vocabulary, 0, vocabulary.length, added);
      int flags = (options.lowercase() ? 3 : 0) | 4 | 8 | options.specialTokens().ordinal() << 4;
      tokenizer = call(
          "bertie_tokenizer_new", text, vocabulary.length, text + vocabulary.length, added.length, flags,
          options.maxWordChars());
    }

    private static byte[] added(List<AddedToken> tokens) {
      var lines = new StringBuilder();
      for (var token : tokens) {
        if (token.content().isEmpty() || token.content().contains("\n")) {
          throw new TokenizerException("the added token \"" + token.content() + "\" is empty or has a line feed.", 0);
        }
        int flags = (token.singleWord() ? 1 : 0) | (token.leftStrip() ? 2 : 0) | (token.rightStrip() ? 4 : 0)
            | (token.normalized() ? 8 : 0);
        lines.append(flags).append(' ').append(token.id()).append(' ').append(token.content()).append('\n');
      }
      return utf8(lines.toString(), 0);
    }

    /** Calls a function, and throws an exception if it returns an error code. */
    int call(String name, int... arguments) {
      int code = (int) instance.export(name).apply(Arrays.stream(arguments).asLongStream().toArray())[0];
      if (code >= 0) return code;
      int message = (int) instance.export("bertie_error_message").apply(code)[0];
      throw new TokenizerException(memory.readCString(message, StandardCharsets.UTF_8), code);
    }

    private int allocate(int length) {
      int address = (int) instance.export("bertie_alloc").apply(length)[0];
      if (address != 0) return address;
      String message = "not enough memory for " + length + " bytes. Encode the input in smaller parts.";
      throw new TokenizerException(message, -7);
    }

    /** Writes bytes, and further bytes after them, to the module's memory at {@code text}. */
    void write(byte[] bytes, int start, int length, byte[] more) {
      int needed = Math.addExact(length, more.length);
      if (text == 0 || needed > capacity) {
        if (text != 0) call("bertie_free", text);
        text = 0;
        capacity = Math.max(CHUNK_BYTES, needed);
        text = allocate(capacity);
      }
      memory.write(text, bytes, start, length);
      memory.write(text + length, more, 0, more.length);
    }

    int[] words(int address, int count) {
      var words = new int[count];
      ByteBuffer.wrap(memory.readBytes(address, 4 * count)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
      return words;
    }
  }

  /** Collects the rows of chunks in growing arrays. */
  private static final class Rows {
    private final boolean hasOffsets;
    private int[] ids = {};
    private int[] offsets = {};
    private int[] rowOffsets = {0};
    private int tokens;
    private int count;

    Rows(boolean hasOffsets) {
      this.hasOffsets = hasOffsets;
    }

    void append(Native instance) {
      int[] result = instance.words(instance.result, RESULT_BYTES / 4);
      ids = append(ids, tokens, instance.words(result[0], result[1]));
      if (hasOffsets) offsets = append(offsets, 2 * tokens, instance.words(result[2], 2 * result[1]));
      int[] ends = instance.words(result[3], result[4]);
      for (int row = 0; row < ends.length; row++) ends[row] += tokens;
      rowOffsets = append(rowOffsets, count + 1, ends);
      tokens += result[1];
      count += ends.length;
    }

    private static int[] append(int[] array, int used, int[] added) {
      int needed = Math.addExact(used, added.length);
      int[] larger = needed <= array.length ? array : Arrays.copyOf(array, needed + needed / 2);
      System.arraycopy(added, 0, larger, used, added.length);
      return larger;
    }

    Encodings finish() {
      int[] found = hasOffsets ? Arrays.copyOf(offsets, 2 * tokens) : null;
      return new Encodings(Arrays.copyOf(ids, tokens), Arrays.copyOf(rowOffsets, count + 1), found);
    }
  }
}
