import { describe, expect, it } from "vitest";
import type { TfNode } from "./graph-def.ts";
import { dropDead, orderWrites } from "./node-order.ts";

const node = (name: string, op: string, ...inputs: string[]): TfNode => ({ name, op, inputs, attributes: {} });

describe("orderWrites()", () => {
  const read = node("old", "ReadVariableOp", "x");
  const user = node("twice", "Mul", "old", "two");

  it("makes an assignment wait only for reads of its variable", () => {
    const write = node("set", "AssignVariableOp", "x", "twice");
    const other = node("other", "AssignVariableOp", "y", "twice");
    expect(orderWrites([read, user, write, other])).toEqual([
      read,
      user,
      node("set", "AssignVariableOp", "x", "twice", "^old"),
      other,
    ]);
  });

  it("makes an update in place wait for all users of the old value", () => {
    const write = node("adam", "ResourceApplyAdam", "m", "v", "x", "rate");
    const [, , ordered] = orderWrites([read, user, write]);
    expect(ordered!.inputs).toEqual(["m", "v", "x", "rate", "^old", "^twice"]);
  });
});

describe("dropDead()", () => {
  it("keeps nodes that results depend on, by a first or second output or by a control dependency", () => {
    const live = [node("a", "A"), node("b", "B"), node("c", "C", "a:1"), node("d", "D", "c", "^b")];
    expect(dropDead([...live, node("dead", "E", "a")], ["d:0"])).toEqual(live);
  });
});
