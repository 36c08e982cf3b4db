import { createOnnxExecutor, type Executor } from "@bertie/engine";
import gpuModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { fetchKept, type Loaded } from "../files/fetch-kept.ts";

export type Device = "webgpu" | "cpu";

/** What there is to compute with. */
export interface Devices {
  /** Undefined where the browser offers none. */
  readonly webgpu: { readonly name: string; readonly software: boolean } | undefined;
  /** Threads on the processor: one where the page may not share memory. */
  readonly threads: number;
}

/** More threads than this gain nothing with a small model. */
const MOST_THREADS = 4;

const files = {
  webgpu: { mjs: gpuModule, wasm: gpuWasm },
  cpu: { mjs: cpuModule, wasm: cpuWasm },
};

/** What is used of WebGPU's entry. */
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

export async function findDevices(): Promise<Devices> {
  const { gpu } = navigator as { gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return {
    webgpu: adapter ? describe(adapter) : undefined,
    threads: crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1,
  };
}

function describe({ info }: Adapter): NonNullable<Devices["webgpu"]> {
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || "?";
  return { name, software: info.isFallbackAdapter === true || /swiftshader|llvmpipe|software/i.test(name) };
}

/** Loads the engine, which the browser keeps, and makes an executor. */
export async function openExecutor(device: Device, onProgress: (loaded: Loaded) => void): Promise<Executor> {
  const { mjs, wasm } = files[device];
  await fetchKept(wasm, onProgress);
  const absolute = (url: string) => new URL(url, location.href).href;
  const { threads } = await findDevices();
  return createOnnxExecutor({ device, threads, wasmPaths: { mjs: absolute(mjs), wasm: absolute(wasm) } });
}
