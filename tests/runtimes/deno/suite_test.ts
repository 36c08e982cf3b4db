import { createOnnxExecutor, createReferenceExecutor, createTensorflowExecutor } from "@bertie/engine";
import { goldenCommand } from "../golden-command.js";
import { ifInstalled, ifWebgpu, suite } from "../suite.js";
import { tokenizeCommand } from "../tokenize-command.js";

const root = new URL("../../../", import.meta.url);
const executors = {
  onnx: () => createOnnxExecutor({ device: "cpu", threads: 2 }),
  reference: () => createReferenceExecutor(),
  ...(await ifInstalled("onnx-web", () => createOnnxExecutor({ runtime: "web", threads: 2 }))),
  ...ifWebgpu(Deno.env.toObject(), () => createOnnxExecutor({ device: "webgpu" })),
  ...(await ifInstalled("tensorflow", () => createTensorflowExecutor({ threads: 2 }))),
};

for (const { name, run } of suite((path: string) => Deno.readFile(new URL(path, root)), executors))
  Deno.test({ name, fn: run });

const bertie: [string, ...string[]] = [Deno.execPath(), "run", "--allow-all", "packages/cli/src/main.ts"];
Deno.test("bertie train, from source, follows the reference implementation's trace", () =>
  goldenCommand(root.pathname, bertie));
Deno.test("bertie tokenize, from source, gives the same in threads", () => tokenizeCommand(root.pathname, bertie));
