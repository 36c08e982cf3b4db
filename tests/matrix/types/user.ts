import { type BatchEncoding, BertTokenizer, type Encoding, type Lines } from "@bertie/tokenizer-wasm";
import { BertieError, BertTokenizer as FromBertie, TextClassifier, type TokenizerOptions } from "bertie";

type IsAny<T> = 0 extends 1 & T ? true : false;
/** A declaration that is not found has the type `any`, which would accept everything below. */
export const found: [IsAny<Encoding>, IsAny<BatchEncoding>, IsAny<typeof TextClassifier>] = [false, false, false];

const options: TokenizerOptions = { lowercase: true };

export async function tokenize(): Promise<number> {
  const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello", options);
  const encoding: Encoding = tokenizer.encode("hello");
  const lines: Lines = tokenizer.encodeLines(new Uint8Array([104, 105]));
  const batch: BatchEncoding = tokenizer.encodeBatch(["hello", "hi"], { padding: true, maxLength: 8 });
  const id: number | undefined = encoding.ids[0];
  return (id ?? 0) + lines.ids.length + batch.ids.length;
}

export async function classify(): Promise<string> {
  const classifier = await TextClassifier.load("model");
  const result = await classifier.classify("hello");
  await classifier.dispose();
  return result[0]?.label ?? "";
}

export const isMissing = (error: unknown): boolean =>
  error instanceof BertieError && error.code === "input/missing-file" && typeof FromBertie === "function";
