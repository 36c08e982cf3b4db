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
   * Runs the program once: reads its state, computes, and then replaces the state with the updates. Feeds must have the
   * dtype and shape that they were traced with.
   *
   * @returns the program's outputs by name, on the host
   * @throws Error if a feed, a state or the dropout seed is missing, or a feed has another dtype or shape; BertieError
   * "engine/out-of-memory" or "engine/device-lost" if the device fails
   */
  run(feeds: Readonly<Record<string, TensorData>>, options?: RunOptions): Promise<Record<string, TensorData>>;
  /** Frees the program's resources. */
  dispose(): Promise<void>;
}

/** A program whose state never changes, to compile once for all sizes: see {@link Executor.compileFrozen}. */
export interface FrozenProgram {
  /** Largest size of each dimension, by name. */
  readonly dimensions: Readonly<Record<string, number>>;
  /**
   * Traces the program for given sizes. It must have no updates and no dropout, and apply the same ops for all sizes.
   */
  trace(sizes: Readonly<Record<string, number>>): Program;
  /** Values of the program's state by name, float32. */
  readonly state: ReadonlyMap<string, TensorData>;
  /**
   * Whether to multiply by matrices of the state in 8 bits, which takes less than half of the time on CPUs with VNNI and
   * changes the products by about 1%. @default false
   */
  readonly quantized?: boolean;
}

/** An engine on a device. It runs programs and keeps named state between runs, which all its programs share. */
export interface Executor {
  /** Name of the engine, such as "onnx" or "reference". */
  readonly engine: string;
  /** Version of the underlying library; undefined if the engine has none. */
  readonly version?: string;
  /** Device, such as "cpu" or "webgpu". */
  readonly device: string;
  /** Types for which the device has matmul kernels. With other types, programs fail to compile or are not faster. */
  readonly precisions: readonly FloatType[];
  /** Compiles a program for the shapes that it was traced with. */
  compile(program: Program): Promise<CompiledProgram>;
  /**
   * Compiles one program for all sizes of its dimensions, with its state as constants, for inference. This method is
   * undefined if the engine does not support it on the device.
   *
   * @returns undefined if the engine does not support the given program
   */
  readonly compileFrozen?: ((program: FrozenProgram) => Promise<CompiledProgram | undefined>) | undefined;
  /** Sets the state tensor with this name to a copy of the values. */
  write(name: string, value: TensorData): Promise<void>;
  /**
   * Returns a copy of the state tensor with this name.
   *
   * @throws Error if no state has this name
   */
  read(name: string): Promise<TensorData>;
  /** Frees the executor's state and programs. */
  dispose(): Promise<void>;
}
