// The inputs of the implementations: vocabularies in two formats, and corpora.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const fixtures = fileURLToPath(new URL("../../packages/tokenizer-wasm/fixtures/", import.meta.url));
const unpack = (name) => gunzipSync(readFileSync(`${fixtures}${name}.gz`));

/** The corpora, each with the language of its vocabulary. */
export const corpora = [
  { name: "zh", label: "Chinese", language: "zh" },
  { name: "en", label: "English", language: "en" },
  { name: "mixed", label: "25 languages", language: "en" },
];
export const languages = ["zh", "en"];

/** Writes the vocabulary files to a temporary directory, which is deleted when the program exits. */
export function makeScratch() {
  const folder = mkdtempSync(join(tmpdir(), "bench-tokenizer-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const language of languages) {
    writeFileSync(join(folder, `vocab-${language}.txt`), unpack(`vocab-${language}.txt`));
    const json = JSON.parse(unpack(`tokenizer-${language}.json`));
    json.normalizer = { ...json.normalizer, lowercase: true, strip_accents: null };
    writeFileSync(join(folder, `tokenizer-${language}.json`), JSON.stringify(json));
  }
  return folder;
}

export function vocabularyFiles(scratch, language) {
  return { vocab: join(scratch, `vocab-${language}.txt`), json: join(scratch, `tokenizer-${language}.json`), language };
}

/** Reads the corpora in the directory BERTIE_REFERENCE_DATA. Exits if they are missing. */
export function findCorpora() {
  const folder = process.env.BERTIE_REFERENCE_DATA;
  const path = (name) => join(folder ?? "", "corpora", `${name}.txt`);
  if (folder === undefined || !corpora.every(({ name }) => existsSync(path(name)))) {
    console.error(
      "bench:tokenizer: the corpora were not found. Set BERTIE_REFERENCE_DATA to a directory with corpora/{zh,en,mixed}.txt.",
    );
    process.exit(2);
  }
  return corpora.map((corpus) => ({ ...corpus, path: path(corpus.name), bytes: readFileSync(path(corpus.name)) }));
}

/** Writes the first lines of a corpus, at least `size` bytes, to a file. Returns its path and size. */
export function sliceOf(scratch, { name, path, bytes }, size) {
  const end = bytes.indexOf(10, size) + 1;
  if (size >= bytes.length || end === 0) return { path, size: bytes.length };
  const slice = join(scratch, `${name}-${size}.txt`);
  if (!existsSync(slice)) writeFileSync(slice, bytes.subarray(0, end));
  return { path: slice, size: end };
}

/** Returns the lower-case golden records of BERTIE_REFERENCE_DATA if it contains any, otherwise of this repository. */
export function goldenRecords() {
  const all = join(process.env.BERTIE_REFERENCE_DATA ?? "", "golden/tokenizer.jsonl");
  const text = existsSync(all) ? readFileSync(all, "utf8") : unpack("golden.jsonl").toString();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((record) => record.text !== undefined && record.lower);
}
