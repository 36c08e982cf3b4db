import { join } from "node:path";
import { createInputReader, createTokenizer, readInput } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
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
    help: "Hugging Face model directory; only the vocabulary and the lowercase setting are read",
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
  const vocabFile = vocabFileOf(options);
  const vocab = await readInput(vocabFile);
  const lowercase = given.has("doLowerCase") ? options.doLowerCase : await isModelLowercase(options.model);
  return { tokenizer: await createTokenizer(vocab, vocabFile, lowercase), vocab, vocabFile };
}

async function isModelLowercase(model: string | undefined): Promise<boolean> {
  if (model === undefined) return false;
  const { readLowerCase } = await import("@bertie/model");
  return (await readLowerCase(createInputReader().directory(model))) ?? false;
}

function vocabFileOf({ vocabFile, model }: VocabularyOptions): string {
  if (vocabFile !== undefined) return vocabFile;
  if (model !== undefined) return join(model, "vocab.txt");
  throw new BertieError("input/missing-file", "no vocabulary: add --vocab-file FILE or --model DIR.");
}
