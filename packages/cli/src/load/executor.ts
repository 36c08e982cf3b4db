import { BertieError } from "@bertie/common";
import { add, createOnnxExecutor, createReferenceExecutor, type Executor, scalar, trace } from "@bertie/engine";

/** What the user asked for; "auto" is the fastest that works here. */
export interface EngineRequest {
  readonly engine: "auto" | "onnx" | "tensorflow" | "reference";
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
  readonly noCuda?: boolean;
  readonly threads?: number | undefined;
}

/**
 * Makes an executor: of the engine and on the device asked for, or none.
 *
 * @throws BertieError "engine/…"
 */
export async function createExecutor(request: EngineRequest): Promise<Executor> {
  const { engine, device } = checkEngine(request);
  if (engine === "reference") return createReferenceExecutor();
  const { threads } = request;
  const onDevice = device === "auto" ? "cpu" : device;
  try {
    const executor = await createOnnxExecutor({ device: onDevice, ...(threads !== undefined && { threads }) });
    if (onDevice !== "cpu") await proveDevice(executor);
    return executor;
  } catch (error) {
    const canFallBack = engine === "auto" && onDevice === "cpu" && error instanceof BertieError;
    if (!canFallBack) throw error;
    return createReferenceExecutor();
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
export function checkEngine({ engine, device, noCuda = false }: EngineRequest) {
  if (engine === "tensorflow")
    throw new BertieError("engine/unavailable", "--engine tensorflow is not there yet: use --engine onnx");
  if (device === "cuda")
    throw new BertieError("engine/unavailable", "--device cuda is not there yet: use --device webgpu or cpu");
  if (noCuda && device === "webgpu")
    throw new BertieError("engine/device", "--no-cuda asks for the CPU and --device for webgpu: leave one out");
  if (engine === "reference" && device === "webgpu")
    throw new BertieError("engine/device", "--engine reference runs on the CPU only: leave out --device webgpu");
  return { engine, device };
}
