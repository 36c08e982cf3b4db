import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./onnx-model.ts";

/** A model for fixed sizes of its dimensions. */
export interface SizedModel {
  readonly model: OnnxModel;
  /** Sizes by dimension name. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Merges two models of the same program for different sizes into one model for all sizes.
 *
 * The models have the same nodes. Shape constants in which they differ must be products of sizes, such as batch ·
 * length. They are replaced by nodes that compute them from the shapes of the inputs at run time.
 *
 * @throws Error if the models differ in other ways
 */
export function withDynamicSizes(first: SizedModel, second: SizedModel): OnnxModel {
  const [a, b] = [first.model, second.model];
  if (a.nodes.length !== b.nodes.length)
    throw new Error(
      `the models have ${a.nodes.length} and ${b.nodes.length} nodes, expected the same number. ${FROZEN_REMEDY}`,
    );
  const products = createProducts(first.sizes, second.sizes);
  const constants = new Map(a.initializers.map((tensor) => [tensor.name, tensor]));
  const others = new Map(b.initializers.map((tensor) => [tensor.name, tensor]));
  const added = createShapeNodes(a.inputs, b.inputs, products);

  const nodes = a.nodes.map((node, i): OnnxNode => {
    const other = b.nodes[i]!;
    if (node.opType !== other.opType || JSON.stringify(node.attributes) !== JSON.stringify(other.attributes))
      throw new Error(
        `node ${i} is ${node.opType} in one model and ${other.opType} in the other, or has other attributes. ${FROZEN_REMEDY}`,
      );
    const inputs = node.inputs.map((name, j) => {
      const [first, second] = [constants.get(name), others.get(other.inputs[j]!)];
      if (first === undefined || second === undefined || sameConstant(first, second)) return name;
      return added.vector(valuesOf(first).map((value, k) => products.factorize(value, valuesOf(second)[k])));
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

const FROZEN_REMEDY = "Make the frozen program apply the same ops for all sizes.";

/** A number as the product of a constant factor and the sizes of dimensions. A dimension may occur twice. */
interface Product {
  readonly factor: number;
  readonly dimensions: readonly string[];
}

/** Returns functions that express numbers as products of a factor and up to two sizes. */
function createProducts(first: SizedModel["sizes"], second: SizedModel["sizes"]) {
  const names = Object.keys(first);
  const pairs = names.flatMap((name, i) => names.slice(i).map((other) => [name, other]));
  const choices = [...names.map((name) => [name]), ...pairs];
  const sizeIn = (sizes: SizedModel["sizes"], dimensions: readonly string[]) =>
    dimensions.reduce((product, name) => product * sizes[name]!, 1);

  /** Returns the product whose value is `value` for the first sizes and `other` for the second sizes. */
  function factorize(value: number, other: number | undefined): Product {
    if (value === other) return { factor: value, dimensions: [] };
    for (const dimensions of choices) {
      const factor = value / sizeIn(first, dimensions);
      if (Number.isInteger(factor) && factor * sizeIn(second, dimensions) === other) return { factor, dimensions };
    }
    throw new Error(`${value} and ${other} are not products of at most two sizes. ${FROZEN_REMEDY}`);
  }

  return {
    factorize,
    /** Returns a value with names in place of the dimensions in which the two values differ. */
    dynamicValue(value: OnnxValue, other: OnnxValue): OnnxValue {
      const shape = value.shape.map((size, axis) => {
        const { factor, dimensions } = factorize(Number(size), Number(other.shape[axis]));
        if (dimensions.length === 0) return size;
        const [name] = dimensions;
        return dimensions.length === 1 && factor === 1 ? name! : `${value.name}:${axis}`;
      });
      return { ...value, shape };
    },
  };
}

/** Returns a builder of nodes that compute shapes at run time. Equal nodes are added once. */
function createShapeNodes(
  inputs: readonly OnnxValue[],
  others: readonly OnnxValue[],
  products: ReturnType<typeof createProducts>,
) {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const names = new Set<string>();

  function add(name: string, opType: string, operands: readonly string[], attributes: OnnxNode["attributes"] = {}) {
    if (!names.has(name)) nodes.push({ opType, domain: "", inputs: operands, outputs: [name], attributes });
    names.add(name);
    return name;
  }

  /** Returns a constant, int64[1]. */
  function literal(value: number): string {
    const name = `size:constant:${value}`;
    const bytes = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    initializers.set(name, { name, type: "int64", shape: [1], bytes });
    return name;
  }

  /**
   * Returns the size of a dimension at run time, int64[1], which is read from the first input that has the dimension.
   */
  function dimension(name: string): string {
    for (const [i, input] of inputs.entries()) {
      const axis = products.dynamicValue(input, others[i]!).shape.indexOf(name);
      if (axis < 0) continue;
      const shape = add(`size:shape:${input.name}`, "Shape", [input.name]);
      return add(`size:${name}`, "Slice", [shape, literal(axis), literal(axis + 1), literal(0)]);
    }
    throw new Error(`no input has the dimension ${name}. Declare a feed that has an axis of this size.`);
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
    /** Returns a vector of numbers, int64[n]. */
    vector(numbers: readonly Product[]): string {
      const parts = numbers.map(product);
      return parts.length === 1 ? parts[0]! : add(`size:vector:${parts.join()}`, "Concat", parts, { axis: 0 });
    },
  };
}

function sameConstant(a: OnnxTensor, b: OnnxTensor): boolean {
  return a.type === b.type && a.shape.join() === b.shape.join() && a.bytes.every((byte, i) => byte === b.bytes[i]);
}

/** Returns the elements of a shape constant. */
function valuesOf({ type, bytes, name }: OnnxTensor): number[] {
  if (type !== "int64")
    throw new Error(
      `the ${type} constant ${name} depends on sizes, which is supported only for shapes. ${FROZEN_REMEDY}`,
    );
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number);
}
