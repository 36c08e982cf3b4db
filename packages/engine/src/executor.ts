import type { FloatType, TensorData } from "./dtype.ts";
import type { Program } from "./program.ts";

/** The options of a run. */
export interface RunOptions {
  /** Seed of the dropout masks; required if the program has dropout. All executors draw the same masks for a seed. */
  readonly dropoutSeed?: DropoutSeed;
}

/**
 * A seed for the entire training run, and a counter that changes with every run of the program, such as the step
 * number.
 */
export type DropoutSeed = readonly [seed: number, counter: number];

/** A program that an executor has compiled. */
export interface CompiledProgram {
  /**
   * Runs the program once: reads its state, computes, and then replaces the state by the updates. Feeds must have the
   * dtype and shape that they were traced with.
   *
   * @returns the program's outputs by name, on the host
   */
  run(feeds: Readonly<Record<string, TensorData>>, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Frees the program's resources. */
  dispose(): Promise<void>;
}

/** A program whose state never changes, for all sizes of its dimensions: see {@link Executor.compileFrozen}. */
export interface FrozenProgram {
  /** Largest size of each dimension, by name. */
  readonly dimensions: Readonly<Record<string, number>>;
  /**
   * Traces the program for given sizes. It must have no updates and no dropout, and apply the same ops for all sizes.
   */
  trace(sizes: Readonly<Record<string, number>>): Program;
  /** Values of the program's state, float32, by name. */
  readonly state: ReadonlyMap<string, TensorData>;
}

/** An engine on a device. It runs programs and keeps named state between runs, which all its programs share. */
export interface Executor {
  /** Name of the engine, such as "onnx" or "reference". */
  readonly engine: string;
  /** Version of the underlying library, if there is one. */
  readonly version?: string;
  /** Device, such as "cpu" or "webgpu". */
  readonly device: string;
  /** Types that the device has matmul kernels for. In other types, programs fail to compile or are not faster. */
  readonly precisions: readonly FloatType[];
  /** Compiles a program for the shapes that it was traced with. */
  compile(program: Program): Promise<CompiledProgram>;
  /**
   * Compiles one program for all sizes of its dimensions, with its state as constants, for inference. Undefined if the
   * engine does not support this on its device.
   *
   * @returns undefined if the engine does not support this for the given program
   */
  readonly compileFrozen?: ((program: FrozenProgram) => Promise<CompiledProgram | undefined>) | undefined;
  /** Sets a state; the values are copied. */
  write(name: string, value: TensorData): Promise<void>;
  /**
   * Returns a copy of a state.
   *
   * @throws Error if no state has this name
   */
  read(name: string): Promise<TensorData>;
  /** Frees the executor's state and programs. */
  dispose(): Promise<void>;
}
