import process from "node:process";
import { BertieError } from "@bertie/common";
import {
  add,
  createOnnxExecutor,
  createReferenceExecutor,
  createTensorflowExecutor,
  type Executor,
  scalar,
  trace,
} from "@bertie/engine";
import { type Device, readDevice } from "./device.ts";

/** What the user asked for; "auto" is the fastest that works here. */
export interface EngineRequest {
  readonly engine: "auto" | "onnx" | "onnx-web" | "tensorflow" | "reference";
  /** As readDevice() reads it. */
  readonly device: string;
  readonly noCuda?: boolean;
  readonly threads?: number | undefined;
  /** Has the engine write to stderr what it does, if it can. */
  readonly verbose?: boolean;
  /**
   * Times a training step through WebGPU and on the CPU for "auto", which takes seconds. Undefined if there is no GPU.
   * Without this function "auto" uses no GPU through WebGPU.
   */
  readonly measureWebgpu?: (onCpu: CpuTarget) => Promise<GpuVerdict | undefined>;
  /** Receives one line about that measurement. */
  readonly log?: (text: string) => void;
}

/** An engine that "auto" chose on the CPU. */
export interface CpuTarget {
  readonly engine: EngineRequest["engine"];
  readonly device: "cpu";
}

/** The outcome of comparing a GPU with the CPU. */
export interface GpuVerdict {
  readonly faster: boolean;
  /** One line that gives the reason. */
  readonly text: string;
}

/**
 * Makes an executor: of the engine and on the device asked for, or none. Of itself it takes an NVIDIA GPU if TensorFlow
 * is there and finds one; else a GPU through WebGPU, if the system lists one and a step is faster there than on the CPU.
 *
 * @throws BertieError "engine/…"
 */
export async function createExecutor(request: EngineRequest): Promise<Executor> {
  const { engine, device, gpu } = checkEngine(request);
  const options = {
    ...(request.threads !== undefined && { threads: request.threads }),
    ...(gpu !== undefined && { gpu }),
    ...(request.verbose && { verbose: true }),
  };
  if (device === "webgpu") return provenOnnx({ ...options, device });
  if (device === "cuda") {
    if (engine === "tensorflow") return createTensorflowExecutor({ ...options, device });
    if (engine === "onnx") return provenOnnx({ ...options, device });
    return onCuda(options);
  }
  if (engine === "reference") return createReferenceExecutor();
  const onTensorflow = () => createTensorflowExecutor({ ...options, device: request.noCuda ? "cpu" : device });
  if (engine === "tensorflow") return onTensorflow();
  if (engine === "onnx-web") return createOnnxExecutor({ ...options, runtime: "web" });
  if (engine === "onnx") return createOnnxExecutor(options);
  // From the fastest to the one that is always there.
  const executor =
    (await unlessUnavailable(onTensorflow())) ??
    (await unlessUnavailable(createOnnxExecutor(options))) ??
    createReferenceExecutor();
  if (device === "cpu" || executor.device !== "cpu" || request.noCuda || !request.measureWebgpu) return executor;
  const verdict = await request.measureWebgpu({ engine: executor.engine as EngineRequest["engine"], device: "cpu" });
  if (verdict !== undefined) request.log?.(verdict.text);
  if (!verdict?.faster) return executor;
  await executor.dispose();
  return provenOnnx({ ...options, device: "webgpu" });
}

/** One on the CPU beside one on a GPU, for the optimizer. TensorFlow has one device a process. */
export function createCpuExecutor({ engine, ...request }: EngineRequest): Promise<Executor> {
  return createExecutor({ ...request, engine: engine === "tensorflow" ? "onnx" : engine, device: "cpu" });
}

/** By TensorFlow, which keeps weights on the GPU, or else by ONNX Runtime. */
async function onCuda(options: { threads?: number; gpu?: number }): Promise<Executor> {
  try {
    return await createTensorflowExecutor({ ...options, device: "cuda" });
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    // What TensorFlow lacks is said: it is the way to go.
    return provenOnnx({ ...options, device: "cuda" }).catch(() => {
      throw error;
    });
  }
}

async function provenOnnx(options: Parameters<typeof createOnnxExecutor>[0]): Promise<Executor> {
  const executor = await createOnnxExecutor(options);
  await proveDevice(executor);
  return executor;
}

async function unlessUnavailable(executor: Promise<Executor>): Promise<Executor | undefined> {
  try {
    return await executor;
  } catch (error) {
    if (error instanceof BertieError && error.code === "engine/unavailable") return undefined;
    throw error;
  }
}

/** A device shows that it cannot be used only when it is used. */
async function proveDevice(executor: Executor): Promise<void> {
  const program = trace(({ feed }) => ({ outputs: { y: add(feed("x", "float32", []), 1) } }));
  const compiled = await executor.compile(program);
  await compiled.run({ x: scalar(1) });
  await compiled.dispose();
}

/**
 * Refuses what cannot be had, before anything is read.
 *
 * @throws BertieError "engine/…"
 */
export function checkEngine({ engine, device: asked, noCuda = false }: EngineRequest) {
  const text = asked === "auto" && !noCuda ? defaultDevice(engine) : asked;
  const { name: device, gpu } = readDevice(text);
  if (noCuda && (device === "webgpu" || device === "cuda"))
    throw new BertieError("engine/device", `--no-cuda asks for the CPU and --device for ${text}: leave one out`);
  if (!RUNS_ON[engine].includes(device))
    throw new BertieError("engine/device", `--engine ${engine} does not run on ${text}: leave out --device ${text}`);
  return { engine, device, gpu };
}

/** What the environment's BERTIE_DEVICE says that "auto" is, if the engine runs there. */
function defaultDevice(engine: EngineRequest["engine"]): string {
  const text = process.env.BERTIE_DEVICE || "auto";
  return RUNS_ON[engine].includes(readDevice(text, "BERTIE_DEVICE").name) ? text : "auto";
}

const RUNS_ON: Readonly<Record<EngineRequest["engine"], readonly Device["name"][]>> = {
  auto: ["auto", "cpu", "webgpu", "cuda"],
  onnx: ["auto", "cpu", "webgpu", "cuda"],
  "onnx-web": ["auto", "cpu"],
  tensorflow: ["auto", "cpu", "cuda"],
  reference: ["auto", "cpu"],
};
