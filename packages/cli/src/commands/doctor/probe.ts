import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Random } from "@bertie/common";
import { float32, matmul, trace } from "@bertie/engine";
import { createExecutor, type EngineRequest } from "../../load/executor.ts";
import { precisionsOf } from "../../load/precision.ts";

export interface EngineName {
  readonly engine: Exclude<EngineRequest["engine"], "auto">;
  readonly device: Exclude<EngineRequest["device"], "auto">;
}

export interface ProbeResult {
  readonly works: boolean;
  /** What it did, or why it does not work; one line. */
  readonly detail: string;
}

/** All that there is, and what is to come. */
export const ENGINES: readonly EngineName[] = [
  { engine: "onnx", device: "cpu" },
  { engine: "onnx", device: "webgpu" },
  { engine: "onnx", device: "cuda" },
  { engine: "onnx-web", device: "cpu" },
  { engine: "tensorflow", device: "cpu" },
  { engine: "reference", device: "cpu" },
];

const SIZE = 256;
/** A first use of a GPU compiles shaders, which takes seconds. */
const TIMEOUT = 60_000;

/** Tries an engine in a process of its own: a native library that fails may take its process along. */
export function probeInChild({ engine, device }: EngineName): Promise<ProbeResult> {
  const isSource = import.meta.url.endsWith(".ts");
  const main = fileURLToPath(new URL(`../../main.${isSource ? "ts" : "js"}`, import.meta.url));
  const runtimeArgs = "Deno" in globalThis ? ["run", "-A"] : [];
  const child = spawn(process.execPath, [...runtimeArgs, main, "probe-engine", engine, device], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Uint8Array) => {
    stdout += text.toString();
  });
  child.stderr.on("data", (text: Uint8Array) => {
    stderr += text.toString();
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ works: false, detail: error.message }));
    child.on("close", (code, signal) => {
      const result = parseResult(stdout);
      const end = signal === null ? `the process ended with code ${code}` : `the process was ended by ${signal}`;
      resolve(result ?? { works: false, detail: [end, stderr.trim().split("\n")[0]].filter(Boolean).join(": ") });
    });
  });
}

/** Multiplies two matrices, and checks the product. */
export async function probe({ engine, device }: EngineName): Promise<ProbeResult> {
  try {
    const executor = await createExecutor({ engine, device });
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
    await executor.dispose();
    const error = largestError(a, b, outputs.product!.data);
    const precisions = precisionsOf(executor).join(", ");
    const detail = `${precisions}; a product of two ${SIZE}×${SIZE} matrices in ${milliseconds.toFixed(1)} ms`;
    return error < 1e-3 ? { works: true, detail } : { works: false, detail: `${detail} is wrong by ${error}` };
  } catch (error) {
    return { works: false, detail: (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]! };
  }
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

function parseResult(stdout: string): ProbeResult | undefined {
  try {
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ProbeResult;
  } catch {
    return undefined;
  }
}
