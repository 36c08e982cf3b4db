import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BertieError } from "@bertie/common";
import { type Addon, openAddon } from "./addon.node.ts";
import { findAddon } from "./find-addon.node.ts";
import type { TensorflowRuntime } from "./runtime.ts";

/** The options of loadRuntime(), which apply to the entire process. */
export interface RuntimeOptions {
  /** Number of threads. Default: one per core. */
  readonly threads?: number;
  /**
   * The device: "cpu", "cuda" for an NVIDIA GPU, or "auto" for an NVIDIA GPU if TensorFlow finds one.
   *
   * @default "cpu"
   */
  readonly device?: "cpu" | "cuda" | "auto";
  /**
   * Index of the GPU among the GPUs that CUDA_VISIBLE_DEVICES lists, from 0.
   *
   * @default 0
   */
  readonly gpu?: number;
}

interface Loaded {
  readonly runtime: TensorflowRuntime;
  /** Whether TensorFlow was built with CUDA. */
  readonly hasCuda: boolean;
  readonly threads: number;
  readonly gpu: number;
}

let loaded: Loaded | undefined;

/**
 * Loads TensorFlow in Node and Deno. It loads only the addon of tfjs, not its JavaScript code.
 *
 * @throws BertieError "engine/unavailable" if the addon is not installed, cannot be loaded, or already runs on a GPU
 * while the CPU is requested; "engine/device" if the requested GPU is not found; "engine/threads" if TensorFlow already
 * runs with another number of threads
 */
export function loadRuntime({ threads, device = "cpu", gpu }: RuntimeOptions = {}): TensorflowRuntime {
  loaded ??= { ...loadWithFallback(threads, device, gpu), threads: threads ?? availableParallelism(), gpu: gpu ?? 0 };
  if (threads !== undefined && threads !== loaded.threads) {
    const text = `TensorFlow already runs with ${loaded.threads} threads. Start another process to use ${threads}.`;
    throw new BertieError("engine/threads", text);
  }
  checkDevice(loaded, device, gpu);
  return loaded.runtime;
}

function checkDevice({ runtime, hasCuda, gpu: current }: Loaded, device: "cpu" | "cuda" | "auto", gpu = current): void {
  if (device === "cpu" && runtime.hasGpu)
    throw new BertieError(
      "engine/unavailable",
      "TensorFlow already runs on a GPU. Start another process to use it on the CPU.",
    );
  if (device !== "cuda") return;
  if (!runtime.hasGpu) {
    const build = hasCuda ? "" : ", and install TensorFlow with CUDA (`npm run setup:native -- --gpu`)";
    const text = `TensorFlow ${runtime.version} found no GPU. Install NVIDIA's driver, so that \`nvidia-smi\` works${build}.`;
    throw new BertieError("engine/device", text);
  }
  if (gpu !== current) {
    const text = `TensorFlow already runs on GPU ${current}. Start another process to use GPU ${gpu}.`;
    throw new BertieError("engine/device", text);
  }
}

/** Loads TensorFlow. With "auto", it falls back to the CPU if the build with CUDA does not load. */
function loadWithFallback(threads: number | undefined, device: "cpu" | "cuda" | "auto", gpu: number | undefined) {
  if (device !== "auto") return load(threads, device, gpu);
  try {
    return load(threads, device, gpu);
  } catch {
    return load(threads, "cpu");
  }
}

function load(threads: number | undefined, device: "cpu" | "cuda" | "auto", gpu = 0) {
  const path = findAddon(fileURLToPath(import.meta.url), process.env.BERTIE_NATIVE, device === "cpu" ? "cpu" : "cuda");
  if (path === undefined) {
    const command = device === "cuda" ? "npm run setup:native -- --gpu" : "npm run setup:native";
    const name = device === "cuda" ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node";
    const remedy = `Run \`${command}\` in a checkout of Bertie, or install the package ${name} next to Bertie.`;
    throw new BertieError("engine/unavailable", `TensorFlow, which is optional, is not installed. ${remedy}`);
  }
  const hasCuda = /tensorflow-gpu|tfjs-node-gpu/.test(path);
  if (device === "cuda" && !hasCuda) {
    const text =
      "TensorFlow is installed without CUDA. Install NVIDIA's driver, so that `nvidia-smi` works, and TensorFlow with CUDA (`npm run setup:native -- --gpu`).";
    throw new BertieError("engine/device", text);
  }
  // TensorFlow reads these variables and creates its threads when it is loaded.
  const settings: Record<string, string> = { TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? "3" };
  // By default, TensorFlow uses oneDNN's kernels only with AVX-512, but with AVX2 these kernels also reduce the time of
  // a training step, by 14%.
  if (process.arch === "x64") settings.TF_ENABLE_ONEDNN_OPTS = process.env.TF_ENABLE_ONEDNN_OPTS ?? "1";
  if (threads !== undefined)
    for (const name of ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]) settings[name] = `${threads}`;
  // Otherwise, TensorFlow allocates nearly all of the GPU's memory at once.
  settings.TF_FORCE_GPU_ALLOW_GROWTH = process.env.TF_FORCE_GPU_ALLOW_GROWTH ?? "true";
  settings.CUDA_VISIBLE_DEVICES = visibleGpus(device, gpu, process.env.CUDA_VISIBLE_DEVICES);
  try {
    const addon = withEnvironment(settings, () => createRequire(import.meta.url)(path) as Addon);
    return { runtime: openAddon(addon), hasCuda };
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
    const text = `TensorFlow cannot be loaded (${reason}). Reinstall it with \`npm run setup:native\`, or choose another engine.`;
    throw new BertieError("engine/unavailable", text, { cause });
  }
}

/**
 * Returns a value of CUDA_VISIBLE_DEVICES that lists one of the GPUs of its current value, or no GPU for the CPU.
 *
 * @param gpu index among the GPUs of the current value
 * @param visible current value; undefined if all GPUs are visible
 * @throws BertieError "engine/device" if the device is "cuda" and the current value lists fewer GPUs
 */
export function visibleGpus(device: "cpu" | "cuda" | "auto", gpu: number, visible: string | undefined): string {
  const none = "-1";
  if (device === "cpu") return none;
  if (visible === undefined) return `${gpu}`;
  // CUDA ignores the first invalid entry and all entries after it.
  const names = visible.split(",").map((name) => name.trim());
  const end = names.findIndex((name) => name === "" || name === none);
  const gpus = end < 0 ? names : names.slice(0, end);
  const chosen = gpus[gpu] ?? (device === "auto" ? none : undefined);
  if (chosen !== undefined) return chosen;
  const text = `GPU ${gpu} does not exist: CUDA_VISIBLE_DEVICES="${visible}" lists ${gpus.length} GPUs, counted from 0. Choose another index, or change the variable.`;
  throw new BertieError("engine/device", text);
}

/** Sets environment variables during a call and then restores them, so that child processes do not inherit them. */
function withEnvironment<T>(settings: Readonly<Record<string, string>>, call: () => T): T {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    return call();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
