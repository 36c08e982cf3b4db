import { browserStorage } from "@bertie/classifier";
import { createExecutor, createReferenceExecutor } from "@bertie/engine";
import { env } from "onnxruntime-web/wasm";
import { storageSuite } from "../../../packages/classifier/src/testing/storage-suite.ts";
import { downloadFromHub } from "../hub.js";
import { report, suite } from "../suite.js";

const read = async (path) => new Uint8Array(await (await fetch(`/${path}`)).arrayBuffer());
const wasmPaths = new URL("/node_modules/onnxruntime-web/dist/", location.href).href;
const executors = {
  "onnx-web": () => createExecutor({ threads: 2, wasmPaths }),
  "onnx-web on webgpu": () => createExecutor({ device: "webgpu", wasmPaths }),
  reference: () => createReferenceExecutor(),
};

// Runs after the suite, because the engine starts its threads with the first program.
const threads = {
  name: "onnx-web uses two threads in a cross-origin isolated page",
  run() {
    if (env.wasm.numThreads !== 2) throw new Error(`${env.wasm.numThreads} threads`);
  },
};

const automatic = {
  name: "createExecutor() uses onnx-web on the CPU by default, and rejects TensorFlow",
  async run() {
    const executor = await executors["onnx-web"]();
    if (executor.engine !== "onnx-web" || executor.device !== "cpu")
      throw new Error(`${executor.engine} on ${executor.device}`);
    await executor.dispose();
    const error = await createExecutor({ engine: "tensorflow" }).catch((error) => error);
    if (error.code !== "engine/unavailable") throw error;
  },
};

// Each test has its own storage in the origin private file system.
let storages = 0;
const storage = [
  ...storageSuite(() => browserStorage(`suite-${++storages}`)),
  {
    name: "ignores the files of a page that was closed before its first complete checkpoint",
    async run() {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("closed", { create: true });
      const file = await folder.getFileHandle("index.json", { create: true });
      const stream = await file.createWritable();
      await stream.write(JSON.stringify({ unfinished: "run-1" }));
      await stream.close();
      const run = await folder.getDirectoryHandle("run-1", { create: true });
      const checkpoints = await run.getDirectoryHandle("checkpoints", { create: true });
      await checkpoints.getDirectoryHandle("step-1", { create: true }); // an incomplete checkpoint
      const closed = browserStorage("closed");
      if ((await closed.state()) !== "empty") throw new Error(`the state is ${await closed.state()}`);
      await (await closed.open()).close();
    },
  },
].map(({ name, run }) => ({ name: `browserStorage() ${name}`, run }));

/** Runs the suite in the page, and returns the printed lines and whether all cases passed. */
globalThis.runSuite = async (endpoint) => {
  const lines = [];
  const hub = {
    name: "openHubModel() resumes and verifies downloads, and keeps them in the Cache API",
    run: () => downloadFromHub({ endpoint }),
  };
  const ok = await report([hub, ...storage, ...suite(read, executors), threads, automatic], (line) => lines.push(line));
  return { ok, lines };
};
