import { type DType, isHalf } from "../../dtype.ts";
import type { Node, Tensor, TensorType } from "../../graph.ts";
import { roundToHalf } from "../../half.ts";
import type { Program } from "../../program.ts";
import type { Shape } from "../../shape.ts";
import { findAdamUpdates } from "../adam-updates.ts";
import { lowerAdam } from "./adam.ts";
import type { TfType } from "./element-types.ts";
import type { TfNode } from "./graph-def.ts";
import type { LoweringContext, MaskFeed } from "./lowering-context.ts";
import { lowerings } from "./lowerings.ts";
import { after, dropDead, orderWrites } from "./node-order.ts";

type HalfType = "float16" | "bfloat16";
type FullType = Exclude<TfType, HalfType>;
type Lower = (node: Node, context: LoweringContext) => string | readonly string[];
const arrayTypes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array, uint32: Uint32Array };

/** A program as nodes of a TensorFlow graph. */
export interface LoweredProgram {
  readonly nodes: readonly TfNode[];
  /** Placeholders of the feeds, by feed name. */
  readonly feeds: ReadonlyMap<string, string>;
  readonly masks: readonly MaskFeed[];
  /** Placeholders, int32 [], for the two words of a run's dropout key; empty if no mask is computed on the device. */
  readonly key: readonly string[];
  /** Tensors to fetch for the outputs, by output name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Tensor to fetch to run the updates; undefined if there are none. */
  readonly done?: string;
}

/**
 * Converts a program to nodes of a TensorFlow graph.
 *
 * @param variable returns the name of the node that outputs the handle of the variable with a given name and type
 */
export function lowerToTensorflow(
  program: Program,
  variable: (name: string, type: TensorType) => string,
  { masksOnDevice = false, roundsSoftmaxOnce = false } = {},
): LoweredProgram {
  const nodes: TfNode[] = [];
  const constants = new Map<string, string>();
  const feeds = new Map<string, string>();
  const masks: MaskFeed[] = [];
  const names = new Map<number, string>();
  const key: string[] = [];
  let keyWords: readonly [string, string] | undefined;

  function node(op: string, inputs: readonly string[], attributes: TfNode["attributes"]): string {
    const name = `${op}_${nodes.length}`;
    nodes.push({ name, op, inputs, attributes });
    return name;
  }
  function placeholder(dtype: DType, shape: Shape): string {
    return node("Placeholder", [], { dtype, shape: { shape } });
  }
  function constant(dtype: TfType, values: readonly number[], shape: Shape = [values.length]): string {
    const key = `${dtype} [${shape}] ${values.map((x) => (Object.is(x, -0) ? "-0" : x))}`;
    const existing = constants.get(key);
    if (existing !== undefined) return existing;
    const name =
      dtype !== "uint32" && isHalf(dtype) ? halfConstant(dtype, values, shape) : fullConstant(dtype, values, shape);
    constants.set(key, name);
    return name;
  }
  function fullConstant(dtype: FullType, values: readonly number[], shape: Shape): string {
    const bytes = new Uint8Array(arrayTypes[dtype].from(values).buffer);
    return node("Const", [], { dtype, value: { tensor: { dtype, shape, bytes } } });
  }
  /** Adds the rounded values as a float32 constant and a cast, which TensorFlow folds. */
  function halfConstant(dtype: HalfType, values: readonly number[], shape: Shape): string {
    const rounded = values.map((x) => roundToHalf(x, dtype));
    return node("Cast", [constant("float32", rounded, shape)], { SrcT: "float32", DstT: dtype });
  }
  function mask(feed: Omit<MaskFeed, "name">): string {
    const name = placeholder("bool", feed.shape);
    masks.push({ ...feed, name });
    return name;
  }
  function dropoutKey(): readonly [string, string] {
    if (keyWords === undefined) {
      key.push(placeholder("int32", []), placeholder("int32", []));
      const word = (name: string) => node("Bitcast", [name], { T: "int32", type: "uint32" });
      keyWords = [word(key[0]!), word(key[1]!)];
    }
    return keyWords;
  }
  const producers = new Map(program.nodes.flatMap((each) => each.outputs.map(({ id }) => [id, each] as const)));
  const readers = new Map<number, number>();
  for (const { inputs } of program.nodes) for (const { id } of inputs) readers.set(id, (readers.get(id) ?? 0) + 1);
  const context: LoweringContext = {
    name: ({ id }) => names.get(id)!,
    producer: ({ id }) => producers.get(id),
    readers: ({ id }) => readers.get(id) ?? 0,
    node,
    constant,
    roundsSoftmaxOnce,
    mask,
    masksOnDevice,
    dropoutKey,
  };

  for (const each of program.nodes) {
    const [output] = each.outputs as [Tensor];
    const { dtype, shape } = output;
    if (each.op === "feed") {
      const name = placeholder(dtype, shape);
      feeds.set(each.attributes.name, name);
      names.set(output.id, name);
    } else if (each.op === "state") {
      names.set(output.id, node("ReadVariableOp", [variable(each.attributes.name, output)], { dtype }));
    } else if (each.op === "constant") {
      names.set(output.id, constant(dtype, each.attributes.values, shape));
    } else {
      const results = [(lowerings[each.op] as Lower)(each, context)].flat();
      for (const [i, { id }] of each.outputs.entries()) names.set(id, results[i]!);
    }
  }

  const written: string[] = [];
  const assigned = new Map(program.updates);
  for (const update of findAdamUpdates(program)) {
    const { parameter, m, v } = update.names;
    const handles = [parameter, m, v].map((name) => variable(name, update.parameter));
    written.push(lowerAdam(update, handles, context));
    for (const name of [parameter, m, v]) assigned.delete(name);
  }
  for (const [name, value] of assigned)
    written.push(node("AssignVariableOp", [variable(name, value), context.name(value)], { dtype: value.dtype }));
  const done =
    written.length > 0 && node("Identity", [constant("bool", [1], []), ...written.map(after)], { T: "bool" });

  const feedNames = new Set(feeds.values());
  const outputs = [...program.outputs].map(([name, tensor]): [string, string] => {
    const value = context.name(tensor);
    // A run cannot fetch a placeholder that it feeds.
    return [name, feedNames.has(value) ? node("Identity", [value], { T: tensor.dtype }) : value];
  });
  const results = [...outputs.map(([, name]) => name), ...(done === false ? [] : [done])];
  return {
    nodes: orderWrites(dropDead(nodes, results)),
    feeds,
    masks,
    key,
    outputs: new Map(outputs),
    ...(done !== false && { done }),
  };
}
