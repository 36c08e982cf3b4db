import { BertieError } from "@bertie/common";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import chinese from "../../../../examples/models/bge-small-zh-v1.5/vocab.txt?url";
import english from "../../../tokenizer-wasm/fixtures/vocab-en.txt.gz?url";
import { fetchCached } from "./fetch-cached.ts";

const bundled = { zh: chinese, en: english };
export type BundledVocabulary = keyof typeof bundled;

/** Bundled vocabulary, or a vocab.txt or tokenizer.json that the user has chosen. */
export type VocabularySource = BundledVocabulary | File;

export interface TokenizerSettings {
  readonly vocabulary: VocabularySource;
  /** Whether to lowercase texts. @default the setting of tokenizer.json, or true for a vocab.txt */
  readonly lowercase?: boolean | undefined;
}

/** Returns the contents of a bundled vocab.txt. */
export async function bundledVocabulary(name: BundledVocabulary): Promise<Uint8Array> {
  return gunzipIfNeeded(await fetchCached(bundled[name]));
}

/**
 * Creates a tokenizer.
 *
 * @throws BertieError "vocabulary/…" or "tokenizer/…" if the file is not valid
 */
export async function openTokenizer({ vocabulary, lowercase }: TokenizerSettings): Promise<BertTokenizer> {
  const options = lowercase === undefined ? {} : { lowercase };
  if (typeof vocabulary === "string") return BertTokenizer.fromVocab(await bundledVocabulary(vocabulary), options);
  try {
    return vocabulary.name.endsWith(".json")
      ? await BertTokenizer.fromTokenizerJson(await vocabulary.text(), options)
      : await BertTokenizer.fromVocab(new Uint8Array(await vocabulary.arrayBuffer()), options);
  } catch (error) {
    throw error instanceof BertieError ? new BertieError(error.code, `${vocabulary.name}: ${error.message}`) : error;
  }
}

/** Decompresses a .gz file unless the browser has already done so, which depends on the headers of the server. */
async function gunzipIfNeeded(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
