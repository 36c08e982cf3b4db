import type { FloatType, TensorData } from "./dtype.ts";
import type { Program } from "./program.ts";

/** The options of one run, besides its feeds. */
export interface RunOptions {
  /** Which dropout masks to draw. The same seed gives the same masks with every executor. Needed if there is dropout. */
  readonly dropoutSeed?: DropoutSeed;
}

/** The run's seed and a counter that changes with every run of the program, such as the number of the step. */
export type DropoutSeed = readonly [seed: number, counter: number];

/** A program that is ready to run. */
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

/** A program whose state never changes, for all sizes of its dimensions: see {@link Executor.compileFrozen}. */
export interface FrozenProgram {
  /** The largest size of each dimension, by name. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Traces the program for some sizes. It must have no updates and no dropout, and do the same for all sizes. */
  trace(sizes: Readonly<Record<string, number>>): Program;
  /** The values of the program's state, float32. */
  readonly state: ReadonlyMap<string, TensorData>;
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
  /**
   * Compiles one program for all sizes of its dimensions, with its state as constants, for inference. Absent where the engine
   * cannot do that on the device.
   *
   * @returns undefined where it cannot do that for this program
   */
  readonly compileFrozen?: ((program: FrozenProgram) => Promise<CompiledProgram | undefined>) | undefined;
  /** Sets state; the values are copied. */
  write(name: string, value: TensorData): Promise<void>;
  /** A copy of the state. Throws if there is none of that name. */
  read(name: string): Promise<TensorData>;
  dispose(): Promise<void>;
}
