// Checks that the example stream returns the same ids as `bertie tokenize` writes.
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inChromium } from "../../chromium.js";

const SMALL_BYTES = 8e6;
const PART_LENGTH = 1 << 20;
/** Options of `bertie tokenize` that match the options in the example. */
export const tokenizeOptions = ["--do-lower-case", "--max-seq-length", "512", "--format", "bin"];

/** Yields the parts of a text of about the given size from the texts of the examples, in which no two lines are equal. */
export function* varied(texts, bytes) {
  let part = "";
  let size = 0;
  for (let i = 0; size < bytes; i++) {
    const line = `${texts[i % texts.length]} ${i.toString(36)}\r\n`;
    size += Buffer.byteLength(line);
    part += line;
    if (part.length < PART_LENGTH && size < bytes) continue;
    yield part;
    part = "";
  }
}

/** Serves a file in chunks while a function runs. The response does not have a length. */
export async function serveFile(path, use) {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/plain", "access-control-allow-origin": "*" });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Returns the hash that the example returns for the ids in a file of `bertie tokenize`. */
export async function hashOfIds(path, folder) {
  const { createHash } = await import(pathToFileURL(join(folder, "examples/dist/stream/hash-ids.js")).href);
  const hash = createHash();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) await hash.update(chunk);
  return hash.digest();
}

/** Fills in the form of the example, and returns the answer. */
export async function inPage(page, address, text) {
  await page.goto(address);
  await page.fill("[name=text]", text);
  await page.click("button");
  await page.locator("output", { hasNotText: /^(Tokenizing…)?$/ }).waitFor({ timeout: 600_000 });
  const answer = await page.textContent("output");
  if (!answer.startsWith("{")) throw new Error(answer);
  return JSON.parse(answer);
}

/** Returns the test cases. */
export function streamCases({ folder, executablePath, node, deno, permissions, bertie, vocabulary, texts }) {
  const text = join(folder, "stream.txt");
  let expected;
  async function equalsCommand(answer) {
    expected ??= (async () => {
      await bertie(["tokenize", text, "--vocab-file", vocabulary, ...tokenizeOptions, "--output", "stream.bin"]);
      return hashOfIds(join(folder, "stream.bin"), folder);
    })();
    const { hash } = answer;
    if (hash !== (await expected)) throw new Error(`hash ${hash}, expected ${await expected}`);
  }
  const program = (run) => async () => {
    await writeFile(text, [...varied(texts, SMALL_BYTES)].join(""));
    await serveFile(text, async (url) => equalsCommand(JSON.parse(await run(url))));
  };
  const name = (where) => `stream in ${where} returns the ids of bertie tokenize`;
  const compiled = "examples/dist/stream/main.js";
  const source = [...permissions, "--allow-net", "examples/stream/main.ts"];
  return [
    { name: name("Node"), run: program((url) => node([compiled, url, vocabulary])) },
    { name: name("Node, with two workers,"), run: program((url) => node([compiled, url, vocabulary, "2"])) },
    { name: name("Deno"), run: program((url) => deno([...source, url, vocabulary])) },
    { name: name("Deno, with two workers,"), run: program((url) => deno([...source, url, vocabulary, "2"])) },
    {
      name: name("a page in Chromium, with a Web Worker,"),
      async run() {
        await writeFile(text, [...varied(texts, SMALL_BYTES)].join(""));
        await inChromium({ executablePath, folder }, async (page) =>
          equalsCommand(await inPage(page, "/examples/stream/", "/stream.txt")),
        );
      },
    },
  ];
}

/** Reads the lines of files. */
export async function linesOf(paths) {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return texts.flatMap((text) => text.split(/\r?\n/));
}
