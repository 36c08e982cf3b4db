import { describe, expect, it } from "vitest";
import { float32, int32 } from "../../dtype.ts";
import type { TfNode } from "./graph-def.ts";
import { shareGraph } from "./shared-graph.ts";

const node = (name: string, op: string, inputs: string[], attributes: TfNode["attributes"] = {}): TfNode => ({
  name,
  op,
  inputs,
  attributes,
});

/** Returns a program with constants that depend on the size (an addend and a shape) and one that does not (an axis). */
function program(size: number, { op = "AddV2", by = size } = {}): TfNode[] {
  const constant = (name: string, values: number[]) => {
    const bytes = new Uint8Array(Int32Array.from(values).buffer);
    return node(name, "Const", [], {
      dtype: "int32",
      value: { tensor: { dtype: "int32", shape: [values.length], bytes } },
    });
  };
  return [
    node("x", "Placeholder", [], { dtype: "int32", shape: { shape: [2, size] } }),
    constant("by", [by]),
    constant("axis", [0]),
    constant("flat", [2 * size]),
    node("sum", op, ["x", "by", "^axis"], { T: "int32" }),
    node("parts", "Unpack", ["sum:0", "state_1"], { T: "int32", num: 2 }),
    node("y", "Reshape", ["parts:1", "flat"], { T: "int32" }),
  ];
}

describe("shareGraph()", () => {
  it("merges programs that differ in constants and shapes, and returns the constants of each", () => {
    const { nodes, placements } = shareGraph([program(3), program(5)]);
    expect(nodes.map(({ name, op, inputs }) => [name, op, ...inputs])).toEqual([
      ["p0/x", "Placeholder"],
      ["p0/by", "Placeholder"],
      ["p0/axis", "Const"],
      ["p0/flat", "Placeholder"],
      ["p0/sum", "AddV2", "p0/x", "p0/by", "^p0/axis"],
      ["p0/parts", "Unpack", "p0/sum:0", "state_1"],
      ["p0/y", "Reshape", "p0/parts:1", "p0/flat"],
    ]);
    expect(nodes[0]!.attributes).toEqual({ dtype: "int32", shape: { shape: [2, -1] } });
    expect(nodes[3]!.attributes).toEqual({ dtype: "int32", shape: { shape: [1] } });
    expect(placements).toEqual(
      [3, 5].map((size) => ({
        scope: "p0/",
        constants: new Map([
          ["p0/by", int32(Int32Array.of(size))],
          ["p0/flat", int32(Int32Array.of(2 * size))],
        ]),
      })),
    );
  });

  it("keeps constants that all programs share, and all constants of a single program", () => {
    expect(shareGraph([program(3, { by: 7 }), program(5, { by: 7 })]).nodes[1]!.op).toBe("Const");
    const { nodes, placements } = shareGraph([program(3)]);
    expect(nodes.map(({ attributes }) => attributes)).toEqual(program(3).map(({ attributes }) => attributes));
    expect(placements).toEqual([{ scope: "p0/", constants: new Map() }]);
  });

  it("does not merge programs that differ in other ways", () => {
    const others = [program(3, { op: "Mul" }), program(3).slice(0, 6), program(3).with(2, float("axis")), [float("x")]];
    const { placements } = shareGraph([program(3), ...others, program(4)]);
    expect(placements.map(({ scope }) => scope)).toEqual(["p0/", "p1/", "p2/", "p3/", "p4/", "p0/"]);
  });

  it("feeds constants of other types", () => {
    const numbers = (x: number) => [float("x", x)];
    const { placements } = shareGraph([numbers(0.5), numbers(2)]);
    expect(placements.map(({ constants }) => constants.get("p0/x"))).toEqual([
      float32(Float32Array.of(0.5)),
      float32(Float32Array.of(2)),
    ]);
  });
});

function float(name: string, value = 0): TfNode {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return node(name, "Const", [], { dtype: "float32", value: { tensor: { dtype: "float32", shape: [1], bytes } } });
}
