import { createOnnxExecutor, createReferenceExecutor } from "@bertie/engine";
import { suite } from "../suite.js";

const root = new URL("../../../", import.meta.url);
const executors = {
  onnx: () => createOnnxExecutor({ device: "cpu", threads: 2 }),
  reference: () => createReferenceExecutor(),
};

for (const { name, run } of suite((path: string) => Deno.readFile(new URL(path, root)), executors))
  Deno.test({ name, fn: run });
