import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileSourceOf, type ModelInput } from "./model-input.ts";
import { memoryStorage } from "./storage/memory.ts";
import { tinyModel } from "./testing/tiny-model.ts";
import { TextClassifier } from "./text-classifier.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-input-"));
const model = join(base, "模型 100%");
const server = createServer((request, response) => {
  if (request.url === "/models/tiny/config.json") response.end("{}");
  else if (request.url === "/models/signed/config.json?key=1") response.end("signed");
  else response.writeHead(request.url?.endsWith("broken") ? 500 : 404).end();
});
let address = "";
beforeAll(async () => {
  mkdirSync(join(model, "folder"), { recursive: true });
  writeFileSync(join(model, "config.json"), "{}");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(base, { recursive: true });
});

const read = async (input: ModelInput, file = "config.json") => {
  const bytes = await fileSourceOf(input).read(file);
  return bytes && new TextDecoder().decode(bytes);
};

/** Returns a file as a directory input provides it. */
function chosen(path: string, contents: string): File {
  const file = new File([contents], path.split("/").at(-1)!);
  return Object.defineProperty(file, "webkitRelativePath", { value: path });
}

describe("fileSourceOf()", () => {
  it("reads a directory by path and by file URL", async () => {
    for (const input of [model, `${model}/`, pathToFileURL(model), pathToFileURL(`${model}/`)]) {
      expect(await read(input)).toBe("{}");
      expect(await read(input, "vocab.txt")).toBeUndefined();
      expect(await read(input, "folder")).toBeUndefined();
    }
    expect(fileSourceOf(model).name).toBe(model);
    expect(fileSourceOf(pathToFileURL(model)).name).toBe(String(pathToFileURL(model)));
  });

  it("throws an error that names a missing directory", async () => {
    for (const input of [join(base, "none"), pathToFileURL(join(base, "none")), join(model, "config.json")])
      await expect(read(input)).rejects.toMatchObject({
        code: "input/missing-file",
        message: expect.stringMatching(/: no such directory\. .*a model directory contains config\.json/),
      });
  });

  it("reads files from a server, with or without a trailing slash", async () => {
    for (const slash of ["", "/"])
      for (const input of [`${address}/models/tiny${slash}`, new URL(`${address}/models/tiny${slash}`)]) {
        expect(await read(input)).toBe("{}");
        expect(await read(input, "vocab.txt")).toBeUndefined();
      }
    expect(fileSourceOf(`${address}/models/tiny`).name).toBe(`${address}/models/tiny`);
  });

  it("throws an error that names the file if the server fails or does not respond", async () => {
    await expect(read(`${address}/models/tiny`, "broken")).rejects.toMatchObject({
      code: "input/unreachable",
      message: `${address}/models/tiny/broken: the server responded with status 500. Check the URL, and try again.`,
    });
    await expect(read("http://127.0.0.1:1/tiny")).rejects.toMatchObject({
      code: "input/unreachable",
      message: "http://127.0.0.1:1/tiny/config.json: cannot be downloaded. Check the network connection.",
    });
  });

  it("sends the query of a URL with every request", async () => {
    for (const slash of ["", "/"]) expect(await read(`${address}/models/signed${slash}?key=1`)).toBe("signed");
    expect(await read(`${address}/models/signed?key=2`)).toBeUndefined();
    expect(fileSourceOf(`${address}/models/signed?key=1`).name).toBe(`${address}/models/signed`);
  });

  it("reads files in memory as bytes and as blobs", async () => {
    const files = new Map<string, Uint8Array | Blob>([
      ["config.json", new TextEncoder().encode("{}")],
      ["vocab.txt", new Blob(["[PAD]"])],
    ]);
    expect([await read(files), await read(files, "vocab.txt"), await read(files, "x")]).toEqual([
      "{}",
      "[PAD]",
      undefined,
    ]);
  });

  it("reads the files of a directory input, but not of its subfolders", async () => {
    const files = [
      chosen("tiny/checkpoints/step-1/config.json", "old"),
      chosen("tiny/config.json", "{}"),
      chosen("tiny/checkpoints/step-2/config.json", "newer"),
      chosen("tiny/checkpoints/step-2/vocab.txt", "x"),
    ];
    expect([await read(files), await read(files, "vocab.txt")]).toEqual(["{}", undefined]);
    expect(fileSourceOf(files).name).toBe("tiny");
  });

  it("reads the files of a file input", async () => {
    const files = [new File(["{}"], "config.json"), new File(["[PAD]"], "vocab.txt")];
    expect([await read(files), await read(files, "vocab.txt")]).toEqual(["{}", "[PAD]"]);
    expect([fileSourceOf(files).name, fileSourceOf([]).name]).toEqual(["config.json", "model"]);
  });

  it("rejects values of other types", async () => {
    for (const wrong of [undefined, null, 5, {}])
      await expect(TextClassifier.load(wrong as never), String(wrong)).rejects.toMatchObject({
        code: "input/not-a-model",
      });
  });

  it("returns a storage or another file source unchanged", () => {
    const storage = memoryStorage();
    expect(fileSourceOf(storage)).toBe(storage);
  });

  it("requests no missing file of a directory on the web, which would be an error in the browser's console", async () => {
    const files = tinyModel({ labels: ["bad", "good"], record: { max_seq_length: 12 } });
    const missing: string[] = [];
    const read = async (file: string) => {
      const bytes = files.get(file);
      if (bytes === undefined) missing.push(file);
      return bytes;
    };
    await using _ = await TextClassifier.load({ name: "https://example.com/model", read }, { engine: "reference" });
    expect(missing).toEqual([]);
  });
});
