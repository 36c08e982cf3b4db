// The inputs of all implementations: the vocabularies, in two formats, and the corpora.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const fixtures = fileURLToPath(new URL("../../packages/tokenizer-wasm/fixtures/", import.meta.url));
const unpack = (name) => gunzipSync(readFileSync(`${fixtures}${name}.gz`));

/** Which vocabulary each corpus is read with. */
export const corpora = [
  { name: "zh", label: "Chinese", language: "zh" },
  { name: "en", label: "English", language: "en" },
  { name: "mixed", label: "25 languages", language: "en" },
];
export const languages = ["zh", "en"];

/** Writes the files that jobs name into a folder that goes when the program ends. */
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

/** The corpora under BERTIE_REFERENCE_DATA. */
export function findCorpora() {
  const folder = process.env.BERTIE_REFERENCE_DATA;
  const path = (name) => join(folder ?? "", "corpora", `${name}.txt`);
  if (folder === undefined || !corpora.every(({ name }) => existsSync(path(name)))) {
    console.error("bench:tokenizer: set BERTIE_REFERENCE_DATA to a folder that has corpora/{zh,en,mixed}.txt");
    process.exit(2);
  }
  return corpora.map((corpus) => ({ ...corpus, path: path(corpus.name), bytes: readFileSync(path(corpus.name)) }));
}

/** The first whole lines of a corpus, at least `size` bytes of them, as a file of their own. */
export function sliceOf(scratch, { name, path, bytes }, size) {
  const end = bytes.indexOf(10, size) + 1;
  if (size >= bytes.length || end === 0) return { path, size: bytes.length };
  const slice = join(scratch, `${name}-${size}.txt`);
  if (!existsSync(slice)) writeFileSync(slice, bytes.subarray(0, end));
  return { path: slice, size: end };
}

/** The golden records in lower case: all of BERTIE_REFERENCE_DATA's, or those in the repository. */
export function goldenRecords() {
  const all = join(process.env.BERTIE_REFERENCE_DATA ?? "", "golden/tokenizer.jsonl");
  const text = existsSync(all) ? readFileSync(all, "utf8") : unpack("golden.jsonl").toString();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((record) => record.text !== undefined && record.lower);
}
