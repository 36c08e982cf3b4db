import type { Node, Tensor } from "../../graph.ts";
import { readCounts } from "../../passes.ts";
import type { Program } from "../../program.ts";
import type { Shape } from "../../shape.ts";
import { type AdamUpdate, findAdamUpdates } from "../adam-updates.ts";
import { elementTypeOf } from "./element-type.ts";
import { toHalfBits } from "./half-bits.ts";
import type { LoweringContext, MaskFeed, OnnxDevice } from "./lowering-context.ts";
import { lowerings } from "./lowerings.ts";
import type { ElementType, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./onnx-model.ts";

/** A program as an ONNX model, with inputs and outputs named by {@link feedName} and similar functions. */
export interface LoweredProgram {
  readonly model: OnnxModel;
  readonly masks: readonly MaskFeed[];
  /** Whether masks are computed on the device from a key, which is fed as {@link keyNames}. */
  readonly hasDropoutKey: boolean;
  /** Updates that the model computes. */
  readonly updates: ReadonlyMap<string, Tensor>;
  /** Updates that the host computes from outputs of the model. */
  readonly adamUpdates: readonly HostAdamUpdate[];
}

/** An Adam update that the host computes, with the names of the model's outputs that it reads. */
export interface HostAdamUpdate extends Omit<AdamUpdate, "parameter" | "gradient" | "clip" | "learningRate"> {
  readonly gradient: { readonly name: string; readonly shape: Shape };
  readonly clip: string;
  readonly learningRate: string;
}

export const feedName = (name: string): string => `feed:${name}`;
export const stateName = (name: string): string => `state:${name}`;
export const updateName = (name: string): string => `update:${name}`;
/** Names of the inputs for the two words of a run's dropout key. */
export const keyNames = ["dropout:0", "dropout:1"] as const;
export const outputName = (name: string): string => `output:${name}`;

/**
 * Converts a program to an ONNX model for a device.
 *
 * On the CPU, the model omits Adam updates, which the host computes. ONNX Runtime has no op for Adam.
 * With separate ops, the updates would take a third of the time of a training step of BERT base, and an additional buffer
 * for every state.
 *
 * @param options.fuses whether nodes are merged into ops of ONNX Runtime's own that compute several of them @default false
 */
export function lowerToOnnx(program: Program, device: OnnxDevice, { fuses = false } = {}): LoweredProgram {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const masks: MaskFeed[] = [];
  const names = new Map<number, string>();
  const numbers = new Map<number, number>();
  const transposes = new Map<number, { source: Tensor; permutation: readonly number[] }>();
  const fusible = fuses ? nodesWithOneReader(program) : new Map<number, Node>();
  let count = 0;
  let hasDropoutKey = false;

  const context: LoweringContext = {
    device,
    name: (tensor) => names.get(tensor.id)!,
    fresh: () => `value:${count++}`,
    node(opType, inputs, outputs, attributes = {}, domain = "") {
      nodes.push({ opType, inputs, outputs, attributes, domain });
      return outputs[0]!;
    },
    constant(type, values, shape = [values.length]) {
      const key = `${type} [${shape}] ${values.map((x) => (Object.is(x, -0) ? "-0" : x))}`;
      let tensor = initializers.get(key);
      if (tensor === undefined) {
        tensor = { name: `constant:${initializers.size}`, type, shape, bytes: encodeElements(type, values) };
        initializers.set(key, tensor);
      }
      return tensor.name;
    },
    mask(feed) {
      const name = `mask:${feed.site}`;
      masks.push({ ...feed, name });
      return name;
    },
    dropoutKey() {
      hasDropoutKey = true;
      return keyNames;
    },
    transposition: (tensor) => transposes.get(tensor.id),
    fusible: (tensor) => fusible.get(tensor.id),
    number: (tensor) => numbers.get(tensor.id),
  };

  // Nodes write results under the names of outputs. A result that is an input or has two names is copied at the end.
  for (const [name, tensor] of program.feeds) names.set(tensor.id, feedName(name));
  for (const [name, tensor] of program.state) names.set(tensor.id, stateName(name));
  const { adamUpdates, reads } = device === "cpu" ? hostUpdates(findAdamUpdates(program)) : NO_ADAM;
  const onHost = new Set(adamUpdates.flatMap(({ names }) => Object.values(names)));
  const updates = new Map([...program.updates].filter(([name]) => !onHost.has(name)));
  const results = [
    ...reads,
    ...[...updates].map(([name, tensor]) => ({ name: updateName(name), tensor })),
    ...[...program.outputs].map(([name, tensor]) => ({ name: outputName(name), tensor })),
  ];
  const constants = new Set(program.nodes.filter(({ op }) => op === "constant").map((node) => node.outputs[0]!.id));
  const copies = results.filter(({ name, tensor }) => {
    if (names.has(tensor.id) || constants.has(tensor.id)) return true;
    names.set(tensor.id, name);
    return false;
  });

  for (const node of program.nodes) {
    for (const output of node.outputs) if (!names.has(output.id)) names.set(output.id, context.fresh());
    if (node.op === "transpose")
      transposes.set(node.outputs[0]!.id, { source: node.inputs[0]!, permutation: node.attributes.permutation });
    if (node.op === "constant") {
      const [output] = node.outputs as [Tensor];
      const { values } = node.attributes;
      if (values.length === 1) numbers.set(output.id, values[0]!);
      names.set(output.id, context.constant(elementTypeOf(output.dtype), values, output.shape));
    } else if (node.op !== "feed" && node.op !== "state") {
      (lowerings[node.op] as (n: typeof node, c: LoweringContext) => void)(node, context);
    }
  }
  for (const { name, tensor } of copies) context.node("Identity", [context.name(tensor)], [name]);

  const inputs: OnnxValue[] = [
    ...[...program.feeds].map(([name, tensor]) => typedValue(feedName(name), tensor)),
    ...[...program.state].map(([name, tensor]) => typedValue(stateName(name), tensor)),
    ...masks.map(({ name, shape }) => ({ name, type: "uint8" as const, shape })),
    ...(hasDropoutKey ? keyNames : []).map((name) => ({ name, type: "uint32" as const, shape: [1] })),
  ];
  const outputs = results.map(({ name, tensor }) => typedValue(name, tensor));
  const model = { nodes: dropDead(nodes, outputs), initializers: [...initializers.values()], inputs, outputs };
  return { model, masks, hasDropoutKey, updates, adamUpdates };
}

const NO_ADAM: ReturnType<typeof hostUpdates> = { adamUpdates: [], reads: [] };

/** Returns Adam updates for the host, and the distinct tensors that they read from the model. */
function hostUpdates(updates: readonly AdamUpdate[]) {
  const reads = new Map<number, { readonly name: string; readonly tensor: Tensor }>();
  const read = (tensor: Tensor): string => {
    const entry = reads.get(tensor.id) ?? { name: `read:${reads.size}`, tensor };
    reads.set(tensor.id, entry);
    return entry.name;
  };
  const adamUpdates = updates.map(({ parameter, gradient, clip, learningRate, ...rest }): HostAdamUpdate => {
    const name = read(gradient);
    return { ...rest, gradient: { name, shape: parameter.shape }, clip: read(clip), learningRate: read(learningRate) };
  });
  return { adamUpdates, reads: [...reads.values()] };
}

/** Returns the nodes whose first output only one node reads, by the id of the output. */
function nodesWithOneReader(program: Program): Map<number, Node> {
  const { nodes, outputs, updates } = program;
  const reads = readCounts(program);
  const results = new Set([...outputs.values(), ...updates.values()].map(({ id }) => id));
  const single = nodes.map((node) => [node.outputs[0]!.id, node] as const);
  return new Map(single.filter(([id]) => reads.get(id) === 1 && !results.has(id)));
}

function typedValue(name: string, { dtype, shape }: Tensor): OnnxValue {
  return { name, type: elementTypeOf(dtype), shape };
}

/** Drops nodes whose outputs are unused, such as transposes that were fused into a matmul. */
function dropDead(nodes: readonly OnnxNode[], outputs: readonly OnnxValue[]): OnnxNode[] {
  const read = new Set(outputs.map(({ name }) => name));
  const live = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => read.has(name))) return false;
    for (const input of node.inputs) read.add(input);
    return true;
  });
  return live.reverse();
}

function encodeElements(type: ElementType, values: readonly number[]): Uint8Array {
  const arrays = {
    float32: () => Float32Array.from(values),
    uint8: () => Uint8Array.from(values),
    int8: () => Int8Array.from(values),
    uint32: () => Uint32Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    bool: () => Uint8Array.from(values),
    float16: () => Uint16Array.from(values, toHalfBits),
  };
  return new Uint8Array(arrays[type]().buffer);
}
