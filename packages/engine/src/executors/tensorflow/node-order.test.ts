import { describe, expect, it } from "vitest";
import type { TfNode } from "./graph-def.ts";
import { dropDead, orderWrites } from "./node-order.ts";

const node = (name: string, op: string, ...inputs: string[]): TfNode => ({ name, op, inputs, attributes: {} });

describe("orderWrites()", () => {
  const read = node("old", "ReadVariableOp", "x");
  const user = node("twice", "Mul", "old", "two");

  it("lets an assignment wait for the read, and no others", () => {
    const write = node("set", "AssignVariableOp", "x", "twice");
    const other = node("other", "AssignVariableOp", "y", "twice");
    expect(orderWrites([read, user, write, other])).toEqual([
      read,
      user,
      node("set", "AssignVariableOp", "x", "twice", "^old"),
      other,
    ]);
  });

  it("lets a change in place wait for all who use the value before", () => {
    const write = node("adam", "ResourceApplyAdam", "m", "v", "x", "rate");
    const [, , ordered] = orderWrites([read, user, write]);
    expect(ordered!.inputs).toEqual(["m", "v", "x", "rate", "^old", "^twice"]);
  });
});

describe("dropDead()", () => {
  it("keeps what results need: by a value, by another output, or by waiting", () => {
    const live = [node("a", "A"), node("b", "B"), node("c", "C", "a:1"), node("d", "D", "c", "^b")];
    expect(dropDead([...live, node("dead", "E", "a")], ["d:0"])).toEqual(live);
  });
});
