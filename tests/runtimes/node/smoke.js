// Imports the built packages by name and runs the suite in Node.
//   node tests/runtimes/node/smoke.js [ROOT]     ROOT: path of the repository, for the fixtures
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOnnxExecutor, createReferenceExecutor, createTensorflowExecutor } from "@bertie/engine";
import { goldenCommand } from "../golden-command.js";
import { ifInstalled, ifWebgpu, report, suite } from "../suite.js";
import { tokenizeCommand } from "../tokenize-command.js";

const root = process.argv[2] ?? fileURLToPath(new URL("../../..", import.meta.url));
const executors = {
  onnx: () => createOnnxExecutor({ device: "cpu", threads: 2 }),
  reference: () => createReferenceExecutor(),
  ...(await ifInstalled("onnx-web", () => createOnnxExecutor({ runtime: "web", threads: 2 }))),
  ...ifWebgpu(process.env, () => createOnnxExecutor({ device: "webgpu" })),
  ...(await ifInstalled("tensorflow", () => createTensorflowExecutor({ threads: 2 }))),
};

const libraries = [
  "common",
  "tokenizer-wasm",
  "data",
  "engine",
  "model",
  "optim",
  "report",
  "classifier",
  "server",
  "cli",
];
const packages = [...libraries.map((name) => `@bertie/${name}`), "bertie"];
const imports = packages.map((name) => ({ name: `${name} can be imported`, run: () => import(name) }));

const bertie = join(dirname(fileURLToPath(import.meta.resolve("@bertie/cli"))), "../bin/bertie.js");
const commands = [
  {
    name: "bertie train follows the reference implementation's trace",
    run: () => goldenCommand(root, [process.execPath, bertie]),
  },
  {
    name: "bertie tokenize writes the same output with one thread and with two",
    run: () => tokenizeCommand(root, [process.execPath, bertie]),
  },
];

const cases = [...imports, ...suite((path) => readFile(join(root, path)), executors), ...commands];
process.exitCode = (await report(cases, console.log)) ? 0 : 1;
