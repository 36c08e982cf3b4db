import type { FloatType, TensorData } from "./dtype.ts";
import type { Program } from "./program.ts";

/** What one run takes besides its feeds. */
export interface RunOptions {
  /** Which dropout masks to draw. The same seed gives the same masks with every executor. Needed if there is dropout. */
  readonly dropoutSeed?: DropoutSeed;
}

/** The run's seed and a counter that changes with every run of the program, such as the number of the step. */
export type DropoutSeed = readonly [seed: number, counter: number];

/** A program made ready to run. */
export interface CompiledProgram {
  /**
   * Runs the program once: reads its state, computes, and puts the updates in the state's place. Feeds must have the
   * dtype and shape they were traced with.
   *
   * @returns the program's outputs by name, on the host.
   */
  run(feeds: Readonly<Record<string, TensorData>>, options?: RunOptions): Promise<Record<string, TensorData>>;
  dispose(): Promise<void>;
}

/**
 * An engine on a device: it runs programs, and keeps named state on the device between runs, shared by all of them.
 */
export interface Executor {
  /** The engine, such as "onnx" or "reference". */
  readonly engine: string;
  /** The version of what it computes with, if that is another program. */
  readonly version?: string;
  /** The device, such as "cpu" or "webgpu". */
  readonly device: string;
  /** The types that the device has matrix products for. A program with another one is refused, or is no faster for it. */
  readonly precisions: readonly FloatType[];
  compile(program: Program): Promise<CompiledProgram>;
  /** Sets state; the values are copied. */
  write(name: string, value: TensorData): Promise<void>;
  /** A copy of the state. Throws if there is none of that name. */
  read(name: string): Promise<TensorData>;
  dispose(): Promise<void>;
}
