import { describe, expect, it } from "vitest";
import { locateModel } from "./locate-model.ts";

const commits = ["a", "b"].map((digit) => digit.repeat(40)) as [string, string];
const bert = "models--google-bert--bert-base-chinese";

/** Returns a directory with the given files; contents are their paths. */
function directory(...paths: string[]) {
  const list = async (folder: string) => {
    const prefix = folder === "" ? "" : `${folder}/`;
    const inner = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    return [...new Set(inner.map((path) => path.replace(/\/.*/, "/")))].sort();
  };
  const read = async (path: string) => {
    const file = paths.find((each) => each.split("=")[0] === path);
    return file === undefined ? undefined : new TextEncoder().encode(file.split("=")[1] ?? file);
  };
  return {
    name: "root",
    read,
    list: async (folder: string) => (await list(folder)).map((name) => name.split("=")[0]!),
  };
}

const located = async (...paths: string[]) => {
  const source = await locateModel(directory(...paths));
  const config = await source.read("config.json");
  return [source.name, config && new TextDecoder().decode(config)];
};

describe("locateModel()", () => {
  it.each([
    ["a model directory", "root", ["config.json", "snapshots/x/config.json"]],
    ["a folder of the hub with one snapshot", `root/snapshots/${commits[0]}`, [`snapshots/${commits[0]}/config.json`]],
    [
      "the snapshot of refs/main",
      `root/snapshots/${commits[1]}`,
      [...commits.map((commit) => `snapshots/${commit}/config.json`), `refs/main=${commits[1]}\n`],
    ],
    [
      "a cache with one model",
      `root/${bert}/snapshots/${commits[0]}`,
      [`${bert}/snapshots/${commits[0]}/config.json`, "datasets--a--b/refs/main", "version.txt"],
    ],
    [
      "the parent of a cache",
      `root/hub/${bert}/snapshots/${commits[0]}`,
      [`hub/${bert}/snapshots/${commits[0]}/config.json`, "token"],
    ],
    ["the folder snapshots", `root/${commits[0]}`, [`${commits[0]}/config.json`]],
  ])("finds %s", async (_, name, paths) => {
    const [actual, config] = await located(...paths);
    expect(actual).toBe(name);
    expect(config).toBe([name.slice("root/".length), "config.json"].filter(Boolean).join("/"));
  });

  it("returns other directories, and sources that cannot list their files", async () => {
    expect((await locateModel(directory("model.bin"))).name).toBe("root");
    const source = { name: "server", read: async () => undefined };
    expect(await locateModel(source)).toBe(source);
  });

  it("lists the folders if there are several", async () => {
    await expect(located(`${bert}/snapshots/x/config.json`, "models--a--b/refs/main")).rejects.toMatchObject({
      code: "input/several-models",
      message: `root: found 2 models, expected one. Pass one of root/models--a--b, root/${bert}.`,
    });
    const two = commits.map((commit) => `${commit}/config.json`);
    await expect(located(...two)).rejects.toMatchObject({ code: "input/several-models" });
    await expect(located(...two.map((path) => `snapshots/${path}`))).rejects.toThrow(
      `Pass one of root/snapshots/${commits[0]}, root/snapshots/${commits[1]}.`,
    );
  });

  it("names a snapshot that is not downloaded", async () => {
    const path = `snapshots/${commits[0]}/config.json`;
    await expect(located(path, `refs/main=${commits[1]}`)).rejects.toThrow(
      `root/refs/main: names the snapshot "${commits[1]}", which is not in root/snapshots`,
    );
    await expect(located("snapshots/README")).rejects.toThrow("root/snapshots: the folder contains no snapshot");
  });
});
