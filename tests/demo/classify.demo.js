import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT, unzip, useDemo, useScratch } from "./demo.js";
import { classify, dropFolder } from "./visitor.js";

const open = useDemo();
const scratch = useScratch();
const run = join(scratch.folder, "run");
const sentences = ["房间很好", "这里很差，酒店 9 room", "不大不小"];

const bertie = (args, input) =>
  execFileSync(process.execPath, [`${ROOT}/packages/cli/bin/bertie.js`, ...args], {
    input,
    encoding: "utf8",
    stdio: "pipe",
  });

/** Returns the probabilities of the sentences by label, as predicted by the command line. */
const predict = (model) =>
  bertie(["predict", "--model", model, "--json"], `${sentences.join("\n")}\n`)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).probabilities);

beforeAll(() => {
  const words = [
    ["bad", "很差"],
    ["good", "很好"],
    ["so-so", "不大不小"],
  ];
  const rows = Array.from({ length: 24 }, (_, i) => `${words[i % 3][0]}\t${words[i % 3][1]}，${i % 10} 酒店 room\n`);
  const data = join(scratch.folder, "data");
  mkdirSync(data);
  writeFileSync(join(data, "train.tsv"), rows.join(""));
  const model = ["--bert-config-file", `${ROOT}/packages/model/fixtures/tiny-bert/bert_config.json`];
  const tokens = [
    "--vocab-file",
    `${ROOT}/tests/cli/fixtures/vocab.txt`,
    "--do-lower-case",
    "--max-seq-length",
    "16",
    "--random-weights",
  ];
  const training = ["--train-batch-size", "8", "--learning-rate", "3e-3", "--num-train-epochs", "2", "--do-train"];
  bertie(["train", "--task-name", "news", "--data-dir", data, ...model, ...tokens, ...training, "--output-dir", run]);
});

describe("model directory of the command line", () => {
  it("has the same probabilities in the page, in the command line, and after saving it in the page", async () => {
    const page = await open("#classify");
    await page.setInputFiles("#model-files", run);
    await page.waitForSelector("#save-model:not([hidden])");
    expect(await page.textContent("#model-name")).toBe("run: bad, good, so-so");
    const expected = predict(run);
    for (const [i, sentence] of sentences.entries()) {
      const probabilities = await classify(page, sentence);
      expect(Object.keys(probabilities).sort()).toEqual(Object.keys(expected[i]).sort());
      for (const [label, probability] of Object.entries(expected[i]))
        expect(Math.abs(probabilities[label] - probability)).toBeLessThan(1e-4);
    }

    const download = page.waitForEvent("download");
    await page.click("#save-zip");
    const archive = join(scratch.folder, "bertie-run.zip");
    await (await download).saveAs(archive);
    const saved = unzip(readFileSync(archive), scratch.folder);
    expect(saved.map((path) => path.replace(/^.*bertie-run\//, "")).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "run.json",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "vocab.txt",
    ]);
    // The page reads its own zip file.
    const other = await open("#classify");
    await other.setInputFiles("#model-zip", archive);
    await other.waitForSelector("#save-model:not([hidden])");
    expect(await other.textContent("#model-name")).toBe("bertie-run: bad, good, so-so");
    const reopened = await classify(other, sentences[1]);
    for (const [label, probability] of Object.entries(expected[1]))
      expect(Math.abs(reopened[label] - probability)).toBeLessThan(1e-4);
    for (const [i, probabilities] of predict(join(scratch.folder, "bertie-run")).entries())
      for (const [label, probability] of Object.entries(probabilities))
        expect(Math.abs(expected[i][label] - probability)).toBeLessThan(1e-6);
  });

  it("has the name of its folder when it is dropped", async () => {
    const page = await open("#classify");
    await page.waitForSelector("#ready:not(:empty)");
    await dropFolder(page, "#model-drop", run);
    await expect.poll(() => page.textContent("#model-name"), { timeout: 20_000 }).toBe("run: bad, good, so-so");
  });

  it("explains any label", async () => {
    const page = await open("#classify");
    await page.setInputFiles("#model-files", run);
    await page.waitForSelector("#save-model:not([hidden])");
    await classify(page, sentences[1]);
    await page.waitForSelector("#explanation:not([hidden])");
    const contributions = () =>
      page.$$eval("#contributions-table td.number", (cells) => cells.map(({ textContent }) => textContent));
    const first = await contributions();
    const chosen = await page.inputValue("#explained");
    const other = ["bad", "good", "so-so"].find((label) => label !== chosen);
    await page.selectOption("#explained", other);
    await page.waitForSelector("#explanation:not([hidden])");
    await page.waitForFunction(
      (label) => document.querySelector("#contributions-lead").textContent.includes(label),
      other,
    );
    expect(await contributions()).toHaveLength(first.length);
    expect(await contributions()).not.toEqual(first);
  });

  /** Ways to damage the directory, and the error message of the page. */
  const damaged = [
    [
      "no-weights",
      (file) => rmSync(file("model.safetensors")),
      /^no-weights: the directory has no weights that Bertie can read; expected model\.safetensors/,
    ],
    // The checkpoints in the directory have a config.json, too.
    ["no-config", (file) => rmSync(file("config.json")), /^no-config\/config\.json: no such file/],
    [
      "no-vocabulary",
      (file) => ["vocab.txt", "tokenizer.json"].map((name) => rmSync(file(name))),
      /^no-vocabulary\/vocab\.txt: no such file/,
    ],
    ["no-json", (file) => writeFileSync(file("config.json"), "{"), /^no-json\/config\.json/],
    ["half", (file) => truncateSync(file("model.safetensors"), 20_000), /^half\/model\.safetensors/],
    ["other-size", (file) => edit(file("config.json"), { intermediate_size: 60 }), /^other-size\/model\.safetensors/],
    [
      "bare",
      (file) => edit(file("config.json"), { id2label: undefined, label2id: undefined }),
      /the configuration has no labels/,
    ],
    [
      "other-words",
      (file) => {
        rmSync(file("tokenizer.json"));
        writeFileSync(file("vocab.txt"), words(30_000));
      },
      /30,?000 tokens, expected at most 101/,
    ],
  ];
  const edit = (path, changes) =>
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
  const words = (count) => ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...Array(count - 4).keys()].join("\n");

  it("is rejected with an error message if it is damaged, and the previous model stays", async () => {
    const page = await open("#classify");
    await page.setInputFiles("#model-files", run);
    await page.waitForSelector("#save-model:not([hidden])");
    for (const [name, damage, message] of damaged) {
      const folder = join(scratch.folder, name);
      cpSync(run, folder, { recursive: true });
      damage((file) => join(folder, file));
      await page.setInputFiles("#model-files", folder);
      await expect.poll(() => page.textContent("#model-fault"), { timeout: 20_000 }).toMatch(message);
      expect(await page.textContent("#model-name")).toBe("run: bad, good, so-so");
    }
    await page.click("#language");
    expect(await page.textContent("#model-fault")).toMatch(/^词表与模型不匹配（/);
    await classify(page, sentences[0]);
  });
});
