import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Prints the tokens of a text with their positions: java Tokenize WASM VOCAB TEXT. */
public final class Tokenize {
  public static void main(String[] arguments) throws Exception {
    String text = arguments[2];
    byte[] vocabulary = Files.readAllBytes(Path.of(arguments[1]));
    var tokenizer = new BertieTokenizer(Path.of(arguments[0]), vocabulary, BertieTokenizer.Options.UNCASED);
    var options = new BertieTokenizer.EncodeOptions(true, -1, true);
    var encodings = tokenizer.encode(List.of(text), options);
    for (int token = 0; token < encodings.ids().length; token++) {
      int start = encodings.offsets()[2 * token];
      int end = encodings.offsets()[2 * token + 1];
      System.out.printf("%6d %4d %4d %s%n", encodings.ids()[token], start, end, text.substring(start, end));
    }
  }
}
