// Runs code blocks. A result is `{ output, error }`; error is undefined if the block ran to its end.
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";

const LIMIT_MS = 300_000;
const MARK = "\u001e";

/** Runs a program. At its end or at the time limit, kills all processes that it started. */
function execute(command, args, { cwd, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const kill = () => {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // Everything has ended.
      }
    };
    let output = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, LIMIT_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    // A program that a block started in the background would keep the pipes open.
    child.on("exit", () => setTimeout(kill, 100));
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, output, timedOut });
    });
  });
}

const failure = ({ status, timedOut }) =>
  timedOut ? `did not end within ${LIMIT_MS / 1000} s` : status === 0 ? undefined : `exit status ${status}`;

/** Runs the blocks of a page in one bash session. Blocks after one that fails are not run, and count as failed. */
export async function runShell(blocks, context) {
  if (blocks.length === 0) return [];
  // A failing `a && b` does not end a shell with -e: the status is tested after each block.
  const parts = blocks.map(({ code }, i) => `printf '${MARK}%s${MARK}' ${i}\n${code}\n[ $? = 0 ]`);
  const script = join(context.cwd, ".session.sh");
  // A `head` that reads its input to the end: otherwise the program before it in a pipe is ended by a signal, which counts as
  // a failure.
  const head = 'head() { command head "$@"; cat >/dev/null; }';
  writeFileSync(script, `exec 2>&1\n${head}\n${parts.join("\n")}\n`);
  const run = await execute("bash", ["-euo", "pipefail", script], context);
  const outputs = run.output.split(new RegExp(`${MARK}\\d+${MARK}`)).slice(1);
  return blocks.map((block, i) => {
    const output = outputs[i] ?? "";
    if (i < outputs.length - 1) return [block, { output }];
    return [block, { output, error: i < outputs.length ? failure(run) : "not run, because a block before it failed" }];
  });
}

/** Runs a block as a module of Node. */
export async function runNode(block, context) {
  const file = join(context.cwd, `block-${block.line}.mjs`);
  writeFileSync(file, block.code);
  const run = await execute(process.execPath, [file], context);
  return { output: run.output, error: failure(run) };
}

/**
 * Type-checks and runs the TypeScript blocks of all documents with Deno, in one process: checking types takes most of the
 * time. Deno reads them from copies of the documents in which all other blocks are blank, so that lines keep their numbers.
 *
 * @param documents of `{ path, text, blocks, chosen, cwd }`: all blocks, those to run, and the folder to run them in
 * @returns triples of path, block and result
 */
export async function runTypeScript(documents, { root, cwd, env }) {
  const pages = documents.filter(({ chosen }) => chosen.length > 0);
  if (pages.length === 0) return [];
  const copies = pages.map((page, i) => {
    const lines = page.text.split("\n");
    for (const block of page.blocks)
      if (page.chosen.includes(block))
        lines[block.line] = `Deno.chdir(${JSON.stringify(page.cwd)}); ${lines[block.line]}`;
      else lines.fill("", block.line - 1, block.end);
    const copy = join(cwd, `page-${i}.md`);
    writeFileSync(copy, lines.join("\n"));
    return copy;
  });
  const flags = ["test", "--doc", "--allow-all", "--config", join(root, "deno.json")];
  const run = await execute("deno", [...flags, ...copies], { cwd, env });
  return pages.flatMap(({ path, chosen }, i) => chosen.map((block) => [path, block, ofTest(run, i, block)]));
}

/** Finds the part of Deno's output that is about one block. Tests are named by file and lines: `page-0.md#3-8.ts`. */
function ofTest(run, page, { line }) {
  const name = `page-${page}\\.md[#$]${line}-\\d+\\.ts`;
  const verdict = new RegExp(`^\\S*${name} \\.\\.\\. (ok|FAILED)`, "m").exec(run.output)?.[1];
  const printed = new RegExp(
    `${name} \\.\\.\\.\\n-+ (?:post-test )?output -+\\n([\\s\\S]*?)-+ (?:post-test )?output end -+\\n`,
  ).exec(run.output)?.[1];
  if (verdict === "ok") return { output: printed ?? "" };
  const isError = (part) => new RegExp(`${name} => .*\\n|\\[ERROR\\][\\s\\S]*${name}`).test(part);
  const errors = run.output.split("\n\n").filter(isError);
  if (verdict === "FAILED") return { output: errors.join("\n\n"), error: "threw an error" };
  // A type error in one block keeps all blocks from running.
  return { output: errors.join("\n\n"), error: errors.length > 0 ? "does not type-check" : "not run by Deno" };
}

/** Checks code that is not run. */
export const parsers = {
  json: parserOf(JSON.parse),
  jsonl: parserOf((code) =>
    code
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ),
  toml: parserOf(parseToml),
  py: compilePython,
  python: compilePython,
};

function parserOf(parse) {
  return (code) => {
    try {
      parse(code);
      return { output: "" };
    } catch (error) {
      return { output: String(error), error: "cannot be parsed" };
    }
  };
}

function compilePython(code) {
  const program = "import sys; compile(sys.stdin.read(), 'block', 'exec')";
  const { status, stderr } = spawnSync("python3", ["-c", program], { input: code, encoding: "utf8" });
  return { output: stderr ?? "", error: status === 0 ? undefined : "does not compile, or python3 is missing" };
}
