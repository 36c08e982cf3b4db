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

/** What the user asked for; "auto" is the fastest that works here. */
export interface EngineRequest {
  readonly engine: "auto" | "onnx" | "onnx-web" | "tensorflow" | "reference";
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
  const options = request.threads === undefined ? {} : { threads: request.threads };
  if (device === "webgpu") {
    const executor = await createOnnxExecutor({ ...options, device });
    await proveDevice(executor);
    return executor;
  }
  if (engine === "reference") return createReferenceExecutor();
  if (engine !== "auto") return onCpu[engine](options);
  // From the fastest to the one that is always there.
  const executor =
    (await unlessUnavailable(onCpu.tensorflow(options))) ?? (await unlessUnavailable(onCpu.onnx(options)));
  return executor ?? createReferenceExecutor();
}

const onCpu = {
  tensorflow: createTensorflowExecutor,
  onnx: createOnnxExecutor,
  "onnx-web": (options: { threads?: number }) => createOnnxExecutor({ ...options, runtime: "web" }),
};

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
export function checkEngine({ engine, device, noCuda = false }: EngineRequest) {
  if (device === "cuda")
    throw new BertieError("engine/unavailable", "--device cuda is not there yet: use --device webgpu or cpu");
  if (noCuda && device === "webgpu")
    throw new BertieError("engine/device", "--no-cuda asks for the CPU and --device for webgpu: leave one out");
  if (device === "webgpu" && engine !== "auto" && engine !== "onnx")
    throw new BertieError("engine/device", `--engine ${engine} does not run on webgpu: leave out --device webgpu`);
  return { engine, device };
}
