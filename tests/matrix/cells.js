// Shared by the cells of the matrix: programs, and processes whose stderr has to be empty.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { golden } from "./golden.js";

export const tools = fileURLToPath(new URL("node_modules", import.meta.url));
export const root = fileURLToPath(new URL("../..", import.meta.url));
export const PACKAGE = "@bertie/tokenizer-wasm";

/** Writes the check, the golden records and the programs of all runtimes to a folder. */
export function writePrograms(folder) {
  mkdirSync(folder);
  const data = JSON.stringify(golden());
  const write = (name, text) => writeFileSync(join(folder, name), text);
  cpSync(new URL("check.js", import.meta.url), join(folder, "check.js"));
  write("golden.json", data);
  write("golden.js", `export default JSON.parse(${JSON.stringify(data)});\n`);
  const imports = `import * as tokenizer from "${PACKAGE}";
import { check } from "./check.js";
import golden from "./golden.js";
`;
  write("program.js", `${imports}console.log(await check(tokenizer, golden));\n`);
  write("page.js", `${imports}globalThis.result = check(tokenizer, golden);\n`);
  write("worker.js", `${imports}check(tokenizer, golden).then(postMessage, (error) => postMessage(String(error)));\n`);
  write("fetch.js", `${imports}export default { fetch: async () => new Response(await check(tokenizer, golden)) };\n`);
  write(
    "page-of-worker.js",
    `const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
globalThis.result = new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
});
`,
  );
}

/**
 * Runs a program.
 *
 * @returns its stdout
 * @throws if it fails, or writes to stderr
 */
export function run(program, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    const limits = { timeout: 300_000, maxBuffer: 1 << 26 };
    execFile(program, parameters, { ...limits, ...options }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (error) reject(new Error(`${error.message.split("\n", 1)[0]}\n${output.slice(0, 4000)}`));
      else if (stderr !== "") reject(new Error(`stderr is not empty:\n${stderr.slice(0, 4000)}`));
      else resolve(stdout.trim());
    });
  });
}

/** Writes a file, and creates its folder. */
export function writeFile(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
