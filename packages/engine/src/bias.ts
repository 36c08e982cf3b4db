import type { Node } from "./graph.ts";

/** Returns whether a node adds a vector to each row of a matrix, as a linear layer adds its bias. */
export function addsBias({ op, inputs: [x, y] }: Node): boolean {
  return op === "add" && x!.shape.length === 2 && y!.shape.length === 1 && x!.shape[1] === y!.shape[0];
}
