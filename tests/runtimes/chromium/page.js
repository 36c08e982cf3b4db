import { browserStorage } from "@bertie/classifier";
import { createExecutor, createReferenceExecutor } from "@bertie/engine";
import { env } from "onnxruntime-web/wasm";
import { storageSuite } from "../../../packages/classifier/src/testing/storage-suite.ts";
import { report, suite } from "../suite.js";

const read = async (path) => new Uint8Array(await (await fetch(`/${path}`)).arrayBuffer());
const wasmPaths = new URL("/node_modules/onnxruntime-web/dist/", location.href).href;
const executors = {
  "onnx-web": () => createExecutor({ threads: 2, wasmPaths }),
  "onnx-web on webgpu": () => createExecutor({ device: "webgpu", wasmPaths }),
  reference: () => createReferenceExecutor(),
};

// After the suite: the engine's threads start with its first program.
const threads = {
  name: "onnx-web computes in two threads, as the page is isolated",
  run() {
    if (env.wasm.numThreads !== 2) throw new Error(`in ${env.wasm.numThreads}`);
  },
};

const automatic = {
  name: "createExecutor() uses onnx-web on the CPU by default, and refuses TensorFlow",
  async run() {
    const executor = await executors["onnx-web"]();
    if (executor.engine !== "onnx-web" || executor.device !== "cpu")
      throw new Error(`${executor.engine} on ${executor.device}`);
    await executor.dispose();
    const error = await createExecutor({ engine: "tensorflow" }).catch((error) => error);
    if (error.code !== "engine/unavailable") throw error;
  },
};

// Each test has a storage of its own in the private file system.
let storages = 0;
const storage = [
  ...storageSuite(() => browserStorage(`suite-${++storages}`)),
  {
    name: "ignores what a page that was closed has left, unless it is a complete checkpoint",
    async run() {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("closed", { create: true });
      const file = await folder.getFileHandle("index.json", { create: true });
      const stream = await file.createWritable();
      await stream.write(JSON.stringify({ unfinished: "run-1" }));
      await stream.close();
      const run = await folder.getDirectoryHandle("run-1", { create: true });
      const checkpoints = await run.getDirectoryHandle("checkpoints", { create: true });
      await checkpoints.getDirectoryHandle("step-1", { create: true }); // its writing was not completed
      const left = browserStorage("closed");
      if ((await left.state()) !== "empty") throw new Error(`the state is ${await left.state()}`);
      await (await left.open()).close();
    },
  },
].map(({ name, run }) => ({ name: `browserStorage() ${name}`, run }));

/** Runs the suite in the page; what it printed, and whether all of it holds. */
globalThis.runSuite = async () => {
  const lines = [];
  const ok = await report([...storage, ...suite(read, executors), threads, automatic], (line) => lines.push(line));
  return { ok, lines };
};
