import { memoryStorage, type Storage } from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { fallbackStorage } from "./fallback-storage.ts";

/** Returns a storage in memory that is full once `isFull()` returns true. */
function limitedStorage(isFull: () => boolean): Storage {
  const storage = memoryStorage();
  const check = () => {
    if (isFull()) throw new BertieError("browser/storage-full", "full");
  };
  return {
    ...storage,
    async open(options) {
      const workspace = await storage.open(options);
      return {
        ...workspace,
        async write(path, chunks) {
          check();
          await workspace.write(path, chunks);
        },
        async stage(folder, fill) {
          check();
          await workspace.stage(folder, fill);
        },
      };
    },
  };
}

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const stage = (workspace: Awaited<ReturnType<Storage["open"]>>, step: number) =>
  workspace.stage(`checkpoints/step-${step}`, (folder) => folder.write("state.json", String(step)));

describe("fallbackStorage()", () => {
  it("saves runs if there is space", async () => {
    const real = memoryStorage();
    const storage = fallbackStorage(real);
    const workspace = await storage.open();
    await stage(workspace, 1);
    await workspace.append("metrics.jsonl", "a");
    await workspace.append("metrics.jsonl", "b");
    expect(text(await workspace.read("metrics.jsonl"))).toBe("ab");
    await workspace.write("run.json", "{}");
    await workspace.commit({ overwrite: true });
    expect([storage.unsaved(), await real.state(), text(await real.read("metrics.jsonl"))]).toEqual([
      ...[undefined, "finished", "ab"],
    ]);
  });

  it("continues a run without space, keeps the last complete checkpoint, and the finished run in memory", async () => {
    let isFull = false;
    const real = limitedStorage(() => isFull);
    const storage = fallbackStorage(real);
    const workspace = await storage.open();
    await stage(workspace, 1);
    isFull = true;
    await stage(workspace, 2);
    await workspace.remove("checkpoints/step-1");
    expect([storage.unsaved(), await workspace.list("checkpoints")]).toEqual(["full", ["step-1"]]);
    await workspace.write("run.json", "{}");
    await workspace.commit({ overwrite: true });
    expect(await Promise.all([storage.state(), storage.read("run.json").then(text)])).toEqual(["finished", "{}"]);
    expect(await real.state()).toBe("unfinished");

    isFull = false;
    await (await storage.open({ overwrite: true })).close();
    expect([storage.unsaved(), await storage.state()]).toEqual([undefined, "empty"]);
  });

  it("runs in memory if the browser has no storage, and does not hide other errors", async () => {
    const failing = (code: "browser/no-storage" | "browser/other-tab"): Storage => ({
      ...memoryStorage(),
      open: () => Promise.reject(new BertieError(code, "failed")),
    });
    const storage = fallbackStorage(failing("browser/no-storage"));
    const workspace = await storage.open();
    await workspace.write("run.json", "{}");
    await workspace.commit({ overwrite: true });
    expect([storage.unsaved(), text(await storage.read("run.json"))]).toEqual(["none", "{}"]);
    await expect(fallbackStorage(failing("browser/other-tab")).open()).rejects.toThrow("failed");
  });
});
