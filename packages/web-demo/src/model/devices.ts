import { createOnnxExecutor, type Executor } from "@bertie/engine";
import gpuModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuWasmSize from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?size";
import gpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuWasmSize from "onnxruntime-web/ort-wasm-simd-threaded.wasm?size";
import cpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { fetchCached, type Loaded } from "../files/fetch-cached.ts";

export type Device = "webgpu" | "cpu";

/** Available devices. */
export interface Devices {
  /** WebGPU adapter; undefined if the browser does not support WebGPU. */
  readonly webgpu: { readonly name: string; readonly software: boolean } | undefined;
  /** Number of CPU threads: 1 if the page may not share memory between threads. */
  readonly threads: number;
}

/** Maximum number of threads. More threads do not make small models faster. */
const MAX_THREADS = 4;

const files = {
  webgpu: { mjs: gpuModule, wasm: gpuWasm },
  cpu: { mjs: cpuModule, wasm: cpuWasm },
};

/** Sizes of the engine in bytes. */
export const engineBytes: Readonly<Record<Device, number>> = { webgpu: gpuWasmSize, cpu: cpuWasmSize };

/** Members of `navigator.gpu` that the page uses. */
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}
interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** Returns the URL of the engine's WebAssembly. */
export function engineUrl(device: Device): string {
  return files[device].wasm;
}

/** Detects the available devices. */
export async function findDevices(): Promise<Devices> {
  const { gpu } = navigator as { gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return {
    webgpu: adapter ? describe(adapter) : undefined,
    threads: canUseThreads() ? Math.min(navigator.hardwareConcurrency, MAX_THREADS) : 1,
  };
}

/** Returns whether threads can share memory. WebKitGTK has no shared memory even if the page is isolated. */
function canUseThreads(): boolean {
  return crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";
}

function describe({ info }: Adapter): NonNullable<Devices["webgpu"]> {
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || "?";
  return { name, software: info.isFallbackAdapter === true || /swiftshader|llvmpipe|software/i.test(name) };
}

/** Loads the engine, which the browser caches, and creates an executor. */
export async function openExecutor(device: Device, onProgress: (loaded: Loaded) => void): Promise<Executor> {
  const { mjs, wasm } = files[device];
  await fetchCached(wasm, onProgress);
  await fetchCached(mjs); // kept for visits without a network, even if the service worker has not started yet
  const absolute = (url: string) => new URL(url, location.href).href;
  const { threads } = await findDevices();
  return createOnnxExecutor({ device, threads, wasmPaths: { mjs: absolute(mjs), wasm: absolute(wasm) } });
}
