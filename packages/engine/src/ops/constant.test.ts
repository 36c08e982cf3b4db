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
  it("is a scalar, a vector, or of a given shape and dtype", async () => {
    expect(await constantValue((graph) => constant(graph, 2))).toEqual(floats([], 2));
    expect(await constantValue((graph) => constant(graph, [1, 2]))).toEqual(floats([2], 1, 2));
    expect(await constantValue((graph) => constant(graph, [1, -2, 3, 4], "int32", [2, 2]))).toEqual(
      ints([2, 2], 1, -2, 3, 4),
    );
    expect(await constantValue((graph) => constant(graph, [1, 0], "bool"))).toEqual(bools([2], 1, 0));
    expect(await constantValue((graph) => constant(graph, [], "float32", [0, 3]))).toEqual(floats([0, 3]));
  });

  it("refuses another number of values than the shape has, and values that the dtype has not", () => {
    const graph = createGraph();
    expect(() => constant(graph, [1, 2], "float32", [3])).toThrow("2 values for a constant of shape [3]");
    expect(() => constant(graph, [1, 0.5], "int32")).toThrow("0.5 in a constant of dtype int32");
    expect(() => constant(graph, 2 ** 31, "int32")).toThrow("2147483648 in a constant");
    expect(() => constant(graph, 2, "bool")).toThrow("2 in a constant of dtype bool");
    expect(() => constant(graph, 0.5, "bool")).toThrow("0.5 in a constant of dtype bool");
  });
});
