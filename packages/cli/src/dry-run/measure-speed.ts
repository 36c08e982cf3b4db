import { spawn } from "node:child_process";
import type { RunOptions } from "../options/run-options.ts";
import { ownCommand } from "../own-command.ts";
import { trainingOperations } from "./estimate.ts";

/** Model of the measured step. It is small, so that a dry run takes little memory. */
const SIZES = {
  ...{ hiddenSize: 256, numHiddenLayers: 1, numAttentionHeads: 4, intermediateSize: 1024 },
  ...{ vocabSize: 1000, maxPositionEmbeddings: 512 },
};
const BATCH = 8;
const LENGTH = 64;
const STEPS = 5;
/** Operations per second of models with hidden sizes from 384 to 768, relative to the measured model on the same CPU. */
const LARGER_MODELS = 1.5;
const TIMEOUT_MS = 60_000;

/** Speed of training on this machine. */
export interface TrainingSpeed {
  /** Floating-point operations per second. */
  readonly operationsPerSecond: number;
  readonly engine: string;
  readonly device: string;
}

/**
 * Measures training steps of a small model in a child process, so that the engine's memory does not add to this process.
 *
 * @returns undefined if the engine fails
 */
export async function measureSpeed({
  engine,
  device,
  precision,
  threads,
}: Pick<RunOptions, "engine" | "device" | "precision" | "threads">): Promise<TrainingSpeed | undefined> {
  const size = {
    layers: SIZES.numHiddenLayers,
    "hidden-size": SIZES.hiddenSize,
    heads: SIZES.numAttentionHeads,
    "intermediate-size": SIZES.intermediateSize,
    "vocab-size": SIZES.vocabSize,
    "batch-size": BATCH,
    "seq-length": LENGTH,
    steps: STEPS,
    "warmup-steps": 2,
  };
  // TensorFlow takes several times the memory of ONNX Runtime, and is about as fast in fp32. ONNX Runtime has no other precision
  // on a CPU.
  const isFp32 = precision === undefined || precision === "fp32";
  const chosen = { engine: engine === "auto" && isFp32 ? "onnx" : engine, device, precision, threads };
  const args = Object.entries({ ...size, ...chosen }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const result = parse(await runBertie(["bench", "step", "--json", ...args]));
  if (result === undefined) return undefined;
  const operations = trainingOperations(SIZES, BATCH * LENGTH, LENGTH);
  const perSecond = (operations / result.min_ms) * 1000 * LARGER_MODELS;
  return { operationsPerSecond: perSecond, engine: result.engine, device: result.device };
}

function runBertie(args: readonly string[]): Promise<string> {
  const child = spawn(...ownCommand(args), {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: TIMEOUT_MS,
  });
  let stdout = "";
  child.stdout.on("data", (text: Uint8Array) => {
    stdout += text.toString();
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(""));
    child.on("close", () => resolve(stdout));
  });
}

function parse(stdout: string): { min_ms: number; engine: string; device: string } | undefined {
  try {
    return JSON.parse(stdout) as { min_ms: number; engine: string; device: string };
  } catch {
    return undefined;
  }
}
