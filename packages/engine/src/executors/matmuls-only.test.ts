import { describe, expect, it } from "vitest";
import { createReferenceExecutor, exp, float32, matmul, mul, type Program, sum, type Tensor, trace } from "../index.ts";
import { extractMatmuls, isMatmul, matmulsOnly } from "./matmuls-only.ts";

/** Returns a program with three matmuls of one kind, one of another kind, and other ops. */
function example(): Program {
  return trace(({ feed, state }) => {
    const [x, w] = [feed("x", "float32", [2, 3]), state("w", "float32", [3, 3])];
    const third = [1, 2, 3].reduce<Tensor>((y, factor) => matmul(exp(y), mul(w, factor)), x);
    const square = matmul(third, third, { transposeA: true });
    return { outputs: { loss: sum(square), rows: sum(third, -1) }, updates: { w: mul(w, 2) } };
  });
}

describe("extractMatmuls()", () => {
  it("keeps every matmul of a program and adds up one element of each", async () => {
    const { nodes, feeds, updates, outputs } = extractMatmuls(example());
    const matmuls = nodes.filter(isMatmul);
    expect(matmuls.map(({ outputs: [y], attributes }) => [y!.shape, attributes.transposeA])).toEqual([
      ...[1, 2, 3].map(() => [[2, 3], false]),
      [[3, 3], true],
    ]);
    const others = new Set(nodes.map(({ op }) => op).filter((op) => op !== "matmul"));
    expect(others).toEqual(new Set(["state", "reshape", "slice", "add"]));
    expect([feeds.size, updates.size, [...outputs.keys()]]).toEqual([0, 0, ["first"]]);
  });

  it("returns an empty program for a program without matmuls", () => {
    const program = trace(({ feed }) => ({ outputs: { y: exp(feed("x", "float32", [2])) } }));
    expect(extractMatmuls(program).nodes).toEqual([]);
  });
});

describe("matmulsOnly()", () => {
  it("runs without feeds and state, and returns zeros for the outputs", async () => {
    const compiled = await matmulsOnly(createReferenceExecutor()).compile(example());
    const results = await compiled.run({});
    expect(results).toEqual({ loss: float32(new Float32Array(1), []), rows: float32(new Float32Array(2)) });
    await compiled.dispose();
  });
});
