import { Random } from "@bertie/common";
import { createExecutor, type Executor, float32, matmul, precisionsOf, trace } from "@bertie/engine";
import { type BenchSize, median, timeRuns } from "../bench/benchmark.ts";
import type { ProbeResult, Target } from "./target.ts";

/** Number of rows and columns of the multiplied matrices. */
const SIZE = 256;
const STEP: BenchSize = {
  layers: 2,
  hiddenSize: 128,
  heads: 2,
  intermediateSize: 512,
  vocabSize: 1000,
  batchSize: 8,
  seqLength: 64,
  steps: 3,
  warmupSteps: 1,
};
/** The training step for the reference engine, which is slow. */
const TINY_STEP: BenchSize = { ...STEP, hiddenSize: 64, intermediateSize: 128, batchSize: 4, seqLength: 16 };
/** A training step that is large enough to keep a GPU busy. */
const LARGE_STEP: BenchSize = { ...STEP, hiddenSize: 512, heads: 8, intermediateSize: 2048, batchSize: 32, steps: 2 };
/** Maximum duration of the small step, in milliseconds, for the large step to be timed, too. */
const LARGE_STEP_LIMIT_MS = 100;

/** Tests an engine: multiplies two matrices, checks the result, and times training steps. */
export async function probe(target: Target, verbose: boolean): Promise<ProbeResult> {
  try {
    const executor = await createExecutor({ ...target, verbose });
    const { milliseconds, error } = await multiply(executor);
    const size = target.engine === "reference" ? TINY_STEP : STEP;
    const step = await stepTime(executor, size);
    const timesLarge = target.engine !== "reference" && step < LARGE_STEP_LIMIT_MS;
    const large = timesLarge ? await stepTime(executor, LARGE_STEP) : undefined;
    await executor.dispose();
    const measurements = {
      ...(executor.version !== undefined && { version: executor.version }),
      precisions: precisionsOf(executor),
      matmul_ms: rounded(milliseconds),
      step_ms: step,
      ...(large !== undefined && { large_step_ms: large }),
    };
    const multiplication = `matrix multiplication (${SIZE}×${SIZE})`;
    const steps = `training step (${describeStep(size)}) ${step} ms`;
    const largeStep = large === undefined ? "" : `, training step (${describeStep(LARGE_STEP)}) ${large} ms`;
    return error < 1e-3
      ? { works: true, detail: `${multiplication} ${measurements.matmul_ms} ms, ${steps}${largeStep}`, ...measurements }
      : { works: false, detail: `${multiplication} has an error of ${error}, expected < 0.001`, ...measurements };
  } catch (error) {
    return { works: false, detail: (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]! };
  }
}

async function stepTime(executor: Executor, size: BenchSize): Promise<number> {
  return rounded(median(await timeRuns(executor, "step", size, { name: "fp32", type: "float32" })));
}

function describeStep({ layers, hiddenSize, batchSize, seqLength }: BenchSize): string {
  return `${layers} layers, hidden ${hiddenSize}, batch ${batchSize}, ${seqLength} tokens`;
}

/** Times the second run of a matrix multiplication, and returns its largest absolute error. */
async function multiply(executor: Executor): Promise<{ milliseconds: number; error: number }> {
  const program = await executor.compile(
    trace(({ feed }) => ({
      outputs: { product: matmul(feed("a", "float32", [SIZE, SIZE]), feed("b", "float32", [SIZE, SIZE])) },
    })),
  );
  const [a, b] = [randomMatrix("a"), randomMatrix("b")];
  const feeds = { a: float32(a, [SIZE, SIZE]), b: float32(b, [SIZE, SIZE]) };
  await program.run(feeds);
  const start = performance.now();
  const outputs = await program.run(feeds);
  const milliseconds = performance.now() - start;
  return { milliseconds, error: largestError(a, b, outputs.product!.data) };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

function randomMatrix(name: string): Float32Array {
  const random = new Random(1, name);
  return Float32Array.from({ length: SIZE * SIZE }, () => random.nextNormal());
}

function largestError(a: Float32Array, b: Float32Array, product: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < SIZE; i++) {
    for (let j = 0; j < SIZE; j++) {
      let sum = 0;
      for (let k = 0; k < SIZE; k++) sum += a[i * SIZE + k]! * b[k * SIZE + j]!;
      largest = Math.max(largest, Math.abs(sum - product[i * SIZE + j]!));
    }
  }
  return largest;
}
