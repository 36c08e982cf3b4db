import { createInputReader, createTokenizer, readInput } from "@bertie/classifier/node";
import { BertieError, readTokenizerFiles } from "@bertie/common";
import type { BertTokenizer, Vocabulary } from "@bertie/tokenizer-wasm";
import type { OptionTable, OptionValues } from "../options/table.ts";

/** Options of commands that tokenize without running a model. */
export const vocabularyOptions = {
  vocabFile: {
    group: "Model",
    kind: "path",
    argument: "file",
    help: "Vocabulary (vocab.txt) to use instead of the one in --model",
  },
  doLowerCase: {
    group: "Model",
    kind: "flag",
    help: "Lowercase all text, as an uncased vocabulary requires",
    defaultText: "the setting in --model",
  },
  model: {
    group: "Model",
    kind: "path",
    argument: "dir",
    help: "Hugging Face model directory, or the name of a model on the Hugging Face Hub; only the vocabulary and the lowercase setting are read",
  },
} as const satisfies OptionTable;

type VocabularyOptions = OptionValues<typeof vocabularyOptions>;

/**
 * Loads the tokenizer of a vocabulary file or of a model directory. `--do-lower-case` takes precedence over the model's own
 * setting.
 *
 * @param given names of the options that the user has set
 * @throws BertieError "input/…", "vocabulary/…"
 */
export async function loadTokenizer(
  options: VocabularyOptions,
  given: ReadonlySet<string>,
): Promise<{ readonly tokenizer: BertTokenizer; readonly vocab: Uint8Array; readonly vocabFile: string }> {
  const { name, bytes, lowerCase, tokenizer: settings } = await readVocabulary(options);
  const lowercase = given.has("doLowerCase") ? options.doLowerCase : (lowerCase ?? false);
  return { tokenizer: await createTokenizer(bytes, name, lowercase, settings), vocab: bytes, vocabFile: name };
}

async function readVocabulary({ vocabFile, model }: VocabularyOptions): Promise<Vocabulary> {
  const vocab = vocabFile === undefined ? undefined : { name: vocabFile, bytes: await readInput(vocabFile) };
  if (model === undefined) {
    if (vocab !== undefined) return { ...vocab, lowerCase: undefined, tokenizer: {}, warnings: [] };
    throw new BertieError("input/missing-file", "no vocabulary: add --vocab-file FILE or --model DIR.");
  }
  const { locateModel } = await import("@bertie/model");
  const { vocabularyOf } = await import("@bertie/tokenizer-wasm");
  const { openModel } = await import("../model-source.ts");
  const source = await openModel(model, createInputReader());
  const directory = await locateModel(source);
  const files = await readTokenizerFiles(directory);
  const vocabulary = vocabularyOf(vocab ? { ...files, vocab, tokenizerJson: undefined } : files);
  if (vocabulary !== undefined) return { ...vocabulary, warnings: [...source.warnings, ...vocabulary.warnings] };
  const text = `${directory.name}: found neither vocab.txt nor tokenizer.json. Check that this is the directory of a model, or add --vocab-file FILE.`;
  throw new BertieError("input/missing-file", text);
}
