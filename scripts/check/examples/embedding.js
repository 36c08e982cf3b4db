// Cases of the examples that embed Bertie in other programs: a framework, an edge runtime, and pages.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inChromium } from "../../chromium.js";
import { freePort, withServer } from "./server.js";

/**
 * Returns cases for `report()`.
 *
 * @param project the functions and data of examples.js: `folder`, `executablePath`, `run`, `bertie`, `parseLines`,
 * `assertClose`, `classifyInPage`, `fillIn`, `vocabulary` and `sentences`
 */
export function embeddingCases(project) {
  return [...nextjs(project), ...cloudflare(project), ...strictPolicy(project), ...offlinePage(project)];
}

/** Installs the dependencies of an example from its lockfile. The packed packages are found in the folder above. */
const install = ({ run }, cwd) => run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd });

function nextjs(project) {
  const { folder, run, assertClose, fillIn, sentences } = project;
  const cwd = join(folder, "examples/nextjs-route");
  const next = [process.execPath, join(cwd, "node_modules/next/dist/bin/next")];
  return [
    {
      name: "nextjs-route is built by Next.js, and its routes and its page show the probabilities of bertie predict and ids",
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
          const body = "Hello world!";
          const { ids } = await (await fetch(`${address}/api/tokenize`, { method: "POST", body })).json();
          if (ids.join() !== "2,4,5,6,3") throw new Error(`${body}: ids ${ids} from the edge route`);
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

/** Largest difference between probabilities of the int8 model and of the original. */
const INT8_TOLERANCE = 0.06;

/** Opens a page that is in the browser's cache or not, classifies texts, and returns the labels with their scores. */
async function classifyWhenReady(page, texts) {
  const status = page.locator("[name=status]", { hasText: /also offline|error/i });
  if ((await status.textContent()) !== "Ready, also offline") throw new Error(await status.textContent());
  await page.fill("[name=sentences]", texts.join("\n"));
  await page.click("button");
  const answer = page.locator("[name=answer]", { hasText: "[" });
  await answer.waitFor();
  return JSON.parse(await answer.textContent());
}

function offlinePage({ folder, executablePath, bertie, parseLines }) {
  const hotels = "examples/data/hotel-reviews";
  const texts = [
    "The room was spotless and the staff could not have been kinder.",
    "Dirty towels, a broken shower, and nobody at the desk all night.",
    "An ordinary hotel: fine for one night, but the breakfast was poor.",
  ];
  return [
    {
      name: "web-page: from a CSV file to a page that classifies with the int8 model after the server has been stopped",
      async run() {
        const model = ["--model", "examples/models/all-MiniLM-L6-v2", "--head-only", "--output-dir", "hotels"];
        await bertie(["train", `${hotels}/reviews.csv`, ...model]);
        await bertie(["export", "hotels", "--format", "onnx", "--dtype", "int8", "--output-dir", "site/model"]);
        await writeFile(join(folder, "hotels.txt"), texts.join("\n"));
        const rows = parseLines(await bertie(["predict", "hotels.txt", "--model", "hotels", "--json"]));
        const options = { executablePath, folder };
        const [online, offline] = await inChromium(options, async (page, _browser, server) => {
          await page.goto("/site/");
          const first = await classifyWhenReady(page, texts);
          server.close();
          server.closeAllConnections();
          await page.reload();
          return [first, await classifyWhenReady(page, texts)];
        });
        if (JSON.stringify(offline) !== JSON.stringify(online)) throw new Error("the answers differ offline");
        if (offline.length !== rows.length) throw new Error(`${offline.length} answers, expected ${rows.length}`);
        for (const [i, { label, probabilities }] of rows.entries()) {
          if (offline[i][0].label !== label) throw new Error(`${texts[i]}: ${offline[i][0].label} instead of ${label}`);
          for (const { label, score } of offline[i])
            if (!(Math.abs(score - probabilities[label]) <= INT8_TOLERANCE))
              throw new Error(`${texts[i]}: ${label} differs by ${score - probabilities[label]}`);
        }
      },
    },
  ];
}
