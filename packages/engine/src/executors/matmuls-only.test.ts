import { describe, expect, it } from "vitest";
import { createReferenceExecutor, exp, float32, matmul, mul, type Program, sum, type Tensor, trace } from "../index.ts";
import { extractMatmuls, isMatmul, matmulsOnly } from "./matmuls-only.ts";

/** Products of two kinds, three of the first, among other ops. */
function example(): Program {
  return trace(({ feed, state }) => {
    const [x, w] = [feed("x", "float32", [2, 3]), state("w", "float32", [3, 3])];
    const thrice = [1, 2, 3].reduce<Tensor>((y, factor) => matmul(exp(y), mul(w, factor)), x);
    const square = matmul(thrice, thrice, { transposeA: true });
    return { outputs: { loss: sum(square), rows: sum(thrice, -1) }, updates: { w: mul(w, 2) } };
  });
}

describe("extractMatmuls()", () => {
  it("keeps every product of a program, and no other work but for a number of each", async () => {
    const { nodes, feeds, updates, outputs } = extractMatmuls(example());
    const products = nodes.filter(isMatmul);
    expect(products.map(({ outputs: [y], attributes }) => [y!.shape, attributes.transposeA])).toEqual([
      ...[1, 2, 3].map(() => [[2, 3], false]),
      [[3, 3], true],
    ]);
    const others = new Set(nodes.map(({ op }) => op).filter((op) => op !== "matmul"));
    expect(others).toEqual(new Set(["state", "reshape", "slice", "add"]));
    expect([feeds.size, updates.size, [...outputs.keys()]]).toEqual([0, 0, ["first"]]);
  });

  it("is nothing for a program without any", () => {
    const program = trace(({ feed }) => ({ outputs: { y: exp(feed("x", "float32", [2])) } }));
    expect(extractMatmuls(program).nodes).toEqual([]);
  });
});

describe("matmulsOnly()", () => {
  it("asks for no feeds or state, runs, and gives zeros for what the program gives", async () => {
    const compiled = await matmulsOnly(createReferenceExecutor()).compile(example());
    const results = await compiled.run({});
    expect(results).toEqual({ loss: float32(new Float32Array(1), []), rows: float32(new Float32Array(2)) });
    await compiled.dispose();
  });
});
