import { describe, expect, it } from "vitest";
import { add, cast, mul, square } from "./ops/elementwise.ts";
import { sum } from "./ops/reduce.ts";
import { trace } from "./trace.ts";

describe("trace()", () => {
  it("names feeds, state, updates and outputs, with their types", () => {
    const program = trace(({ feed, state }) => {
      const x = feed("x", "int32", [2]);
      const w = state("w", "float32", [2]);
      const y = mul(cast(x, "float32"), w);
      return { updates: { w: y, total: sum(y) }, outputs: { y } };
    });
    expect([...program.feeds].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([["x", "int32", [2]]]);
    expect([...program.state].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([["w", "float32", [2]]]);
    expect([...program.updates.keys()]).toEqual(["w", "total"]);
    expect([...program.outputs.keys()]).toEqual(["y"]);
    expect(program.nodes.map(({ op }) => op)).toEqual(["feed", "state", "cast", "mul", "sum"]);
    expect(program.updates.get("w")).toBe(program.outputs.get("y"));
  });

  it("gives the same tensor for state that is asked for twice", () => {
    const program = trace(({ state }) => {
      const w = state("w", "float32", [2]);
      expect(state("w", "float32", [2])).toBe(w);
      return { outputs: { y: add(w, state("w", "float32", [2])) } };
    });
    expect(program.nodes.map(({ op }) => op)).toEqual(["state", "add"]);
  });

  it("refuses state asked for with two types, a feed that stands twice, and an update of another type", () => {
    expect(() =>
      trace(({ state }) => ({ outputs: { a: state("w", "float32", [2]), b: state("w", "float32", [3]) } })),
    ).toThrow("state w is float32[2] and float32[3]");
    expect(() =>
      trace(({ state }) => ({ outputs: { a: state("w", "float32", []), b: state("w", "int32", []) } })),
    ).toThrow("state w is float32[] and int32[]");
    expect(() =>
      trace(({ feed }) => ({ outputs: { a: feed("x", "float32", [2]), b: feed("x", "float32", [2]) } })),
    ).toThrow("feed x stands twice");
    expect(() => trace(({ state }) => ({ updates: { w: sum(state("w", "float32", [2])) } }))).toThrow(
      "state w: float32[] in place of float32[2]",
    );
    expect(() => trace(({ state }) => ({ updates: { w: cast(state("w", "float32", [2]), "float16") } }))).toThrow(
      "state w: float16[2] in place of float32[2]",
    );
  });

  it("leaves out what nothing needs, feeds and state too", () => {
    const program = trace(({ feed, state }) => {
      square(feed("unused", "float32", [2]));
      state("idle", "float32", [2]);
      return { outputs: { y: square(feed("x", "float32", [2])) } };
    });
    expect([...program.feeds.keys()]).toEqual(["x"]);
    expect(program.state.size).toBe(0);
    expect(program.nodes.map(({ op }) => op)).toEqual(["feed", "mul"]);
  });

  it("does not mix two traces", () => {
    trace((outer) => {
      const x = outer.feed("x", "float32", []);
      expect(() => trace(({ feed }) => ({ outputs: { y: add(feed("y", "float32", []), x) } }))).toThrow(
        "add: an input belongs to another graph",
      );
      return {};
    });
  });
});
