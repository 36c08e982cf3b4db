import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const url = new URL("../wasm/tokenizer.wasm", import.meta.url);
const bytes = readFileSync(url);

/** Server of the module, as for a page. */
const server = createServer(({ url: path }, response) => {
  response.writeHead(path === "/tokenizer.wasm" ? 200 : 404, { "content-type": "application/wasm" });
  response.end(bytes);
});
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => server.close());

/** Evaluates an expression in another realm, as frames and the sandboxes of frameworks are. */
function inOtherRealm(expression: string): never {
  return runInNewContext(expression, { bytes: new Uint8Array(bytes) }) as never;
}

/** Imports the package with the module not yet loaded. */
async function freshPackage() {
  vi.resetModules();
  return import("./index.ts");
}

const sources: [string, () => Parameters<Awaited<ReturnType<typeof freshPackage>>["init"]>[0]][] = [
  ["nothing", () => undefined],
  ["bytes", () => bytes],
  ["a module", () => new WebAssembly.Module(bytes)],
  ["a response", () => new Response(bytes)],
  ["a promise of a response", () => Promise.resolve(new Response(bytes))],
  ["a path", () => fileURLToPath(url)],
  ["a file's URL", () => url],
  ["a file's URL as text", () => url.href],
  ["the URL of a server", () => new URL("/tokenizer.wasm", origin)],
  ["the URL of a server as text", () => `${origin}/tokenizer.wasm`],
  ["a module of another realm", () => inOtherRealm("new WebAssembly.Module(bytes)")],
  ["a buffer of another realm", () => inOtherRealm("Uint8Array.from(bytes).buffer")],
  ["a promise of another realm", () => inOtherRealm("Promise.resolve(Uint8Array.from(bytes))")],
];

describe("init()", () => {
  it.each(sources)("accepts %s", async (_, source) => {
    const { BertTokenizer, init } = await freshPackage();
    await init(source());
    const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na");
    expect(tokenizer.tokenize("A")).toEqual(["a"]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["bytes that are not WebAssembly", () => Uint8Array.of(1, 2, 3), /not a WebAssembly module/],
    ["a response with an error status", () => new Response("", { status: 404 }), /HTTP status 404/],
    ["a path without a file", () => "/x.wasm", /^\/x\.wasm: .*ENOENT.*Check the path/],
    ["a URL that the server does not know", () => `${origin}/x.wasm`, /\/x\.wasm: HTTP status 404/],
    ["a URL without a server", () => "http://127.0.0.1:1/x.wasm", /cannot be loaded.*Check the URL/],
    ["another module", () => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), /cannot be started/],
    ["an object", () => ({}), /received object/],
    ["null", () => Promise.resolve(null), /received null/],
  ])("rejects %s, and can be called again", async (_, source, message) => {
    const { init } = await freshPackage();
    await expect(init(source() as string)).rejects.toMatchObject({
      name: "BertieError",
      code: "tokenizer/wasm",
      message: expect.stringMatching(message),
    });
    await init(bytes);
  });
});

describe("loadModule()", () => {
  it("returns the module that init() compiled, which init() accepts in another thread", async () => {
    const { init, loadModule } = await freshPackage();
    await init(bytes);
    const module = await loadModule();
    expect(await loadModule()).toBe(module);
    const other = await freshPackage();
    await other.init(module);
    const tokenizer = await other.BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na");
    expect(tokenizer.tokenize("A")).toEqual(["a"]);
  });
});

describe("the committed package", () => {
  it("contains the same module inline and as a file", async () => {
    const { default: inline } = await import("../wasm/inline.js");
    expect(Buffer.from(inline() as Uint8Array).equals(bytes)).toBe(true);
    const { default: file } = await import("../wasm/file.js");
    expect(Buffer.from(file() as Uint8Array).equals(bytes)).toBe(true);
  });
});
