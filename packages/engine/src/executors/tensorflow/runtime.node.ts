import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BertieError } from "@bertie/common";
import { type Addon, openAddon } from "./addon.node.ts";
import { findAddon } from "./find-addon.node.ts";
import type { TensorflowRuntime } from "./runtime.ts";

export interface RuntimeOptions {
  /** How many threads TensorFlow may compute in, for the whole life of the process. Default: one a core. */
  readonly threads?: number;
  /**
   * "cpu"; "cuda" for an NVIDIA GPU, or none; "auto" for a GPU if TensorFlow finds one. Default: "cpu". For the whole life
   * of the process, too.
   */
  readonly device?: "cpu" | "cuda" | "auto";
  /** Which of the GPUs that CUDA_VISIBLE_DEVICES leaves, from 0. Default: the first. */
  readonly gpu?: number;
}

interface Loaded {
  readonly runtime: TensorflowRuntime;
  /** Whether it was built with CUDA. */
  readonly hasCuda: boolean;
  readonly threads: number;
  readonly gpu: number;
}

let loaded: Loaded | undefined;

/**
 * TensorFlow for Node and Deno, by the addon alone: tfjs' own code is not loaded.
 *
 * @throws BertieError "engine/unavailable" if the addon is not there or cannot be loaded, or is loaded already and computes
 * on a GPU where the CPU is asked for; "engine/device" if a GPU is asked for that it does not find; "engine/threads" if
 * TensorFlow runs already, with another number of threads
 */
export function loadRuntime({ threads, device = "cpu", gpu }: RuntimeOptions = {}): TensorflowRuntime {
  loaded ??= { ...loadWhatWorks(threads, device, gpu), threads: threads ?? availableParallelism(), gpu: gpu ?? 0 };
  if (threads !== undefined && threads !== loaded.threads) {
    const text = `TensorFlow runs with ${loaded.threads} threads in this process: for ${threads}, start another`;
    throw new BertieError("engine/threads", text);
  }
  checkDevice(loaded, device, gpu);
  return loaded.runtime;
}

function checkDevice({ runtime, hasCuda, gpu: current }: Loaded, device: "cpu" | "cuda" | "auto", gpu = current): void {
  if (device === "cpu" && runtime.hasGpu)
    throw new BertieError("engine/unavailable", "TensorFlow computes on a GPU in this process, not on the CPU");
  if (device !== "cuda") return;
  if (!runtime.hasGpu) {
    const build = hasCuda ? "" : ", and a build with CUDA (`npm run setup:native -- --gpu`)";
    const text = `TensorFlow ${runtime.version} found no GPU: it needs NVIDIA's driver, with which \`nvidia-smi\` works${build}`;
    throw new BertieError("engine/device", text);
  }
  if (gpu !== current) {
    const text = `TensorFlow computes on GPU ${current} in this process: for GPU ${gpu}, start another`;
    throw new BertieError("engine/device", text);
  }
}

/** One with CUDA that does not load is no reason to leave the GPU's owner without one for the CPU. */
function loadWhatWorks(threads: number | undefined, device: "cpu" | "cuda" | "auto", gpu: number | undefined) {
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
    const where = device === "cuda" ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node";
    const how = `run \`${command}\` in a checkout of Bertie, or install ${where} beside it`;
    throw new BertieError("engine/unavailable", `TensorFlow is an optional part, and not here: ${how}`);
  }
  // TensorFlow reads these when it is loaded, and makes its threads.
  const settings: Record<string, string> = { TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? "3" };
  // oneDNN's kernels, which TensorFlow uses of itself with AVX-512 only: a step is a seventh faster with AVX2 too.
  if (process.arch === "x64") settings.TF_ENABLE_ONEDNN_OPTS = process.env.TF_ENABLE_ONEDNN_OPTS ?? "1";
  if (threads !== undefined)
    for (const name of ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]) settings[name] = `${threads}`;
  // Else it takes nearly all of the GPU's memory at once.
  settings.TF_FORCE_GPU_ALLOW_GROWTH = process.env.TF_FORCE_GPU_ALLOW_GROWTH ?? "true";
  settings.CUDA_VISIBLE_DEVICES = visibleGpus(device, gpu, process.env.CUDA_VISIBLE_DEVICES);
  try {
    const addon = withEnvironment(settings, () => createRequire(import.meta.url)(path) as Addon);
    return { runtime: openAddon(addon), hasCuda: /tensorflow-gpu|tfjs-node-gpu/.test(path) };
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
    throw new BertieError("engine/unavailable", `TensorFlow cannot be loaded: ${reason}`, { cause });
  }
}

/**
 * The value of CUDA_VISIBLE_DEVICES that leaves one GPU of those that its present value leaves; none for the CPU.
 *
 * @throws BertieError "engine/device" if that leaves fewer, and a GPU must be
 */
export function visibleGpus(device: "cpu" | "cuda" | "auto", gpu: number, visible: string | undefined): string {
  const none = "-1";
  if (device === "cpu") return none;
  if (visible === undefined) return `${gpu}`;
  // CUDA itself passes over the first name that is none, and all after it.
  const names = visible.split(",").map((name) => name.trim());
  const end = names.findIndex((name) => name === "" || name === none);
  const gpus = end < 0 ? names : names.slice(0, end);
  const chosen = gpus[gpu] ?? (device === "auto" ? none : undefined);
  if (chosen !== undefined) return chosen;
  const text = `there is no GPU ${gpu}: CUDA_VISIBLE_DEVICES is "${visible}", which leaves ${gpus.length}, counted from 0`;
  throw new BertieError("engine/device", text);
}

/** Sets environment variables for the time of a call; child processes started later do not get them. */
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
