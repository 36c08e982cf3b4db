import { readdirSync, readFileSync } from "node:fs";
import { BertieError, Random } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bertConfigFromJson } from "../config.ts";
import { parameterSpecs } from "../parameters.ts";
import { loadPretrained } from "../pretrained.ts";
import { float16ToFloat32, float32ToFloat16 } from "./float16.ts";
import { readWeights } from "./read-weights.ts";
import { typedView, type WeightDType } from "./tensor.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, fixtures)));
const read = (path: string) => readWeights(bytesOf(path), path);

/** Returns the code of the BertieError that reading and converting throws, or "none". Rethrows other errors. */
function codeOf(bytes: Uint8Array, fileName = "w.bin"): string {
  try {
    for (const tensor of readWeights(bytes, fileName).values()) tensor.toFloat32();
  } catch (error) {
    if (error instanceof BertieError && !/\p{Cc}/u.test(error.message)) return error.code;
    throw error;
  }
  return "none";
}

describe("readWeights() on the tiny BERT", () => {
  const config = bertConfigFromJson(
    new TextDecoder().decode(bytesOf("tiny-bert/bert_config.json")),
    "bert_config.json",
  );
  const load = (name: string) =>
    loadPretrained(parameterSpecs(config, 3), read(`tiny-bert/${name}`), {
      random: new Random(1, "init"),
      initializerRange: config.initializerRange,
    });
  const golden = load("init.safetensors");

  it.each(["init_pytorch_model.bin", "init_dataparallel.bin"])(
    "loads %s with the same result as init.safetensors",
    (name) => {
      expect(golden.initialized).toEqual([]);
      expect(load(name)).toEqual(golden);
    },
  );

  it.each(["init_seed_style.bin", "init_seed_style_legacy.bin"])(
    "loads %s with the same result except for the classifier",
    (name) => {
      const loaded = load(name);
      expect(loaded.initialized).toEqual(["classifier.weight", "classifier.bias"]);
      expect(loaded.ignored).toEqual([]);
      for (const [parameter, values] of loaded.parameters) {
        if (parameter.startsWith("bert.")) expect(values).toEqual(golden.parameters.get(parameter));
      }
    },
  );

  it("loads init_half.bin with the same result rounded to float16", () => {
    for (const [parameter, values] of load("init_half.bin").parameters) {
      expect(values).toEqual(float16ToFloat32(float32ToFloat16(golden.parameters.get(parameter)!)));
    }
  });
});

type Expected = { dtype: string; shape: number[]; values: number[] };

describe("readWeights() on files of torch.save", () => {
  const expected = JSON.parse(new TextDecoder().decode(bytesOf("torch-save/expected.json"))) as Record<
    string,
    Expected
  >;

  /** Returns a tensor's values without rounding float64 and int64 to float32. */
  function exactValues(dtype: WeightDType, bytes: Uint8Array, float32: Float32Array): number[] {
    if (dtype === "float64") return Array.from(typedView(Float64Array, bytes));
    if (dtype === "int64") return Array.from(typedView(BigInt64Array, bytes), Number);
    return Array.from(float32);
  }

  it.each(["odd_zip.bin", "odd_legacy.bin", "wrapped.bin"])("reads every tensor of %s exactly", (name) => {
    const actual = Array.from(read(`torch-save/${name}`), ([key, { dtype, shape, toBytes, toFloat32 }]) => [
      key,
      { dtype: `torch.${dtype}`, shape, values: exactValues(dtype, toBytes(), toFloat32()) },
    ]);
    const wanted = Object.entries(expected).map(([key, { dtype, shape, values }]) => [key, { dtype, shape, values }]);
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(wanted));
  });

  it("rejects a pickle that calls a function, and names the function without calling it", () => {
    expect(() => read("torch-save/hostile.bin")).toThrow(/^torch-save\/hostile\.bin: .*"__builtin__\.print"/);
    expect(codeOf(bytesOf("torch-save/hostile.bin"))).toBe("weights/forbidden-global");
  });
});

describe("readWeights()", () => {
  const text = (content: string) => new TextEncoder().encode(content);

  it("identifies files that are not weights", () => {
    expect(() => readWeights(text("version https://git-lfs.github.com/spec/v1\n"), "w.bin")).toThrow(/git lfs pull/);
    expect(() => readWeights(text("<!DOCTYPE html>"), "w.bin")).toThrow(
      /expected safetensors or a PyTorch weight file/,
    );
    expect(() => readWeights(new Uint8Array(0), "w.bin")).toThrow(/expected safetensors or a PyTorch weight file/);
    expect(codeOf(text("short"), "w.safetensors")).toBe("weights/header-truncated");
    expect(() => readWeights(Uint8Array.of(0x80, 4, 0x4b, 1, 0x2e), "w.bin")).toThrow(
      /found a pickle that torch\.save did not write/,
    );
  });

  const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
  const names = [
    ...readdirSync(new URL("torch-save/", fixtures))
      .filter((name) => name.endsWith(".bin"))
      .map((name) => `torch-save/${name}`),
    "tiny-bert/init_pytorch_model.bin",
    "tiny-bert/init_seed_style_legacy.bin",
  ];
  it.each(names)("reads or rejects %s after any corruption or truncation", (name) => {
    const whole = bytesOf(name);
    fc.assert(
      fc.property(
        fc.array(edit, { maxLength: 6 }),
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        (edits, kept) => {
          const bytes = whole.slice(0, kept === null ? whole.length : Math.floor(kept * whole.length));
          for (const { at, byte } of edits) bytes[Math.floor(at * (bytes.length - 1))] = byte;
          codeOf(bytes);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("rejects random bytes", () => {
    fc.assert(
      fc.property(fc.constantFrom("", "PK\x03\x04", "\x80\x02"), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const bytes = Uint8Array.from([...Array.from(start, (c) => c.charCodeAt(0)), ...rest]);
        expect(codeOf(bytes)).not.toBe("none");
      }),
    );
  });
});

describe("readWeights() on bge-small-zh-v1.5", () => {
  const model = new URL("../../../../examples/models/bge-small-zh-v1.5/", import.meta.url);

  it("loads the float16 encoder without a prefix, and initializes its pooler and classifier", () => {
    const config = bertConfigFromJson(readFileSync(new URL("config.json", model), "utf8"), "config.json");
    const tensors = readWeights(new Uint8Array(readFileSync(new URL("model.safetensors", model))), "model.safetensors");
    const { parameters, initialized, ignored } = loadPretrained(parameterSpecs(config, 15), tensors, {
      random: new Random(42, "init"),
      initializerRange: config.initializerRange,
    });
    expect(ignored).toEqual([]);
    expect(initialized.map((name) => name.replace(/\.(weight|bias)$/, ""))).toEqual([
      "bert.pooler.dense",
      "bert.pooler.dense",
      "classifier",
      "classifier",
    ]);
    for (const [name, values] of parameters) if (!values.every(Number.isFinite)) expect.fail(`${name} is not finite`);
  });
});
