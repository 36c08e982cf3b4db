// Cases of the examples that embed Bertie in other programs: a framework, an edge runtime, and a page with a strict policy.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, withServer } from "./server.js";

/**
 * Returns cases for `report()`.
 *
 * @param project the functions and data of examples.js: `folder`, `run`, `bertie`, `parseLines`, `assertClose`,
 * `classifyInPage`, `fillIn`, `vocabulary` and `sentences`
 */
export function embeddingCases(project) {
  return [...nextjs(project), ...cloudflare(project), ...strictPolicy(project)];
}

/** Installs the dependencies of an example from its lockfile. The packed packages are found in the folder above. */
const install = ({ run }, cwd) => run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd });

function nextjs(project) {
  const { folder, run, assertClose, fillIn, sentences } = project;
  const cwd = join(folder, "examples/nextjs-route");
  const next = [process.execPath, join(cwd, "node_modules/next/dist/bin/next")];
  return [
    {
      name: "nextjs-route is built by Next.js, and its route and its page show the probabilities of bertie predict",
      async run() {
        const env = { NEXT_TELEMETRY_DISABLED: "1", MODEL: join(folder, "trained") };
        await install(project, cwd);
        await run(next[0], [next[1], "build"], { cwd, env });
        const port = await freePort();
        const address = `http://127.0.0.1:${port}`;
        await withServer([...next, "start", "--port", `${port}`], { cwd, env, address }, async () => {
          const post = (body) => fetch(`${address}/api/classify`, { method: "POST", body });
          const { labels } = await (await post(JSON.stringify({ texts: sentences }))).json();
          assertClose(labels, 1e-6);
          for (const body of ["no JSON", '{"texts": []}', '{"texts": [1]}']) {
            const { status } = await post(body);
            if (status !== 400) throw new Error(`${body}: status ${status}`);
          }
          assertClose((await fillIn(address, {})).labels, 1e-6);
        });
      },
    },
  ];
}

function cloudflare(project) {
  const { folder, bertie, parseLines, vocabulary, sentences } = project;
  const cwd = join(folder, "examples/cloudflare-worker");
  return [
    {
      name: "cloudflare-worker returns in workerd the ids of bertie tokenize",
      async run() {
        await install(project, cwd);
        const port = await freePort();
        const address = `http://127.0.0.1:${port}`;
        const command = [process.execPath, join(cwd, "node_modules/wrangler/bin/wrangler.js"), "dev"];
        const env = { WRANGLER_SEND_METRICS: "false", CI: "1" };
        const rows = await withServer(
          [...command, "--ip", "127.0.0.1", "--port", `${port}`],
          { cwd, env, address },
          async () => {
            const { status } = await fetch(address);
            if (status !== 405) throw new Error(`GET: status ${status}`);
            return parseLines(await (await fetch(address, { method: "POST", body: sentences.join("\n") })).text());
          },
        );
        const options = ["--vocab-file", vocabulary, "--do-lower-case", "--max-seq-length", "512", "--format", "jsonl"];
        const expected = parseLines(await bertie(["tokenize", ...options, "sentences.txt"]));
        const ids = (all) => JSON.stringify(all.map((row) => row.ids));
        if (ids(rows) !== ids(expected)) throw new Error(`${ids(rows)} instead of ${ids(expected)}`);
      },
    },
  ];
}

function strictPolicy({ folder, assertClose, classifyInPage }) {
  const directive = " 'wasm-unsafe-eval'";
  const page = "examples/electron-like/index.html";
  return [
    {
      name: "electron-like classifies under a policy without inline scripts, eval() and other origins",
      run: async () => assertClose(await classifyInPage(`/${page}`), 1e-4),
    },
    {
      name: "without 'wasm-unsafe-eval', the message names the directive",
      async run() {
        const html = await readFile(join(folder, page), "utf8");
        if (!html.includes(directive)) throw new Error(`${page} does not contain ${directive}`);
        const blocked = "examples/electron-like/blocked.html";
        await writeFile(join(folder, blocked), html.replace(directive, ""));
        const message = await classifyInPage(`/${blocked}`).then(
          () => "",
          ({ message }) => message,
        );
        if (!message.includes("Add 'wasm-unsafe-eval' to its script-src directive")) throw new Error(message);
      },
    },
  ];
}
