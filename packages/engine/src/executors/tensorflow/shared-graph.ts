import type { TensorData } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import type { Attribute, TfNode, TfTensor } from "./graph-def.ts";
import { nodeOf } from "./node-order.ts";

/** Where a program stands in a graph. */
export interface Place {
  /** What the names of its nodes begin with there. */
  readonly scope: string;
  /** Constants that it does not share with others of that scope: what to feed, by name. */
  readonly constants: ReadonlyMap<string, TensorData>;
}

/**
 * A graph of several programs. Those that differ in nothing but constants and the shapes of what is fed, as programs for
 * batches of several lengths do, are one program there, which is fed what differs.
 *
 * TensorFlow optimises the nodes anew for every set of names that are fed and fetched, which takes half a second for the
 * step of a small BERT: it is then spent once, and not for every length. That a step's lengths are not known before makes it
 * no slower.
 *
 * @param programs nodes of programs, whose names are their own
 */
export function shareGraph(programs: readonly (readonly TfNode[])[]): { nodes: TfNode[]; places: Place[] } {
  const families = new Map<string, number[]>();
  for (const [i, program] of programs.entries()) {
    const key = JSON.stringify(program.map(fixedPart));
    families.set(key, [...(families.get(key) ?? []), i]);
  }
  const nodes: TfNode[] = [];
  const places: Place[] = [];
  for (const [number, members] of [...families.values()].entries()) {
    const scope = `p${number}/`;
    const constants = members.map(() => new Map<string, TensorData>());
    const own = new Set(programs[members[0]!]!.map(({ name }) => name));
    const inScope = (input: string) => (own.has(nodeOf(input)) ? input.replace(/^\^?/, `$&${scope}`) : input);
    for (const i of programs[members[0]!]!.keys()) {
      const variants = members.map((member) => programs[member]![i]!);
      const merged = mergeNodes(variants);
      const node = { ...merged, name: `${scope}${merged.name}`, inputs: merged.inputs.map(inScope) };
      nodes.push(node);
      if (merged.op !== variants[0]!.op)
        for (const [j, variant] of variants.entries()) constants[j]!.set(node.name, dataOf(constantOf(variant)!));
    }
    for (const [j, member] of members.entries()) places[member] = { scope, constants: constants[j]! };
  }
  return { nodes, places };
}

/** What must be the same for nodes to be one. */
function fixedPart({ name, op, inputs, attributes }: TfNode): unknown {
  const constant = constantOf({ op, attributes });
  if (constant !== undefined) return [name, constant.dtype, constant.shape.length];
  return op === "Placeholder" ? [name, attributes.dtype, shapeOf(attributes).length] : [name, op, inputs, attributes];
}

function mergeNodes(variants: readonly TfNode[]): TfNode {
  const [first] = variants as [TfNode];
  if (variants.every(({ attributes }) => sameAttributes(attributes, first.attributes))) return first;
  const shapes = variants.map((variant) => constantOf(variant)?.shape ?? shapeOf(variant.attributes));
  const shape = shapes[0]!.map((size, axis) => (shapes.every((each) => each[axis] === size) ? size : UNKNOWN));
  return { ...first, op: "Placeholder", attributes: { dtype: first.attributes.dtype!, shape: { shape } } };
}

/** A size that is known only when a graph runs. */
const UNKNOWN = -1;

function sameAttributes(a: TfNode["attributes"], b: TfNode["attributes"]): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The value of a node that could be fed as well: of a type that JavaScript's tensors can have. */
function constantOf({ op, attributes: { value } }: Pick<TfNode, "op" | "attributes">): TfTensor | undefined {
  const tensor = op === "Const" && isTensor(value) ? value.tensor : undefined;
  return tensor !== undefined && tensor.dtype in arrays ? tensor : undefined;
}

function isTensor(value: Attribute | undefined): value is { readonly tensor: TfTensor } {
  return typeof value === "object" && "tensor" in value;
}

function shapeOf({ shape }: TfNode["attributes"]): Shape {
  return (shape as { readonly shape: Shape }).shape;
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

function dataOf({ dtype, shape, bytes }: TfTensor): TensorData {
  const type = dtype as keyof typeof arrays;
  return { dtype: type, shape, data: new arrays[type](bytes.slice().buffer) };
}
