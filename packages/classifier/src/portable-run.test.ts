import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { exportRun, importRun } from "./portable-run.ts";
import { directoryStorage } from "./storage/directory.ts";
import { memoryStorage } from "./storage/memory.ts";
import { byteChunks, type FileWriter, type Storage } from "./storage/storage.ts";
import { fastOptions, outcomeOf, runToEnd, runUntil } from "./testing/training.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-portable-"));
afterAll(() => rmSync(base, { recursive: true }));
let directories = 0;
const newDirectory = () => directoryStorage(join(base, `${directories++}`));

const expected = await outcomeOf((await runToEnd(fastOptions)).storage);

/** Creates a file writer that collects the files of an exported run. */
function collector() {
  const files = new Map<string, Blob>();
  const writer: FileWriter = {
    async write(path, chunks) {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for await (const chunk of byteChunks(chunks)) parts.push(Uint8Array.from(chunk));
      files.set(path, new Blob(parts));
    },
  };
  return { files, writer };
}

async function exported(storage: Storage): Promise<Map<string, Blob>> {
  const { files, writer } = collector();
  await exportRun(storage, writer);
  return files;
}

describe("exportRun() and importRun()", () => {
  it.each<[string, () => Storage, () => Storage]>([
    ["memory to a directory", memoryStorage, newDirectory],
    ["a directory to memory", newDirectory, memoryStorage],
  ])("move a run from %s, and the resumed run writes the same bytes", async (_, from, to) => {
    const [source, target] = [from(), to()];
    await runUntil(5, { ...fastOptions, storage: source, keepData: true });
    const files = await exported(source);
    const folders = [...new Set([...files.keys()].map((path) => path.split("/").slice(0, -1).join("/")))];
    expect(folders.sort()).toEqual(["checkpoints/step-5", "data"]);
    await importRun(target, files);
    expect(await target.state()).toBe("unfinished");
    expect(await exported(target)).toEqual(files);
    for (const storage of [source, target]) {
      await runToEnd({ engine: "reference", storage, resume: true });
      expect(await outcomeOf(storage)).toEqual(expected);
    }
  });

  it("use the newest of several checkpoints, and ignore other files", async () => {
    const source = memoryStorage();
    await runUntil(7, { ...fastOptions, storage: source, keepData: true });
    const workspace = await source.open({ resume: true });
    const files = new Map<string, Blob>([
      ["lock", new Blob()],
      ["checkpoints/.step-9/state.json", new Blob()],
    ]);
    for (const folder of ["checkpoints/step-6", "checkpoints/step-7", "data"])
      for (const name of await workspace.list(folder))
        files.set(`${folder}/${name}`, new Blob([Uint8Array.from((await workspace.read(`${folder}/${name}`))!)]));
    await workspace.close();
    const target = memoryStorage();
    await importRun(target, files);
    const opened = await target.open({ resume: true });
    expect(await opened.list("checkpoints")).toEqual(["step-7"]);
    await opened.close();
  });

  it("replace an unfinished run in the storage, but not a finished run", async () => {
    const source = memoryStorage();
    await runUntil(5, { ...fastOptions, storage: source, keepData: true });
    const target = memoryStorage();
    await runUntil(3, { ...fastOptions, seed: 43, storage: target });
    await importRun(target, await exported(source));
    await runToEnd({ engine: "reference", storage: target, resume: true });
    expect(await outcomeOf(target)).toEqual(expected);
    await importRun(target, await exported(source));
    expect(await outcomeOf(target)).toEqual(expected);
  });

  it("reject files without a valid checkpoint, and do not change the storage", async () => {
    const source = memoryStorage();
    await runUntil(5, { ...fastOptions, storage: source, keepData: true });
    const files = await exported(source);
    const target = memoryStorage();
    await expect(importRun(target, new Map([["run.json", new Blob()]]))).rejects.toMatchObject({
      code: "checkpoint/none",
    });
    for (const name of ["model.safetensors", "state.json", "manifest.json", "first_moments.safetensors"]) {
      const path = `checkpoints/step-5/${name}`;
      const bytes = new Uint8Array(await files.get(path)!.arrayBuffer());
      const damaged = new Map([...files, [path, new Blob([bytes.with(bytes.length >> 1, 1)])]]);
      await expect(importRun(target, damaged), name).rejects.toMatchObject({ code: "checkpoint/damaged" });
    }
    expect(await target.state()).toBe("empty");
  });

  it("reject a storage without a checkpoint", async () => {
    const storage = memoryStorage();
    await expect(exportRun(storage, collector().writer)).rejects.toMatchObject({ code: "checkpoint/none" });
    expect(await storage.state()).toBe("empty");
    await expect(exportRun(newDirectory(), collector().writer)).rejects.toMatchObject({ code: "checkpoint/none" });
  });

  it.each<[string, () => Storage]>([
    ["memory", memoryStorage],
    ["a directory", newDirectory],
  ])("move a run in progress that waits for its next event, in %s", async (_, create) => {
    const storage = create();
    const target = memoryStorage();
    await runToEnd({ ...fastOptions, storage, keepData: true }, async (event) => {
      if (event.type === "checkpoint" && event.step === 4) await importRun(target, await exported(storage));
    });
    await runToEnd({ engine: "reference", storage: target, resume: true });
    for (const run of [storage, target]) expect(await outcomeOf(run)).toEqual(expected);
  });
});
