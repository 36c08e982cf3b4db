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

// As its tasks run it, with the permissions that these have.
const bertie: [string, ...string[]] = ["deno", "task", "--quiet", "--config", `${root.pathname}deno.json`];
Deno.test("deno task train follows the reference implementation's trace", () => goldenCommand(root.pathname, bertie));
Deno.test("deno task tokenize gives the same in threads", () => tokenizeCommand(root.pathname, bertie));

for (const command of ["train", "eval", "predict", "tokenize"]) {
  Deno.test(`deno task ${command} has the permissions that help and a wrong option need`, async () => {
    const [program, ...first] = bertie;
    for (const [option, code, what] of [
      ["--help", 0, /^Usage: bertie /],
      ["--no-such-option", 2, /^bertie: unknown option '--no-such-option'.*\n$/],
    ] as const) {
      const output = await new Deno.Command(program, { args: [...first, command, option] }).output();
      const said = new TextDecoder().decode(code === 0 ? output.stdout : output.stderr);
      if (output.code !== code || !what.test(said)) throw new Error(`${option}: exit code ${output.code}, ${said}`);
    }
  });
}

Deno.test("a permission that is not there is said in a line", async () => {
  const args = ["run", "--no-prompt", "--allow-read", "packages/cli/src/main.ts", "train", "--do-train"];
  const { code, stderr } = await new Deno.Command("deno", { args, cwd: root }).output();
  const said = new TextDecoder().decode(stderr);
  if (code !== 2 || !/^bertie: Deno: Requires .*\n$/.test(said)) throw new Error(`exit code ${code}, ${said}`);
});
