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
  Deno.test({ name, fn: async () => void (await run()) });

// Runs the tasks of deno.json, with their permissions.
const bertie: [string, ...string[]] = ["deno", "task", "--quiet", "--config", `${root.pathname}deno.json`];
Deno.test("deno task train follows the reference implementation's trace", () => goldenCommand(root.pathname, bertie));
Deno.test("deno task tokenize writes the same output with one thread and with two", () =>
  tokenizeCommand(root.pathname, bertie));

for (const command of ["train", "eval", "predict", "serve", "tokenize"]) {
  Deno.test(`deno task ${command} has enough permissions for --help and for a usage error`, async () => {
    const [program, ...first] = bertie;
    for (const [option, code, pattern] of [
      ["--help", 0, /^Usage: bertie /],
      ["--no-such-option", 2, /^bertie: unknown option --no-such-option\. .*\n$/],
    ] as const) {
      const output = await new Deno.Command(program, { args: [...first, command, option] }).output();
      const text = new TextDecoder().decode(code === 0 ? output.stdout : output.stderr);
      if (output.code !== code || !pattern.test(text)) throw new Error(`${option}: exit code ${output.code}, ${text}`);
    }
  });
}

Deno.test("deno task serve answers requests, and exits with code 0 on SIGTERM", async () => {
  const args = ["run", "--quiet", "--allow-all", "tests/runtimes/deno/serve.ts"];
  const { code, stderr } = await new Deno.Command("deno", { args, cwd: root }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
});

Deno.test("a missing permission is reported in one line", async () => {
  const args = ["run", "--no-prompt", "--allow-read", "packages/cli/src/main.ts", "train", "--do-train"];
  const { code, stderr } = await new Deno.Command("deno", { args, cwd: root }).output();
  const text = new TextDecoder().decode(stderr);
  if (code !== 2 || !/^bertie: Deno: Requires .*\n$/.test(text)) throw new Error(`exit code ${code}, ${text}`);
});

Deno.test("openHubModel() resumes, verifies and caches downloads", async () => {
  const permissions = [
    "--allow-net=127.0.0.1,localhost,0.0.0.0",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-sys=homedir",
  ];
  const args = ["run", "--no-prompt", "--no-check", ...permissions, "tests/runtimes/deno/hub.ts"];
  const { code, stderr } = await new Deno.Command("deno", { args, cwd: root }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
});
