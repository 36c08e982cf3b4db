import type { Node, Tensor } from "../../graph.ts";
import type { Shape } from "../../shape.ts";
import type { TfType } from "./element-types.ts";
import type { Attribute } from "./graph-def.ts";

/** A dropout mask that is drawn on the host and fed, as bool. */
export interface MaskFeed {
  readonly name: string;
  readonly shape: Shape;
  readonly rate: number;
  readonly site: number;
}

/** What an op's lowering has to work with. */
export interface LoweringContext {
  /** The tensor's name in the graph. */
  name(tensor: Tensor): string;
  /** The node of the program that made the tensor. */
  producer(tensor: Tensor): Node | undefined;
  /** How many inputs of the program's nodes it is. */
  readers(tensor: Tensor): number;
  /** Adds a node; returns the name of its first output, to which ":1" is added for the second. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): string;
  /** A constant. Equal ones are stored once. */
  constant(dtype: TfType, values: readonly number[], shape?: Shape): string;
  /** Whether a softmax of bfloat16 rounds but its result. */
  readonly roundsSoftmaxOnce: boolean;
  mask(feed: Omit<MaskFeed, "name">): string;
  /** Whether masks are made on the device, so that nothing of their size is fed. */
  readonly masksOnDevice: boolean;
  /** The two words, uint32 [], from which masks are made there; they are fed. */
  dropoutKey(): readonly [string, string];
}
