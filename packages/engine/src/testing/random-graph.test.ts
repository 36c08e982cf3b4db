import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { kernels } from "../executors/reference/kernels.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { compareExecutors } from "./compare-executors.ts";
import { randomProgram } from "./random-graph.ts";

const seeds = Array.from({ length: 100 }, (_, seed) => seed);

describe("randomProgram()", () => {
  it("uses every op in the optimized programs", () => {
    const used = new Set(
      seeds.flatMap((seed) => randomProgram(new Random(seed, "graph")).program.nodes.map(({ op }) => op)),
    );
    expect(used).toEqual(new Set([...Object.keys(kernels), "feed", "state"]));
  });

  it("returns values for exactly the feeds and state of its program", () => {
    for (const seed of seeds) {
      const { program, feeds, state } = randomProgram(new Random(seed, "graph"));
      expect(Object.keys(feeds)).toEqual([...program.feeds.keys()]);
      expect(Object.keys(state).sort()).toEqual([...program.state.keys()].sort());
    }
  });

  it("contains no float16 tensors with float16: false", () => {
    for (const seed of seeds) {
      const { program } = randomProgram(new Random(seed, "graph"), { float16: false });
      expect(program.nodes.flatMap(({ outputs }) => outputs).some(({ dtype }) => dtype === "float16")).toBe(false);
    }
  });

  it("is stable: single and double precision agree over two steps to 1e-6 of each tensor's largest value", async () => {
    for (const seed of seeds) {
      const { program, feeds, state } = randomProgram(new Random(seed, "graph"));
      const [single, double] = [createReferenceExecutor(), createReferenceExecutor({ precision: "float64" })];
      const difference = await compareExecutors(single, double, program, feeds, state, 1e-6).catch((error) => {
        throw new Error(`seed ${seed}: ${error.message}`);
      });
      expect(difference).toBeGreaterThan(0);
    }
  });
});

describe("compareExecutors()", () => {
  it("reports the first element that differs by more than the tolerance", async () => {
    const { program, feeds, state } = randomProgram(new Random(1, "graph"));
    const [single, double] = [createReferenceExecutor(), createReferenceExecutor({ precision: "float64" })];
    await expect(compareExecutors(single, double, program, feeds, state, 0)).rejects.toThrow(
      /^(output|state) .+ of run 0, element \d+: -?\d.* and -?\d/,
    );
  });
});
