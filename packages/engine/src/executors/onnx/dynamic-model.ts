import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./onnx-model.ts";

/** A model that was written for fixed sizes of its dimensions. */
export interface SizedModel {
  readonly model: OnnxModel;
  /** The sizes, by the dimensions' names. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Merges two models of one program, written for different sizes, into one for all sizes.
 *
 * The two models have the same nodes. Their shape constants that differ are products of sizes, such as batch · length: they
 * are replaced by nodes that compute them from the inputs' shapes at run time.
 *
 * @throws Error where the models differ otherwise
 */
export function withDynamicSizes(first: SizedModel, second: SizedModel): OnnxModel {
  const [a, b] = [first.model, second.model];
  if (a.nodes.length !== b.nodes.length) throw new Error("the models have different numbers of nodes");
  const products = createProducts(first.sizes, second.sizes);
  const constants = new Map(a.initializers.map((tensor) => [tensor.name, tensor]));
  const others = new Map(b.initializers.map((tensor) => [tensor.name, tensor]));
  const added = createShapeNodes(a.inputs, b.inputs, products);

  const nodes = a.nodes.map((node, i): OnnxNode => {
    const other = b.nodes[i]!;
    if (node.opType !== other.opType || JSON.stringify(node.attributes) !== JSON.stringify(other.attributes))
      throw new Error(`node ${i} is ${node.opType} and ${other.opType}`);
    const inputs = node.inputs.map((name, j) => {
      const [own, its] = [constants.get(name), others.get(other.inputs[j]!)];
      if (own === undefined || its === undefined || sameConstant(own, its)) return name;
      return added.vector(valuesOf(own).map((value, k) => products.explain(value, valuesOf(its)[k])));
    });
    return { ...node, inputs };
  });

  const all = [...added.nodes(), ...nodes];
  const used = new Set(all.flatMap(({ inputs }) => inputs));
  return {
    nodes: all,
    initializers: [...a.initializers, ...added.initializers()].filter(({ name }) => used.has(name)),
    inputs: a.inputs.map((value, i) => products.dynamicValue(value, b.inputs[i]!)),
    outputs: a.outputs.map((value, i) => products.dynamicValue(value, b.outputs[i]!)),
  };
}

/** A number that is a product of sizes and a factor; a name is listed as often as its size is a factor. */
interface Product {
  readonly factor: number;
  readonly dimensions: readonly string[];
}

/** Explains numbers by products of sizes of up to two dimensions, each at most once or the same one twice. */
function createProducts(first: SizedModel["sizes"], second: SizedModel["sizes"]) {
  const names = Object.keys(first);
  const pairs = names.flatMap((name, i) => names.slice(i).map((other) => [name, other]));
  const choices = [...names.map((name) => [name]), ...pairs];
  const sizeIn = (sizes: SizedModel["sizes"], dimensions: readonly string[]) =>
    dimensions.reduce((product, name) => product * sizes[name]!, 1);

  function explain(value: number, other: number | undefined): Product {
    if (value === other) return { factor: value, dimensions: [] };
    for (const dimensions of choices) {
      const factor = value / sizeIn(first, dimensions);
      if (Number.isInteger(factor) && factor * sizeIn(second, dimensions) === other) return { factor, dimensions };
    }
    throw new Error(`${value} and ${other} are not products of sizes`);
  }

  return {
    explain,
    /** A value whose dimensions that differ have names. */
    dynamicValue(value: OnnxValue, other: OnnxValue): OnnxValue {
      const shape = value.shape.map((size, axis) => {
        const { factor, dimensions } = explain(Number(size), Number(other.shape[axis]));
        if (dimensions.length === 0) return size;
        const [name] = dimensions;
        return dimensions.length === 1 && factor === 1 ? name! : `${value.name}:${axis}`;
      });
      return { ...value, shape };
    },
  };
}

/** Collects the nodes that compute shapes at run time; equal ones are added once. */
function createShapeNodes(
  inputs: readonly OnnxValue[],
  others: readonly OnnxValue[],
  products: ReturnType<typeof createProducts>,
) {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const known = new Set<string>();

  function add(name: string, opType: string, operands: readonly string[], attributes: OnnxNode["attributes"] = {}) {
    if (!known.has(name)) nodes.push({ opType, domain: "", inputs: operands, outputs: [name], attributes });
    known.add(name);
    return name;
  }

  /** An int64[1]. */
  function literal(value: number): string {
    const name = `size:constant:${value}`;
    const bytes = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    initializers.set(name, { name, type: "int64", shape: [1], bytes });
    return name;
  }

  /** The size of a dimension at run time, int64[1]: that of the first input which has it. */
  function dimension(name: string): string {
    for (const [i, input] of inputs.entries()) {
      const axis = products.dynamicValue(input, others[i]!).shape.indexOf(name);
      if (axis < 0) continue;
      const shape = add(`size:shape:${input.name}`, "Shape", [input.name]);
      return add(`size:${name}`, "Slice", [shape, literal(axis), literal(axis + 1), literal(0)]);
    }
    throw new Error(`no input has the dimension ${name}`);
  }

  function product({ factor, dimensions }: Product): string {
    const [first, ...more] = dimensions.map(dimension);
    if (first === undefined) return literal(factor);
    const factors = [...more, ...(factor === 1 ? [] : [literal(factor)])];
    return factors.reduce((a, b) => add(`${a}*${b}`, "Mul", [a, b]), first);
  }

  return {
    nodes: () => nodes,
    initializers: () => initializers.values(),
    /** A vector of numbers, int64[n]. */
    vector(numbers: readonly Product[]): string {
      const parts = numbers.map(product);
      return parts.length === 1 ? parts[0]! : add(`size:vector:${parts.join()}`, "Concat", parts, { axis: 0 });
    },
  };
}

function sameConstant(a: OnnxTensor, b: OnnxTensor): boolean {
  return a.type === b.type && a.shape.join() === b.shape.join() && a.bytes.every((byte, i) => byte === b.bytes[i]);
}

/** The elements of a shape constant. */
function valuesOf({ type, bytes, name }: OnnxTensor): number[] {
  if (type !== "int64") throw new Error(`the constant ${name} depends on sizes and is ${type}`);
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number);
}
