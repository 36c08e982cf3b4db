import { readFileSync } from "node:fs";
import { BertieError, problemTypes } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bertConfigFromJson, bertConfigToJson } from "./config.ts";
import { problemTypeOf } from "./problem-type.ts";

const classic = {
  vocab_size: 101,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
};

const GIANT = { hidden_size: 8192, num_hidden_layers: 200, intermediate_size: 16384 };

function read(json: unknown) {
  return bertConfigFromJson(JSON.stringify(json), "config.json");
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BertieError) return error.code;
    throw error;
  }
  return "none";
}

describe("bertConfigFromJson()", () => {
  it("reads Google's bert_config.json", () => {
    const url = new URL("../fixtures/tiny-bert/bert_config.json", import.meta.url);
    expect(bertConfigFromJson(readFileSync(url, "utf8"), "bert_config.json")).toEqual({
      vocabSize: 101,
      hiddenSize: 32,
      numHiddenLayers: 2,
      numAttentionHeads: 4,
      intermediateSize: 64,
      hiddenAct: "gelu",
      hiddenDropoutProb: 0,
      attentionProbsDropoutProb: 0,
      maxPositionEmbeddings: 24,
      typeVocabSize: 2,
      initializerRange: 0.02,
      layerNormEps: 1e-12,
    });
  });

  it("applies the reference's defaults, ignores unknown keys, and skips a byte order mark", () => {
    const text = `\uFEFF${JSON.stringify({ ...classic, transformers_version: "4.30.0", layer_norm_eps: null })}`;
    expect(bertConfigFromJson(text, "config.json")).toMatchObject({
      hiddenAct: "gelu",
      hiddenDropoutProb: 0.1,
      attentionProbsDropoutProb: 0.1,
      maxPositionEmbeddings: 512,
      typeVocabSize: 2,
      initializerRange: 0.02,
      layerNormEps: 1e-12,
    });
  });

  it("accepts the names of each activation in transformers, and rejects other activations by name", () => {
    expect(read({ ...classic, hidden_act: "silu" }).hiddenAct).toBe("swish");
    expect(read({ ...classic, hidden_act: "relu" }).hiddenAct).toBe("relu");
    for (const name of ["gelu_new", "gelu_fast", "gelu_pytorch_tanh"])
      expect(read({ ...classic, hidden_act: name }).hiddenAct).toBe("gelu_new");
    expect(() => read({ ...classic, hidden_act: "mish" })).toThrow(
      /config\.json: "hidden_act" is "mish", .* only gelu/,
    );
    expect(codeOf(() => read({ ...classic, hidden_act: "constructor" }))).toBe("config/bad-value");
  });

  it.each([
    ["a missing size", { hidden_size: undefined }, "config/missing-key", /"hidden_size" is missing/],
    ["a size that is a string", { vocab_size: "101" }, "config/bad-value", /"vocab_size" is "101"/],
    ["a size of zero", { num_hidden_layers: 0 }, "config/bad-value", /"num_hidden_layers" is 0/],
    ["a fraction of a layer", { num_hidden_layers: 1.5 }, "config/bad-value", /"num_hidden_layers" is 1\.5/],
    [
      "a size above the maximum",
      { vocab_size: 1e12 },
      "config/bad-value",
      /"vocab_size" is 1000000000000, but must be at most/,
    ],
    ["a tensor larger than 4 GiB", { vocab_size: 16e6, hidden_size: 4096 }, "config/bad-value", /"vocab_size" times/],
    [
      "sizes that are valid individually but too large together",
      GIANT,
      "config/too-large",
      /a model of at most 4294967296 weights, found \d{12}/,
    ],
    [
      "heads that do not divide the hidden size",
      { num_attention_heads: 5 },
      "config/bad-value",
      /divisible by "num_attention_heads" \(5\)/,
    ],
    ["a probability of one", { hidden_dropout_prob: 1 }, "config/bad-value", /"hidden_dropout_prob" is 1/],
    ["a negative range", { initializer_range: -1 }, "config/bad-value", /"initializer_range" is -1/],
    ["an epsilon of zero", { layer_norm_eps: 0 }, "config/bad-value", /"layer_norm_eps" is 0/],
    ["another architecture", { model_type: "roberta" }, "config/unsupported", /"model_type" is "roberta"/],
    ["relative positions", { position_embedding_type: "relative_key" }, "config/unsupported", /relative_key/],
    ["a decoder", { is_decoder: true }, "config/unsupported", /"is_decoder" is true/],
  ])("rejects %s, naming file and key", (_, change, code, message) => {
    const run = () => read({ ...classic, ...change });
    expect(run).toThrow(message);
    expect(run).toThrow(/^config\.json: /);
    expect(codeOf(run)).toBe(code);
  });

  it("rejects text that is not a JSON object", () => {
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      "3",
      `{"vocab_size":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
      '{"a\n\u001b":1}',
    ]) {
      expect(codeOf(() => bertConfigFromJson(text, "c.json"))).toBe("config/json");
      expect(() => bertConfigFromJson(text, "c.json")).toThrow(/^c\.json\P{Cc}*$/u);
    }
  });

  it("rejects duplicate keys, including in label maps", () => {
    const twice = JSON.stringify(classic).replace("{", '{"vocab\\u005fsize":7,');
    expect(codeOf(() => bertConfigFromJson(twice, "c.json"))).toBe("config/duplicate-key");
    const labels = JSON.stringify({ ...classic, id2label: {} }).replace("{}", '{"0":"a","0":"b"}');
    expect(() => bertConfigFromJson(labels, "c.json")).toThrow(/^c\.json: key "0" occurs twice/);
  });

  it("ignores long and deeply nested values", () => {
    const more = { task_specific_params: { deep: { deeper: [] } }, notes: "x".repeat(1 << 17), list: [1, 2] };
    expect(read({ ...more, ...classic })).toEqual(read(classic));
    expect(codeOf(() => read({ ...classic, vocab_size: "x".repeat(1 << 17) }))).toBe("config/missing-key");
  });

  it.each([
    ["add_cross_attention", true],
    ["quantization_config", { load_in_8bit: true }],
    ["pruned_heads", { 0: [1] }],
    ["auto_map", { AutoModel: "modeling.Mine" }],
    ["transformers_weights", "mine.safetensors"],
  ])("rejects %s by name", (key, value) => {
    expect(() => read({ ...classic, [key]: value })).toThrow(new RegExp(`config\\.json: "${key}" is`));
    expect(() => read({ ...classic, [key]: null })).not.toThrow();
  });

  it("throws only BertieError for any contents", () => {
    const keys = [
      ...Object.keys(classic),
      "problem_type",
      "hidden_act",
      "id2label",
      "label2id",
      "num_labels",
      "layer_norm_eps",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        codeOf(() => read({ ...classic, [key]: value }));
      }),
    );
  });
});

describe("problem_type", () => {
  it.each(problemTypes)("keeps %s", (problemType) => {
    const config = read({ ...classic, problem_type: problemType });
    expect(config.problemType).toBe(problemType);
    expect(JSON.parse(bertConfigToJson(config, ["a", "b"])).problem_type).toBe(problemType);
  });

  it("may be null or absent; one label is then a regression, as in transformers", () => {
    for (const config of [read({ ...classic, problem_type: null }), read(classic)]) {
      expect(config).not.toHaveProperty("problemType");
      expect([1, 2, 3].map((count) => problemTypeOf(config, count))).toEqual([
        ...["regression", "single_label_classification", "single_label_classification"],
      ]);
    }
    expect(problemTypeOf({ problemType: "multi_label_classification" }, 1)).toBe("multi_label_classification");
  });

  it("is rejected if it is unknown", () => {
    expect(() => read({ ...classic, problem_type: "ranking" })).toThrow('"problem_type" is "ranking"');
  });
});

describe("bertConfigToJson()", () => {
  it("writes a configuration that bertConfigFromJson() and transformers can read", () => {
    const config = read({ ...classic, hidden_act: "relu", layer_norm_eps: 1e-5, hidden_dropout_prob: 0 });
    const text = bertConfigToJson(config, ["sport", "10", "__proto__"]);
    expect(bertConfigFromJson(text, "config.json")).toEqual({
      ...{ ...config, labels: ["sport", "10", "__proto__"] },
      architecture: "BertForSequenceClassification",
    });
    expect(JSON.parse(text)).toMatchObject({
      architectures: ["BertForSequenceClassification"],
      model_type: "bert",
      id2label: { 0: "sport", 1: "10" },
      label2id: { sport: 0, 10: 1 },
      torch_dtype: "float32",
    });
  });
});
