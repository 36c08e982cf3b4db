import type { Node, Tensor } from "../../graph.ts";
import type { Shape } from "../../shape.ts";
import type { Attribute, ElementType } from "./onnx-model.ts";

/** A device of ONNX Runtime. */
export type OnnxDevice = "cpu" | "webgpu" | "cuda";

/**
 * Returns whether state stays on the device between runs. ONNX Runtime's package for Node supports this only for
 * WebGPU.
 */
export function keepsState(device: OnnxDevice): boolean {
  return device === "webgpu";
}

/** A dropout mask that the host draws and feeds as uint8. */
export interface MaskFeed {
  readonly name: string;
  readonly shape: Shape;
  readonly rate: number;
  readonly site: number;
}

/** Functions for lowering an op to nodes of the model. */
export interface LoweringContext {
  readonly device: OnnxDevice;
  /** Returns a tensor's name in the model. */
  name(tensor: Tensor): string;
  /** Returns an unused name. */
  fresh(): string;
  /**
   * Adds a node that writes to `outputs`, by default of ONNX's own op set, and returns the name of the first output.
   */
  node(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** Adds a constant to the model and returns its name. Equal constants are stored once. */
  constant(type: ElementType, values: readonly number[], shape?: Shape): string;
  /** Adds an input for a mask that the host draws, and returns its name. */
  mask(feed: Omit<MaskFeed, "name">): string;
  /** Adds inputs for the two words of the dropout key, uint32[1], and returns their names. */
  dropoutKey(): readonly [string, string];
  /** Returns the permutation and the input of the transpose() that computes a tensor; undefined for other tensors. */
  transposition(tensor: Tensor): { readonly source: Tensor; readonly permutation: readonly number[] } | undefined;
  /**
   * Returns the node that computes a tensor if its only reader may be fused with it. The model then omits the node.
   * Training programs have no fused nodes, because the backward pass reads most tensors.
   */
  fusible(tensor: Tensor): Node | undefined;
  /** Returns the value of a constant with one element; undefined for other tensors. */
  number(tensor: Tensor): number | undefined;
}
