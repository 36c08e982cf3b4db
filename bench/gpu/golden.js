#!/usr/bin/env node
// Follows the reference implementation's traces on a device, in Node or Deno, and prints the largest differences as JSON:
//   node bench/gpu/golden.js onnx webgpu          onnx or tensorflow, on webgpu, cuda or cpu
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createOnnxExecutor, createTensorflowExecutor } from "@bertie/engine";
import { fineTuning } from "../../tests/runtimes/fine-tuning.js";
import { goldenTraces, goldenTraining } from "../../tests/runtimes/golden-training.js";

const [engine, device] = process.argv.slice(2);
const create = { onnx: createOnnxExecutor, tensorflow: createTensorflowExecutor }[engine];
const createExecutor = () => create({ device });
const read = (path) => readFile(new URL(`../../${path}`, import.meta.url));

const found = [];
for (const golden of goldenTraces) found.push(await goldenTraining(read, createExecutor, golden));
await fineTuning(createExecutor);
const largest = (what) => Math.max(...found.map((differences) => differences[what]));
console.log(JSON.stringify({ losses: largest("losses"), logits: largest("logits"), weights: largest("weights") }));
