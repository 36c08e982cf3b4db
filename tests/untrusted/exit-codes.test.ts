import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bertie, newsDirectory, scratchDirectory, TINY_MODEL, TINY_WEIGHTS, writeFile } from "../cli/bertie.ts";
import { malformedConfigs, malformedFeatures, malformedTables, malformedVocabularies } from "./malformed-inputs.ts";
import { type Malformed, malformedArchives, malformedPickles, malformedSafetensors } from "./malformed-weights.ts";

const scratch = scratchDirectory();
const news = newsDirectory(scratch);
const output = join(scratch, "outputs", "run");
const train = ["train", "--do-train", ...TINY_MODEL, "--task-name", "news", "--data-dir", news, "--output-dir", output];

/** Returns every n-th row of a table. */
function sample<T>(table: readonly Malformed<T>[], every: number): Malformed<T>[] {
  return table.filter((_, i) => i % every === 0);
}

const weights = [...sample(malformedSafetensors, 12), ...sample(malformedArchives, 8), ...sample(malformedPickles, 8)];
const cases: [what: string, args: string[], file: string][] = [
  ...weights.map(([what, , bytes], i): [string, string[], string] => {
    const file = writeFile(join(scratch, `weights-${i}`, "model.safetensors"), bytes);
    return [`weights: ${what}`, ["--init-checkpoint", file], file];
  }),
  ...sample(malformedConfigs, 5).map(([what, , text], i): [string, string[], string] => {
    const file = writeFile(join(scratch, `config-${i}`, "config.json"), text);
    return [`configuration: ${what}`, ["--bert-config-file", file], file];
  }),
  ...sample(malformedVocabularies, 2).map(([what, , bytes], i): [string, string[], string] => {
    const file = writeFile(join(scratch, `vocabulary-${i}`, "vocab.txt"), bytes);
    return [`vocabulary: ${what}`, ["--vocab-file", file], file];
  }),
  ...sample(malformedTables, 4).map(([what, , bytes], i): [string, string[], string] => {
    const file = writeFile(join(scratch, `table-${i}`, "train.tsv"), bytes);
    return [`table: ${what}`, ["--data-dir", join(file, "..")], file];
  }),
  ...sample(malformedFeatures, 5).map(([what, , bytes], i): [string, string[], string] => {
    const file = writeFile(join(scratch, `features-${i}`, "train.jsonl"), bytes);
    return [`features: ${what}`, ["--train-features", file, "--num-labels", "3"], file];
  }),
];

it.each(cases)("exit code 2, one line with the file's name, and nothing written: %s", async (_, args, file) => {
  const { code, stdout, stderr } = await bertie([...train, ...TINY_WEIGHTS, ...args]);
  expect(stderr).toMatch(/^bertie: [^\n]{20,2000}\n$/);
  expect(stderr).toContain(file);
  expect(stdout).toBe("");
  expect(code).toBe(2);
  expect(readdirSync(scratch)).not.toContain("outputs");
});
