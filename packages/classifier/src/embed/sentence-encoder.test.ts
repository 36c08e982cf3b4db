import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tinyModel } from "../testing/tiny-model.ts";
import { SentenceEncoder } from "./sentence-encoder.ts";
import { similarityOf } from "./similarity.ts";

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const fixture = (path: string) =>
  readFileSync(new URL(`../../fixtures/sentence-encoders/dense/${path}`, import.meta.url));

const package_ = "sentence_transformers.models";
const transformer = { type: `${package_}.Transformer`, path: "" };
const pooling = { type: `${package_}.Pooling`, path: "1_Pooling" };
const normalize = { type: `${package_}.Normalize`, path: "2_Normalize" };

/** Returns a tiny model with modules and further files. */
function directory(modules: unknown, files: Readonly<Record<string, Uint8Array>> = {}) {
  const model = tinyModel().set("modules.json", json(modules)).set("1_Pooling/config.json", json({}));
  for (const [name, bytes] of Object.entries(files)) model.set(name, bytes);
  return model;
}

const load = (model: Map<string, Uint8Array>, options = {}) =>
  SentenceEncoder.load(model, { engine: "reference", ...options });

describe("SentenceEncoder", () => {
  it("pools with the mean if the directory has no modules.json, and says so", async () => {
    await using encoder = await load(tinyModel({ labels: ["bad", "good"] }));
    expect(encoder.pooling).toEqual(["mean"]);
    expect(encoder.notes).toEqual([
      "pooling mean (the default: there is no model/modules.json)",
      "model/model.safetensors: an encoder does not use the classifier or other head of the model",
    ]);
    expect([encoder.dimension, encoder.maxLength, encoder.normalizes]).toEqual([8, 16, false]);
    expect(await encoder.embed([])).toEqual([]);
  });

  it("returns the same embeddings for one text, several texts and a stream, on every engine", async () => {
    const texts = ["the room is good", "很好", "", "the room is very very bad"];
    const results: Float32Array[][] = [];
    for (const engine of ["reference", "onnx"] as const) {
      await using encoder = await load(directory([transformer, pooling, normalize]), { engine, batchSize: 2 });
      const all = await encoder.embed(texts);
      const streamed: Float32Array[] = [];
      for await (const embedding of encoder.embedStream(texts)) streamed.push(embedding);
      expect(streamed).toEqual(all);
      const single = await encoder.embed(texts[3]!);
      for (const [i, value] of single.entries()) expect(value).toBeCloseTo(all[3]![i]!, 5);
      for (const embedding of all) expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
      results.push(all);
    }
    for (const [i, row] of results[0]!.entries())
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(results[1]![i]![j]!, 5);
  });

  it("normalizes before truncation unless `normalize` is true", async () => {
    await using encoder = await load(directory([transformer, pooling, normalize]));
    const whole = await encoder.embed("good");
    const raw = await encoder.embed("good", { normalize: false });
    const length = Math.hypot(...raw);
    expect(length).not.toBeCloseTo(1, 2);
    for (const [i, value] of raw.entries()) expect(value / length).toBeCloseTo(whole[i]!, 6);
    expect(await encoder.embed("good", { truncateDim: 3 })).toEqual(whole.slice(0, 3));
    expect(Math.hypot(...(await encoder.embed("good", { truncateDim: 3, normalize: true })))).toBeCloseTo(1, 6);
  });

  it.each([
    ["a module", [transformer, pooling, { type: `${package_}.LSTM`, path: "2" }], {}, "the module LSTM after Pooling"],
    ["another start", [{ type: `${package_}.CLIPModel`, path: "" }], {}, "the module CLIPModel at the start"],
    ["other code", [{ type: "custom_code.Transformer", path: "" }], {}, 'the module "custom_code.Transformer"'],
    [
      "a pooling mode",
      [transformer, pooling],
      { "1_Pooling/config.json": json({ pooling_mode_topk_tokens: true }) },
      'model/1_Pooling/config.json: the pooling mode "pooling_mode_topk_tokens"',
    ],
    [
      "an activation",
      [transformer, pooling, { type: `${package_}.Dense`, path: "2_Dense" }],
      { "2_Dense/config.json": json({ in_features: 8, out_features: 2, activation_function: "custom.Swish" }) },
      'the activation "custom.Swish"',
    ],
    [
      "a similarity",
      [transformer, pooling],
      { "config_sentence_transformers.json": json({ similarity_fn_name: "jaccard" }) },
      'the similarity "jaccard"',
    ],
  ])("rejects %s that is not supported, by name", async (_, modules, files, message) => {
    await expect(load(directory(modules, files as Record<string, Uint8Array>))).rejects.toMatchObject({
      code: "embed/unsupported-module",
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    ["input/invalid-json", "a list of modules", {}, {}],
    ["input/invalid-json", "a folder of the directory", [{ ...transformer, path: "../other" }], {}],
    ["input/invalid-json", "a Pooling module after Transformer", [transformer], {}],
    [
      "input/missing-file",
      "no such file, but modules.json names its folder",
      [transformer, { ...pooling, path: "2" }],
      {},
    ],
    [
      "weights/shape-mismatch",
      "requires [10,8]",
      [transformer, pooling, { type: `${package_}.Dense`, path: "2_Dense" }],
      {
        "2_Dense/config.json": json({ in_features: 8, out_features: 10 }),
        "2_Dense/model.safetensors": fixture("2_Dense/model.safetensors"),
      },
    ],
    [
      "input/invalid-json",
      'the default prompt "query" among the prompts',
      [transformer, pooling],
      { "config_sentence_transformers.json": json({ prompts: {}, default_prompt_name: "query" }) },
    ],
  ])("throws %s: %s", async (code, message, modules, files) => {
    await expect(load(directory(modules, files as Record<string, Uint8Array>))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it("rejects wrong options and texts", async () => {
    const encoder = await load(directory([transformer, pooling], { "config_sentence_transformers.json": json({}) }));
    const codeOf = (work: Promise<unknown>) => work.then(String, (error: { code?: string }) => error.code);
    expect(await codeOf(encoder.embed("good", { promptName: "query" }))).toBe("options/prompt");
    expect(await codeOf(encoder.embed("good", { prompt: "a", promptName: "b" }))).toBe("options/prompt");
    expect(await codeOf(encoder.embed("good", { prompt: "good ".repeat(20) }))).toBe("options/prompt");
    expect(await codeOf(encoder.embed("good", { truncateDim: 9 }))).toBe("options/value");
    expect(await codeOf(encoder.embed([1] as unknown as string[]))).toBe("input/not-text");
    expect(await codeOf(load(tinyModel(), { pooling: "first" }))).toBe("options/value");
    expect(() => encoder.similarity(new Float32Array(2), new Float32Array(3))).toThrow("2 and 3 dimensions");
    const reason = new Error("stopped");
    await expect(encoder.embed("good", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await encoder.dispose();
    await encoder.dispose();
    expect(await codeOf(encoder.embed("good"))).toBe("embed/disposed");
  });

  it("reads the folders of a file input", async () => {
    const files = [
      ...directory([transformer, { ...pooling }], { "1_Pooling/config.json": json({ pooling_mode: "max" }) }),
    ];
    const chosen = files.map(([path, bytes]) => {
      const file = new File([new Uint8Array(bytes)], path.split("/").at(-1)!);
      return Object.defineProperty(file, "webkitRelativePath", { value: `tiny/${path}` });
    });
    await using encoder = await SentenceEncoder.load(chosen, { engine: "reference" });
    expect(encoder.pooling).toEqual(["max"]);
  });
});

it("similarityOf() returns greater values for more similar vectors", () => {
  const [a, b] = [Float32Array.of(3, 4), Float32Array.of(0, 2)];
  const values = (["cosine", "dot", "euclidean", "manhattan"] as const).map((name) => similarityOf(name, a, b));
  expect(values).toEqual([expect.closeTo(0.8), 8, expect.closeTo(-Math.sqrt(13)), -5]);
});
