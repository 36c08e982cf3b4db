// Plain Node on the built packages: node tests/runtimes/node/smoke.js [FOLDER], the folder holding the fixtures.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createOnnxExecutor, createReferenceExecutor } from "@bertie/engine";
import { report, suite } from "../suite.js";

const root = process.argv[2] ?? fileURLToPath(new URL("../../..", import.meta.url));
const executors = {
  onnx: () => createOnnxExecutor({ device: "cpu", threads: 2 }),
  reference: () => createReferenceExecutor(),
};

const packages = ["common", "tokenizer-wasm", "data", "engine", "model", "optim", "cli"];
const imports = packages.map((name) => ({
  name: `@bertie/${name} can be imported`,
  run: () => import(`@bertie/${name}`),
}));

const cases = [...imports, ...suite((path) => readFile(`${root}/${path}`), executors)];
process.exitCode = (await report(cases, console.log)) ? 0 : 1;
