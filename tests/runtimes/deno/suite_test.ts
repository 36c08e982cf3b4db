import { createOnnxExecutor, createReferenceExecutor } from "@bertie/engine";
import { goldenCommand } from "../golden-command.js";
import { suite } from "../suite.js";

const root = new URL("../../../", import.meta.url);
const executors = {
  onnx: () => createOnnxExecutor({ device: "cpu", threads: 2 }),
  reference: () => createReferenceExecutor(),
};

for (const { name, run } of suite((path: string) => Deno.readFile(new URL(path, root)), executors))
  Deno.test({ name, fn: run });

Deno.test("bertie train, from source, follows the reference implementation's trace", () =>
  goldenCommand(root.pathname, [Deno.execPath(), "run", "--allow-all", "packages/cli/src/main.ts"]));
