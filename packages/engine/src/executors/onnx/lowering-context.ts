import type { Tensor } from "../../graph.ts";
import type { Shape } from "../../shape.ts";
import type { Attribute, ElementType } from "./onnx-model.ts";

export type OnnxDevice = "cpu" | "webgpu" | "cuda";

/** Whether state stays on the device between runs. ONNX Runtime's package for Node can do that with WebGPU only. */
export function keepsState(device: OnnxDevice): boolean {
  return device === "webgpu";
}

/** A dropout mask that is drawn on the host and fed, as uint8. */
export interface MaskFeed {
  readonly name: string;
  readonly shape: Shape;
  readonly rate: number;
  readonly site: number;
}

/** What an op's lowering has to work with. */
export interface LoweringContext {
  readonly device: OnnxDevice;
  /** The tensor's name in the model. */
  name(tensor: Tensor): string;
  /** A name that nothing else has. */
  fresh(): string;
  /** Adds a node of ONNX's own op set (or `domain`'s) that writes to `outputs`; returns the first of them. */
  node(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string;
  /** A constant in the model. Equal ones are stored once. */
  constant(type: ElementType, values: readonly number[], shape?: Shape): string;
  mask(feed: Omit<MaskFeed, "name">): string;
  /** The two words, uint32[1] each, from which masks are made on the device; they are fed. */
  dropoutKey(): readonly [string, string];
  /** The permutation by which the tensor was transposed, and what from; undefined if it was not. */
  transposition(tensor: Tensor): { readonly source: Tensor; readonly permutation: readonly number[] } | undefined;
}
