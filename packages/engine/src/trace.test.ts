import { describe, expect, it } from "vitest";
import { add, cast, mul, square } from "./ops/elementwise.ts";
import { sum } from "./ops/reduce.ts";
import { trace } from "./trace.ts";

describe("trace()", () => {
  it("records feeds, state, updates and outputs by name, with their types", () => {
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

  it("returns the same tensor for a state that is declared twice", () => {
    const program = trace(({ state }) => {
      const w = state("w", "float32", [2]);
      expect(state("w", "float32", [2])).toBe(w);
      return { outputs: { y: add(w, state("w", "float32", [2])) } };
    });
    expect(program.nodes.map(({ op }) => op)).toEqual(["state", "add"]);
  });

  it("rejects a state declared with two types, a feed declared twice, and an update of another type", () => {
    expect(() =>
      trace(({ state }) => ({ outputs: { a: state("w", "float32", [2]), b: state("w", "float32", [3]) } })),
    ).toThrow("state w is declared as float32[2] and as float32[3]");
    expect(() =>
      trace(({ state }) => ({ outputs: { a: state("w", "float32", []), b: state("w", "int32", []) } })),
    ).toThrow("state w is declared as float32[] and as int32[]");
    expect(() =>
      trace(({ feed }) => ({ outputs: { a: feed("x", "float32", [2]), b: feed("x", "float32", [2]) } })),
    ).toThrow("feed x is declared twice");
    expect(() => trace(({ state }) => ({ updates: { w: sum(state("w", "float32", [2])) } }))).toThrow(
      "state w: the update is float32[], expected float32[2]",
    );
    expect(() => trace(({ state }) => ({ updates: { w: cast(state("w", "float32", [2]), "float16") } }))).toThrow(
      "state w: the update is float16[2], expected float32[2]",
    );
  });

  it("drops nodes that no result depends on, including feeds and state", () => {
    const program = trace(({ feed, state }) => {
      square(feed("unused", "float32", [2]));
      state("idle", "float32", [2]);
      return { outputs: { y: square(feed("x", "float32", [2])) } };
    });
    expect([...program.feeds.keys()]).toEqual(["x"]);
    expect(program.state.size).toBe(0);
    expect(program.nodes.map(({ op }) => op)).toEqual(["feed", "mul"]);
  });

  it("rejects ops on tensors of two traces", () => {
    trace((outer) => {
      const x = outer.feed("x", "float32", []);
      expect(() => trace(({ feed }) => ({ outputs: { y: add(feed("y", "float32", []), x) } }))).toThrow(
        "add: an input belongs to another trace",
      );
      return {};
    });
  });
});
