import { zipSync } from "fflate";
import { expect, it } from "vitest";
import { openModelFiles } from "./model-files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const fileMap = (...paths: string[]) => new Map(paths.map((path) => [path, new File([path], path.split("/").at(-1)!)]));

it("openModelFiles() names the innermost folder that contains all files", async () => {
  const source = await openModelFiles(fileMap("work/run/config.json", "work/run/checkpoints/step-3/config.json"));
  expect(source.name).toBe("run");
  expect(await source.list?.("")).toEqual(["checkpoints/", "config.json"]);
  expect(new TextDecoder().decode(await source.read("config.json"))).toBe("work/run/config.json");
  expect(await source.read("vocab.txt")).toBeUndefined();
});

it("openModelFiles() takes files without a folder, and ignores the files of file managers", async () => {
  expect((await openModelFiles(fileMap("config.json", "vocab.txt"))).name).toBe("model");
  expect((await openModelFiles(fileMap("run/config.json", "__MACOSX/run/._config.json"))).name).toBe("run");
});

it.each([0, 9] as const)("openModelFiles() reads a zip file with compression level %i", async (level) => {
  const contents = zipSync({ "mine/config.json": bytes("{}"), "mine/onnx/model.onnx": bytes("x") }, { level });
  const source = await openModelFiles(new Map([["saved.zip", new File([contents], "saved.zip")]]));
  expect(source.name).toBe("mine");
  expect(await source.list?.("")).toEqual(["config.json", "onnx/"]);
  expect(await source.read("config.json")).toEqual(bytes("{}"));
});

it("openModelFiles() names a zip file without a folder after the file", async () => {
  const contents = zipSync({ "config.json": bytes("{}") });
  expect((await openModelFiles(new Map([["own.zip", new File([contents], "own.zip")]]))).name).toBe("own");
});

it("openModelFiles() rejects a truncated zip file", async () => {
  const contents = zipSync({ "a/config.json": bytes("{}") }).slice(0, 60);
  const opened = openModelFiles(new Map([["half.zip", new File([contents], "half.zip")]]));
  await expect(opened).rejects.toMatchObject({ code: "input/compression" });
});
