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
}

let loaded: { readonly runtime: TensorflowRuntime; readonly threads: number } | undefined;

/**
 * TensorFlow for Node and Deno, by the addon alone: tfjs' own code is not loaded.
 *
 * @throws BertieError "engine/unavailable" if the addon is not there or cannot be loaded, "engine/threads" if TensorFlow
 * runs already, with another number of threads
 */
export function loadRuntime({ threads }: RuntimeOptions = {}): TensorflowRuntime {
  loaded ??= { runtime: openAddon(load(threads)), threads: threads ?? availableParallelism() };
  if (threads !== undefined && threads !== loaded.threads) {
    const text = `TensorFlow runs with ${loaded.threads} threads in this process: for ${threads}, start another`;
    throw new BertieError("engine/threads", text);
  }
  return loaded.runtime;
}

function load(threads: number | undefined): Addon {
  const path = findAddon(fileURLToPath(import.meta.url));
  if (path === undefined) {
    const how = "run `npm run setup:native` in a checkout of Bertie, or install @tensorflow/tfjs-node beside it";
    throw new BertieError("engine/unavailable", `TensorFlow is an optional part, and not here: ${how}`);
  }
  // TensorFlow reads these when it is loaded, and makes its threads.
  const settings: Record<string, string> = { TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? "3" };
  // oneDNN's kernels, which TensorFlow uses of itself with AVX-512 only: a step is a seventh faster with AVX2 too.
  if (process.arch === "x64") settings.TF_ENABLE_ONEDNN_OPTS = process.env.TF_ENABLE_ONEDNN_OPTS ?? "1";
  if (threads !== undefined)
    for (const name of ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]) settings[name] = `${threads}`;
  try {
    return withEnvironment(settings, () => createRequire(import.meta.url)(path) as Addon);
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
    throw new BertieError("engine/unavailable", `TensorFlow cannot be loaded: ${reason}`, { cause });
  }
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
