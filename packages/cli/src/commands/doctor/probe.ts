import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Random } from "@bertie/common";
import { type Executor, float32, matmul, trace } from "@bertie/engine";
import { createExecutor, type EngineRequest } from "../../load/executor.ts";
import { type PrecisionName, precisionsOf } from "../../load/precision.ts";
import { type BenchSize, median, timesOn } from "../bench/benchmark.ts";
import { type Placement, readPlacement } from "./placement.ts";

export interface EngineName {
  readonly engine: EngineRequest["engine"];
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
}

export interface ProbeResult {
  readonly works: boolean;
  /** What it did, or why it does not work and how to get it; one line. */
  readonly detail: string;
  /** Of what it computes with. */
  readonly version?: string;
  readonly precisions?: readonly PrecisionName[];
  /** Of a product of two matrices, and of a training step of a small BERT. */
  readonly matmul_ms?: number;
  readonly step_ms?: number;
  /** Of a larger one, where the other did not take long. */
  readonly large_step_ms?: number;
  /** Where the nodes of the training step run, if that was asked for and the engine tells. */
  readonly placement?: Placement;
}

/** All that there is. */
export const ENGINES: readonly EngineName[] = [
  { engine: "tensorflow", device: "cpu" },
  { engine: "tensorflow", device: "cuda" },
  { engine: "onnx", device: "cpu" },
  { engine: "onnx", device: "webgpu" },
  { engine: "onnx", device: "cuda" },
  { engine: "onnx-web", device: "cpu" },
  { engine: "reference", device: "cpu" },
];

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
/** For the reference engine. */
const TINY_STEP: BenchSize = { ...STEP, hiddenSize: 64, intermediateSize: 128, batchSize: 4, seqLength: 16 };
/** What keeps a GPU busy. A device that took more than so many milliseconds for the other step is spared it. */
const LARGE_STEP: BenchSize = { ...STEP, hiddenSize: 512, heads: 8, intermediateSize: 2048, batchSize: 32, steps: 2 };
const QUICK = 100;
/** A first use of a GPU compiles shaders, which takes seconds. */
const TIMEOUT = 240_000;

/** Tries an engine in a process of its own: a native library that fails may take its process along. */
export async function probeInChild(name: EngineName, verbose = false): Promise<ProbeResult> {
  const { end, stdout, stderr } = await runChild(name, verbose);
  const result = parseResult<ProbeResult>(stdout);
  if (result === undefined)
    return { works: false, detail: [end, stderr.trim().split("\n")[0]].filter(Boolean).join(": ") };
  const placement = verbose ? readPlacement(stderr) : undefined;
  return { ...result, ...(placement && { placement }) };
}

/** What `auto` takes, of engines and of devices; undefined if that cannot be told. */
export async function chosenByAuto(): Promise<EngineName | undefined> {
  return parseResult<EngineName>((await runChild({ engine: "auto", device: "auto" })).stdout);
}

function runChild({ engine, device }: EngineName, verbose = false) {
  const isSource = import.meta.url.endsWith(".ts");
  const main = fileURLToPath(new URL(`../../main.${isSource ? "ts" : "js"}`, import.meta.url));
  const runtimeArgs = "Deno" in globalThis ? ["run", "-A"] : [];
  const child = spawn(
    process.execPath,
    [...runtimeArgs, main, "probe-engine", engine, device, ...(verbose ? ["--verbose"] : [])],
    {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT,
    },
  );
  const start = performance.now();
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Uint8Array) => {
    stdout += text.toString();
  });
  child.stderr.on("data", (text: Uint8Array) => {
    stderr += text.toString();
  });
  return new Promise<{ end: string; stdout: string; stderr: string }>((resolve) => {
    child.on("error", (error) => resolve({ end: error.message, stdout, stderr }));
    child.on("close", (code, signal) => {
      const isLate = signal !== null && performance.now() - start > TIMEOUT;
      const killed = isLate ? `it was not done within ${TIMEOUT / 1000} s` : `the process was ended by ${signal}`;
      const end = signal === null ? `the process ended with code ${code}` : killed;
      resolve({ end, stdout, stderr });
    });
  });
}

/** Multiplies two matrices, and checks the product; then takes training steps. */
export async function probe(name: EngineName, verbose: boolean): Promise<ProbeResult> {
  try {
    const executor = await createExecutor({ ...name, verbose });
    const { milliseconds, error } = await multiply(executor);
    const size = name.engine === "reference" ? TINY_STEP : STEP;
    const step = await stepTime(executor, size);
    const large = name.engine !== "reference" && step < QUICK ? await stepTime(executor, LARGE_STEP) : undefined;
    await executor.dispose();
    const found = {
      ...(executor.version !== undefined && { version: executor.version }),
      precisions: precisionsOf(executor),
      matmul_ms: rounded(milliseconds),
      step_ms: step,
      ...(large !== undefined && { large_step_ms: large }),
    };
    const product = `a product of two ${SIZE}×${SIZE} matrices`;
    const steps = `a training step of ${describeStep(size)} in ${step} ms`;
    const more = large === undefined ? "" : `, of ${describeStep(LARGE_STEP)} in ${large} ms`;
    return error < 1e-3
      ? { works: true, detail: `${product} in ${found.matmul_ms} ms, ${steps}${more}`, ...found }
      : { works: false, detail: `${product} is wrong by ${error}`, ...found };
  } catch (error) {
    return { works: false, detail: (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]! };
  }
}

async function stepTime(executor: Executor, size: BenchSize): Promise<number> {
  return rounded(median(await timesOn(executor, "step", size, "float32")));
}

function describeStep({ layers, hiddenSize, batchSize, seqLength }: BenchSize): string {
  return `${layers} layers of ${hiddenSize} on ${batchSize} × ${seqLength} tokens`;
}

/** What the engine and the device are that a name stands for. */
export async function whatIs(name: EngineName): Promise<EngineName> {
  const { engine, device, dispose } = await createExecutor({ ...name, mayMeasure: true });
  await dispose();
  return { engine, device } as EngineName;
}

/** The time of a product of matrices that has been computed before, and its largest error. */
async function multiply(executor: Executor): Promise<{ milliseconds: number; error: number }> {
  const product = await executor.compile(
    trace(({ feed }) => ({
      outputs: { product: matmul(feed("a", "float32", [SIZE, SIZE]), feed("b", "float32", [SIZE, SIZE])) },
    })),
  );
  const [a, b] = [randomMatrix("a"), randomMatrix("b")];
  const feeds = { a: float32(a, [SIZE, SIZE]), b: float32(b, [SIZE, SIZE]) };
  await product.run(feeds);
  const start = performance.now();
  const outputs = await product.run(feeds);
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

function parseResult<T>(stdout: string): T | undefined {
  try {
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
  } catch {
    return undefined;
  }
}
