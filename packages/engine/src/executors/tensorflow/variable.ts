import type { TensorType } from "../../graph.ts";
import type { TfNode } from "./graph-def.ts";

/** The names of the nodes around a variable, whose handle has the given name. */
export const placeholderOf = (variable: string): string => `${variable}/new`;
export const writeOf = (variable: string): string => `${variable}/written`;
export const readOf = (variable: string): string => `${variable}/value`;
export const destroyOf = (variable: string): string => `${variable}/destroyed`;

/** A variable of a TensorFlow graph, and the nodes that write, read and destroy it. */
export function variableNodes(variable: string, { dtype, shape }: TensorType): TfNode[] {
  const tensor = { dtype: "bool", shape: [], bytes: Uint8Array.of(1) } as const;
  // A run has to fetch something.
  const after = (name: string, node: string): TfNode => {
    return { name, op: "Identity", inputs: [`${variable}/true`, `^${node}`], attributes: { T: "bool" } };
  };
  const assignment = [variable, placeholderOf(variable)];
  return [
    {
      name: variable,
      op: "VarHandleOp",
      inputs: [],
      attributes: { dtype, shape: { shape }, shared_name: { text: variable } },
    },
    { name: `${variable}/true`, op: "Const", inputs: [], attributes: { dtype: "bool", value: { tensor } } },
    { name: placeholderOf(variable), op: "Placeholder", inputs: [], attributes: { dtype, shape: { shape } } },
    { name: `${variable}/write`, op: "AssignVariableOp", inputs: assignment, attributes: { dtype } },
    after(writeOf(variable), `${variable}/write`),
    { name: readOf(variable), op: "ReadVariableOp", inputs: [variable], attributes: { dtype } },
    { name: `${variable}/destroy`, op: "DestroyResourceOp", inputs: [variable], attributes: {} },
    after(destroyOf(variable), `${variable}/destroy`),
  ];
}
