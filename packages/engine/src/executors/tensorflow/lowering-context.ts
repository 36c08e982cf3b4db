import type { Node, Tensor } from "../../graph.ts";
import type { Shape } from "../../shape.ts";
import type { TfType } from "./element-types.ts";
import type { Attribute } from "./graph-def.ts";

/** A dropout mask that the host draws and feeds as bool. */
export interface MaskFeed {
  readonly name: string;
  readonly shape: Shape;
  readonly rate: number;
  readonly site: number;
}

/** Functions for lowering an op to nodes of the graph. */
export interface LoweringContext {
  /** Returns a tensor's name in the graph. */
  name(tensor: Tensor): string;
  /** Returns the node of the program that computes a tensor. */
  producer(tensor: Tensor): Node | undefined;
  /** Returns the number of times that a tensor is an input of a node of the program. */
  readers(tensor: Tensor): number;
  /** Adds a node and returns the name of its first output. The name of the second output has the suffix ":1". */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): string;
  /** Adds a constant and returns its name. Equal constants are stored once. */
  constant(dtype: TfType, values: readonly number[], shape?: Shape): string;
  /** Whether a bfloat16 softmax rounds only its result. */
  readonly roundsSoftmaxOnce: boolean;
  /** Adds a placeholder for a mask that the host draws, and returns its name. */
  mask(feed: Omit<MaskFeed, "name">): string;
  /** Whether masks are computed on the device instead of being fed. */
  readonly masksOnDevice: boolean;
  /** Adds placeholders for the two words of the dropout key, uint32 [], and returns their names. */
  dropoutKey(): readonly [string, string];
}
