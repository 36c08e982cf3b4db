import { BertieError } from "@bertie/common";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import chinese from "../../../../examples/models/bge-small-zh-v1.5/vocab.txt?url";
import english from "../../../tokenizer-wasm/fixtures/vocab-en.txt.gz?url";
import { fetchKept } from "./fetch-kept.ts";

const bundled = { zh: chinese, en: english };
export type BundledVocabulary = keyof typeof bundled;

/** A vocabulary that comes with the page, or a vocab.txt or tokenizer.json of the user's. */
export type VocabularySource = BundledVocabulary | File;

export interface TokenizerSettings {
  readonly vocabulary: VocabularySource;
  /** Default: as a tokenizer.json says, else lower case. */
  readonly lowercase?: boolean | undefined;
}

/** The bytes of a vocab.txt that comes with the page. */
export async function bundledVocabulary(name: BundledVocabulary): Promise<Uint8Array> {
  return gunzipIfNeeded(await fetchKept(bundled[name]));
}

/** @throws BertieError "vocabulary/…", "tokenizer/…" */
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

/** Some servers send a .gz file as it is, others say that it is to be unpacked, and the browser has done so. */
async function gunzipIfNeeded(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
