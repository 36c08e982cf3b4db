import type { DType } from "../../dtype.ts";
import type { Node, Tensor } from "../../graph.ts";
import type { Shape } from "../../shape.ts";
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
  /** Adds a node; returns the name of its first output, to which ":1" is added for the second. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): string;
  /** A constant. Equal ones are stored once. */
  constant(dtype: DType, values: readonly number[], shape?: Shape): string;
  mask(feed: Omit<MaskFeed, "name">): string;
}
