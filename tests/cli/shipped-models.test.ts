import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { readSafetensors, type WeightTensor, writePytorch, writeSafetensors } from "@bertie/model";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bertieOk, ROOT, scratchDirectory, TINY, writeFile } from "./bertie.ts";
import {
  base,
  config,
  createModels,
  encoder,
  type Files,
  failure,
  safetensors,
  sizes,
  tokenizerJson,
  trained,
  vocab,
  whole,
} from "./model-directories.ts";
import { readJson, weightsOf } from "./training.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

// Model directories in the layouts in which models are published.
const { inScratch, directory, task, train, refusal } = createModels(scratchDirectory());
const renamed = (rename: (name: string) => string) => encoder.map(([name, tensor]) => [rename(name), tensor] as const);

/** Returns the files of weights that are split in two. */
function split(stem: string, extension: string, write: (tensors: Map<string, WeightTensor>) => Uint8Array): Files {
  const halves = [encoder.slice(0, 9), encoder.slice(9)];
  const name = (half: number) => `${stem}-0000${half + 1}-of-00002.${extension}`;
  const map = Object.fromEntries(halves.flatMap((half, i) => half.map(([tensor]) => [tensor, name(i)])));
  return {
    [`${stem}.${extension}.index.json`]: JSON.stringify({ metadata: {}, weight_map: map }),
    ...Object.fromEntries(halves.map((half, i) => [name(i), write(new Map(half))])),
  };
}

const fixture = (name: string) => readFileSync(join(ROOT, "packages/model/fixtures/tiny-bert", name));
/** Returns the files of a TensorFlow checkpoint, which also contains a classifier and the head of pre-training. */
const checkpoint = (prefix: string): Files => ({
  [`${prefix}.index`]: fixture("bert_model.ckpt.index"),
  [`${prefix}.data-00000-of-00001`]: fixture("bert_model.ckpt.data-00000-of-00001"),
});

/** Copies a model into a cache of the Hugging Face Hub, whose files are links. */
function intoCache(cache: string, name: string, model: string, commit: string): string {
  const folder = join(cache, name);
  for (const file of readdirSync(model)) {
    const blob = join(folder, "blobs", `${commit.slice(0, 8)}-${file}`);
    const link = join(folder, "snapshots", commit, file);
    for (const path of [blob, link]) mkdirSync(dirname(path), { recursive: true });
    cpSync(join(model, file), blob);
    symlinkSync(relative(dirname(link), blob), link);
  }
  writeFile(join(folder, "refs", "main"), commit);
  return folder;
}

describe("models in other layouts train as the same model in model.safetensors", () => {
  let expected: Uint8Array;
  const plain = directory("plain", { ...base, ...whole });
  beforeAll(async () => {
    expected = weightsOf((await train(plain)).run);
  });

  const layouts: Readonly<Record<string, Files>> = {
    "sharded safetensors": { ...base, ...split("model", "safetensors", writeSafetensors) },
    "sharded PyTorch files": { ...base, ...split("pytorch_model", "bin", writePytorch) },
    "tokenizer.json without vocab.txt": { "config.json": config, "tokenizer.json": tokenizerJson(), ...whole },
    "tensors without a prefix": {
      ...base,
      "pytorch_model.bin": writePytorch(new Map(renamed((name) => name.replace("bert.", "")))),
    },
    "tensors of DataParallel": { ...base, "model.safetensors": safetensors(renamed((name) => `module.${name}`)) },
    "a model of pre-training": {
      ...base,
      "model.safetensors": safetensors([...encoder, ["cls.predictions.bias", trained.get("classifier.bias")!]]),
    },
  };

  it.each(Object.entries(layouts))("%s", async (name, files) => {
    const { run, stderr } = await train(directory(name, files));
    expect(weightsOf(run)).toEqual(expected);
    expect(readFileSync(join(run, "vocab.txt"), "utf8")).toBe(vocab);
    expect(readJson(run, "tokenizer_config.json").do_lower_case).toBe(true);
    expect(stderr).not.toMatch(/^warning: .*ignored/m);
    if (name === "a model of pre-training")
      expect(stderr).toMatch(/^[^:]+model\.safetensors: a classifier does not use the head of pre-training.*: cls/m);
  });

  it("caches of the Hugging Face Hub, at every level", async () => {
    const home = inScratch("huggingface");
    const commit = "c".repeat(40);
    const folder = intoCache(join(home, "hub"), "models--org--name", plain, commit);
    for (const level of [home, join(home, "hub"), folder, join(folder, "snapshots"), join(folder, "snapshots", commit)])
      expect(weightsOf((await train(level)).run)).toEqual(expected);
    await bertieOk(["tokenize", "--model", home, writeFile(inScratch("lines.txt"), "很好\n")]);
  });
});

describe("TensorFlow checkpoints of 2018", () => {
  const google: Files = { "bert_config.json": JSON.stringify(sizes), "vocab.txt": vocab };
  let expected: Uint8Array;
  beforeAll(async () => {
    const files = { "config.json": config, "vocab.txt": vocab, "model.safetensors": safetensors([...trained]) };
    expected = weightsOf((await train(directory("complete", files), "--do-lower-case")).run);
  });

  it.each([
    ["bert_model.ckpt", {}],
    ["model.ckpt-7", {}],
    ["model.ckpt-9", { "model.ckpt-3.index": "", checkpoint: 'model_checkpoint_path: "/old/place/model.ckpt-9"\n' }],
  ])("%s in the model directory", async (prefix, more) => {
    const model = directory(`google-${prefix}`, { ...google, ...checkpoint(prefix), ...more });
    const { run, stderr } = await train(model, "--do-lower-case");
    expect(weightsOf(run)).toEqual(expected);
    expect(stderr).toMatch(/does not use the head of pre-training/);
  });

  it("with the options of run_classifier.py", async () => {
    const model = directory("uncased_L-2_H-32_A-4", { ...google, ...checkpoint("bert_model.ckpt") });
    const [run, prefix] = [inScratch("google-run"), join(model, "bert_model.ckpt")];
    const files = [`--vocab_file=${model}/vocab.txt`, `--bert_config_file=${model}/bert_config.json`];
    for (const path of [prefix, `${prefix}.index`, `${prefix}.data-00000-of-00001`]) {
      const args = [
        ...task,
        ...files,
        "--do_lower_case=True",
        "--do_train=true",
        "--max-steps=1",
        "--overwrite-output-dir",
      ];
      await bertieOk(["run_classifier", ...args, `--init_checkpoint=${path}`, `--output_dir=${run}`]);
      expect(weightsOf(run)).toEqual(expected);
    }
  });
});

describe("models that cannot be read are refused, and the message names the directory and what lies in it", () => {
  const without = (files: Files, name: string): Files =>
    Object.fromEntries(Object.entries(files).filter(([file]) => file !== name));
  const shards = split("model", "safetensors", writeSafetensors);
  const cases: Readonly<Record<string, [files: Files, message: RegExp]>> = {
    "no weights": [base, /no-weights: the directory has no weights .* config\.json, .*vocab\.txt\. .*--random-weights/],
    "an h5 file": [
      { ...base, "tf_model.h5": "\x89HDF" },
      /an-h5-file: the weights are in tf_model\.h5, .* It contains .*vocab\.txt\. .*from_tf=True/,
    ],
    "a Flax file": [{ ...base, "flax_model.msgpack": "" }, /flax_model\.msgpack, .*from_flax=True/],
    "an ONNX model only": [{ ...base, "model.onnx": "" }, /model\.onnx, .*or download model\.safetensors/],
    "weights under another name": [{ ...base, "epoch-3.pt": "" }, /It contains config\.json, epoch-3\.pt, /],
    "a missing shard": [
      { ...base, ...without(shards, "model-00002-of-00002.safetensors") },
      /a-missing-shard\/model-00002-of-00002\.safetensors: no such file, but .*index\.json lists it/,
    ],
    "an extra shard": [
      { ...base, ...shards, "model-00003-of-00003.safetensors": "" },
      /an-extra-shard\/model-00003-of-00003\.safetensors: .*does not list this file/,
    ],
    "shards without their index": [
      { ...base, ...without(shards, "model.safetensors.index.json") },
      /shards-without-their-index\/model\.safetensors\.index\.json: no such file\. model-00001-of-00002/,
    ],
    "several TensorFlow checkpoints": [
      { ...base, ...checkpoint("model.ckpt-1"), ...checkpoint("model.ckpt-2") },
      /found the TensorFlow checkpoints model\.ckpt-1\.index, model\.ckpt-2\.index\. Name one with --init-checkpoint/,
    ],
    "a TensorFlow checkpoint without data": [
      { ...base, "bert_model.ckpt.index": fixture("bert_model.ckpt.index") },
      /bert_model\.ckpt\.data-00000-of-00001: no such file/,
    ],
    "no configuration": [
      { "vocab.txt": vocab, "checkpoint-500/config.json": config },
      /no-configuration\/config\.json: no such file\. The directory contains checkpoint-500\/, vocab\.txt/,
    ],
    "a tokenizer of byte pairs": [
      { "config.json": config, ...whole, "tokenizer.json": tokenizerJson({ model: { type: "BPE", vocab: {} } }) },
      /a-tokenizer-of-byte-pairs\/tokenizer\.json: "model\.type" is "BPE"\. Only "WordPiece" is supported/,
    ],
    "a Unigram tokenizer": [
      { "config.json": config, ...whole, "tokenizer.json": tokenizerJson({ model: { type: "Unigram", vocab: [] } }) },
      /"model\.type" is "Unigram"/,
    ],
    "a tokenizer that keeps control characters": [
      { "config.json": config, ...whole, "tokenizer.json": tokenizerJson({}, { clean_text: false }) },
      /tokenizer\.json: "normalizer" does not clean texts \(clean_text\)/,
    ],
    RoBERTa: [
      { ...base, "config.json": config.replace('"bert"', '"roberta"'), ...whole },
      /"roberta", but Bertie supports only bert, .* Use /,
    ],
  };

  it.each(Object.entries(cases))("%s", async (name, [files, message]) => {
    expect(await refusal(directory(name.replaceAll(" ", "-"), files))).toMatch(message);
  });

  it("a cache with several models, and a broken link in a cache", async () => {
    const plain = directory("for-cache", { ...base, ...whole });
    const cache = inScratch("several");
    for (const name of ["models--a--b", "models--c--d"]) intoCache(cache, name, plain, "a".repeat(40));
    expect(await refusal(cache)).toMatch(/several: found 2 models, .* Pass one of .*models--a--b, .*models--c--d\.$/m);
    const snapshot = directory("broken", base);
    symlinkSync("../blobs/none", join(snapshot, "model.safetensors"));
    expect(await refusal(snapshot)).toMatch(/It contains .*model\.safetensors \(broken link\)/);
  });

  it("random weights need --random-weights, which excludes --init-checkpoint", async () => {
    const model = directory("random", base);
    const { stderr } = await train(model, "--random-weights");
    expect(stderr).toMatch(/^training starts from random weights, as requested by --random-weights$/m);
    expect(await refusal(model, "--random-weights", "--init-checkpoint", TINY.weights)).toMatch(/exclude each other/);
    const single = ["--bert-config-file", TINY.config, "--vocab-file", TINY.vocab];
    expect(await failure("train", ...task, ...single, "--do-train", "--output-dir", inScratch("none"))).toMatch(
      /^bertie: no weights: .*--model.*--random-weights/,
    );
  });
});

describe("ERNIE, ELECTRA and DistilBERT", () => {
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ..."很差好不大小，酒店0123456789".slice(0, 19)].join(
    "\n",
  );

  it.each(["ernie", "electra", "distilbert"])(
    "%s trains, fits a head, and saves its own architecture",
    async (name) => {
      const model = inScratch(`shipped-${name}`);
      cpSync(join(ROOT, "packages/model/fixtures/architectures", name), model, { recursive: true });
      writeFile(join(model, "vocab.txt"), words);
      const { run } = await train(model, "--do-eval", "--max-seq-length", "10", "--engine", "onnx", "--do-lower-case");
      const [before, after] = [model, run].map((path) => readJson(path, "config.json"));
      for (const key of ["architectures", "model_type"]) expect(after![key]).toEqual(before![key]);
      const [original, saved] = [model, run].map((path) => readSafetensors(weightsOf(path), path));
      expect([...saved!.keys()].sort()).toEqual([...original!.keys()].sort());
      const { stdout } = await bertieOk(["predict", "--model", run], { stdin: "很好\n" });
      expect(stdout).toMatch(/^label\tscore\tbad\tgood\tso-so\n(bad|good|so-so)\t/);

      const data = [
        "--task-name",
        "news",
        "--data-dir",
        inScratch("news"),
        "--max-seq-length",
        "10",
        "--do-lower-case",
      ];
      const probe = inScratch(`probe-${name}`);
      await bertieOk([
        "train",
        ...data,
        "--model",
        model,
        "--do-train",
        "--do-eval",
        "--head-only",
        "--output-dir",
        probe,
      ]);
      expect(readJson(probe, "eval_results.json").eval_accuracy).toBe(1);
    },
  );
});
