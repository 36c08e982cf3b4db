#!/usr/bin/env node
// Compares training on a device with the reference implementation's traces, and prints the largest differences as JSON.
// Runs in Node and Deno.
//
//   node bench/gpu/golden.js onnx webgpu          engine: onnx or tensorflow; device: webgpu, cuda or cpu
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createOnnxExecutor, createTensorflowExecutor } from "@bertie/engine";
import { fineTuning } from "../../tests/runtimes/fine-tuning.js";
import { goldenTraces, goldenTraining } from "../../tests/runtimes/golden-training.js";

const [engine, device] = process.argv.slice(2);
const create = { onnx: createOnnxExecutor, tensorflow: createTensorflowExecutor }[engine];
const createExecutor = () => create({ device });
const read = (path) => readFile(new URL(`../../${path}`, import.meta.url));

const differences = [];
for (const golden of goldenTraces) differences.push(await goldenTraining(read, createExecutor, golden));
await fineTuning(createExecutor);
const largest = (name) => Math.max(...differences.map((ofTrace) => ofTrace[name]));
console.log(JSON.stringify({ losses: largest("losses"), logits: largest("logits"), weights: largest("weights") }));
