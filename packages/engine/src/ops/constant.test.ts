import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { createGraph, type Graph, type Tensor } from "../graph.ts";
import { bools, floats, ints } from "../testing/evaluate.ts";
import { trace } from "../trace.ts";
import { constant } from "./constant.ts";

async function constantValue(build: (graph: Graph) => Tensor) {
  const program = trace(({ graph }) => ({ outputs: { y: build(graph) } }));
  return (await (await createReferenceExecutor().compile(program)).run({})).y;
}

describe("constant()", () => {
  it("returns a scalar, a vector, or a tensor of the given shape and dtype", async () => {
    expect(await constantValue((graph) => constant(graph, 2))).toEqual(floats([], 2));
    expect(await constantValue((graph) => constant(graph, [1, 2]))).toEqual(floats([2], 1, 2));
    expect(await constantValue((graph) => constant(graph, [1, -2, 3, 4], "int32", [2, 2]))).toEqual(
      ints([2, 2], 1, -2, 3, 4),
    );
    expect(await constantValue((graph) => constant(graph, [1, 0], "bool"))).toEqual(bools([2], 1, 0));
    expect(await constantValue((graph) => constant(graph, [], "float32", [0, 3]))).toEqual(floats([0, 3]));
  });

  it("rejects a number of values that differs from the shape's, and values that the dtype cannot represent", () => {
    const graph = createGraph();
    expect(() => constant(graph, [1, 2], "float32", [3])).toThrow("found 2 values, expected 3 for shape [3]");
    expect(() => constant(graph, [1, 0.5], "int32")).toThrow("constant: int32 cannot represent 0.5");
    expect(() => constant(graph, 2 ** 31, "int32")).toThrow("int32 cannot represent 2147483648");
    expect(() => constant(graph, 2, "bool")).toThrow("bool cannot represent 2");
    expect(() => constant(graph, 0.5, "bool")).toThrow("bool cannot represent 0.5");
  });
});
