import { concatenate } from "@bertie/common";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Element types with their numbers in ONNX's TensorProto.DataType. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  uint32: 12,
} as const;
/** Name of an element type. */
export type ElementType = keyof typeof elementTypes;

/** Value of a node's attribute: an integer, a string, integers, a float or a tensor. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: OnnxTensor };

/** A node of an ONNX graph. Its inputs and outputs are names of values, with "" for an omitted input. */
export interface OnnxNode {
  readonly opType: string;
  /** Domain of the op; "" for ONNX's own ops. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An input or output of a model. A dimension is a size or, if the size may vary, a name. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** A tensor in a model file: an initializer or the value of an attribute. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Elements in little-endian byte order. */
  readonly bytes: Uint8Array;
}

/** An ONNX model with a single graph. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Versions that a model file states. */
export interface OnnxVersions {
  /** Version of ONNX's operator set. */
  readonly opset: number;
  /** Version of the file format. */
  readonly irVersion: number;
}

const CURRENT: OnnxVersions = { opset: 20, irVersion: 9 };

/**
 * Encodes a model as an `.onnx` file. The numbers are field numbers of onnx.proto (ONNX 1.15).
 *
 * Tensors are copied only once, into the result. BinaryWriter would copy them once per enclosing message.
 */
export function encodeModel(model: OnnxModel, { opset, irVersion } = CURRENT): Uint8Array {
  const tensors = model.initializers.flatMap((tensor) => {
    const head = new BinaryWriter();
    encodeTensorHead(head, tensor);
    const parts = [head.finish(), tensor.bytes];
    return [nestedHead(5, parts), ...parts];
  });
  const graph = new BinaryWriter();
  for (const node of model.nodes) message(graph, 1, (w) => encodeNode(w, node));
  text(graph, 2, "program");
  for (const value of model.inputs) message(graph, 11, (w) => encodeValue(w, value));
  for (const value of model.outputs) message(graph, 12, (w) => encodeValue(w, value));
  const graphParts = [graph.finish(), ...tensors];

  const head = new BinaryWriter();
  int(head, 1, irVersion);
  text(head, 2, "bertie");
  const domains = new Set(model.nodes.map(({ domain }) => domain));
  for (const domain of domains.add(""))
    message(head, 8, (set) => {
      text(set, 1, domain);
      int(set, 2, domain === "" ? opset : 1);
    });
  return concatenate([head.finish(), nestedHead(7, graphParts), ...graphParts]);
}

/** Encodes the field and length that precede a nested message, which is given in parts. */
function nestedHead(field: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
}

function encodeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, `${node.opType} ${node.outputs[0]}`);
  text(writer, 4, node.opType);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, (w) => encodeAttribute(w, name, value));
  if (node.domain !== "") text(writer, 7, node.domain);
}

function encodeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  text(writer, 1, name);
  if (typeof value === "number") {
    int(writer, 3, value);
    int(writer, 20, 2);
  } else if (typeof value === "string") {
    text(writer, 4, value);
    int(writer, 20, 3);
  } else if ("float" in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    int(writer, 20, 1);
  } else if ("tensor" in value) {
    message(writer, 5, (w) => encodeTensor(w, value.tensor));
    int(writer, 20, 4);
  } else {
    for (const item of value) int(writer, 8, item);
    int(writer, 20, 7);
  }
}

function encodeTensor(writer: BinaryWriter, tensor: OnnxTensor): void {
  encodeTensorHead(writer, tensor);
  writer.raw(tensor.bytes);
}

/** Encodes a tensor up to the length prefix of its elements. The caller must write the elements next. */
function encodeTensorHead(writer: BinaryWriter, tensor: OnnxTensor): void {
  for (const dimension of tensor.shape) int(writer, 1, dimension);
  int(writer, 2, elementTypes[tensor.type]);
  text(writer, 8, tensor.name);
  writer.tag(9, WireType.LengthDelimited).uint32(tensor.bytes.length);
}

function encodeValue(writer: BinaryWriter, { name, type, shape }: OnnxValue): void {
  text(writer, 1, name);
  message(writer, 2, (typeProto) =>
    message(typeProto, 1, (tensorType) => {
      int(tensorType, 1, elementTypes[type]);
      message(tensorType, 2, (shapeProto) => {
        for (const dimension of shape)
          message(shapeProto, 1, (w) => (typeof dimension === "number" ? int(w, 1, dimension) : text(w, 2, dimension)));
      });
    }),
  );
}

function int(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function message(writer: BinaryWriter, field: number, write: (writer: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}
