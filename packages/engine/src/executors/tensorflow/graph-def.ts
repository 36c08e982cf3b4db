import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Shape } from "../../shape.ts";
import { elementTypes, type TfType } from "./element-types.ts";

/**
 * Value of a node's attribute: a type, a boolean, an integer, or an object whose property names the kind. `{}` is an
 * unknown shape; a size of −1 in a shape is unknown.
 */
export type Attribute =
  | TfType
  | boolean
  | number
  | { readonly float: number }
  | { readonly text: string }
  | { readonly shape?: Shape }
  | { readonly tensor: TfTensor };

/** A node of a TensorFlow graph. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** Outputs of other nodes ("name" is the first, "name:1" the second), followed by control dependencies ("^name"). */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Value of a constant. */
export interface TfTensor {
  readonly dtype: TfType;
  readonly shape: Shape;
  /** Elements in little-endian byte order. */
  readonly bytes: Uint8Array;
}

/** Graph version, which determines the semantics of ops. TensorFlow 2.9 and later support this one. */
const producer = 1087;

/**
 * Encodes nodes as a `saved_model.pb` with the tag "serve". The numbers are field numbers of TensorFlow 2.18's
 * messages.
 */
export function encodeSavedModel(nodes: readonly TfNode[]): Uint8Array {
  const writer = new BinaryWriter();
  int(writer, 1, 1);
  message(writer, 2, (metaGraph) => {
    message(metaGraph, 1, (info) => text(info, 4, "serve"));
    message(metaGraph, 2, (graph) => {
      for (const node of nodes) message(graph, 1, (w) => encodeNode(w, node));
      message(graph, 4, (versions) => int(versions, 1, producer));
    });
  });
  return writer.finish();
}

function encodeNode(writer: BinaryWriter, { name, op, inputs, attributes }: TfNode): void {
  text(writer, 1, name);
  text(writer, 2, op);
  for (const input of inputs) text(writer, 3, input);
  for (const [key, value] of Object.entries(attributes))
    message(writer, 5, (entry) => {
      text(entry, 1, key);
      message(entry, 2, (w) => encodeAttribute(w, value));
    });
}

function encodeAttribute(writer: BinaryWriter, value: Attribute): void {
  if (typeof value === "string") int(writer, 6, elementTypes[value]);
  else if (typeof value === "boolean") writer.tag(5, WireType.Varint).bool(value);
  else if (typeof value === "number") int(writer, 3, value);
  else if ("float" in value) writer.tag(4, WireType.Bit32).float(value.float);
  else if ("text" in value) text(writer, 2, value.text);
  else if ("tensor" in value) message(writer, 8, (w) => encodeTensor(w, value.tensor));
  else message(writer, 7, (w) => (value.shape === undefined ? int(w, 3, 1) : encodeShape(w, value.shape)));
}

function encodeTensor(writer: BinaryWriter, { dtype, shape, bytes }: TfTensor): void {
  int(writer, 1, elementTypes[dtype]);
  message(writer, 2, (w) => encodeShape(w, shape));
  writer.tag(4, WireType.LengthDelimited).bytes(bytes);
}

function encodeShape(writer: BinaryWriter, shape: Shape): void {
  for (const dimension of shape) message(writer, 2, (w) => int(w, 1, dimension));
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
