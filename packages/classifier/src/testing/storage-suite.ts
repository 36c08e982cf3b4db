import { CHECKPOINTS, DATA, type Storage, type Workspace } from "../storage/storage.ts";

/**
 * Test of the contract of a storage, for vitest and for browsers. Throws an error if the storage violates the contract.
 */
export interface StorageTest {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * Returns the contract tests for an implementation of `Storage`.
 *
 * @param create creates an empty storage
 */
export function storageSuite(create: () => Storage): StorageTest[] {
  return Object.entries(tests).map(([name, test]) => ({ name, run: () => test(create()) }));
}

const FIRST = `${CHECKPOINTS}/step-1`;
const SECOND = `${CHECKPOINTS}/step-2`;

const tests: Readonly<Record<string, (storage: Storage) => Promise<void>>> = {
  "hides all files until commit()": async (storage) => {
    equal(await storage.state(), "empty");
    const workspace = await storage.open();
    equal(workspace.name, storage.name);
    await workspace.checkTarget({ overwrite: false });
    await workspace.write("weights", [Uint8Array.of(1, 2), Uint8Array.of(3)]);
    await workspace.write("run.json", "{}");
    await stage(workspace, FIRST);
    equal(await storage.read("weights"), undefined);
    equal(await storage.read(`${FIRST}/a`), undefined);
    equal(await storage.state(), "unfinished");
    await workspace.commit({ overwrite: false });
    equal(await storage.state(), "finished");
    equal([...(await storage.read("weights"))!], [1, 2, 3]);
    equal(await text(storage, "run.json"), "{}");
    equal(await text(storage, `${FIRST}/a`), "contents");
    equal(await storage.read("none"), undefined);
    equal(workspace.files(), ["run.json", "weights"]);
  },

  "writes strings, bytes, and iterables of bytes": async (storage) => {
    const workspace = await storage.open();
    const bytes = Uint8Array.of(228, 184, 173);
    await workspace.write("bytes", bytes);
    await workspace.write("string", "中");
    await workspace.write("iterable", [bytes.subarray(0, 1), bytes.subarray(1)]);
    await workspace.write("stream", reusedChunks(bytes));
    await workspace.write("empty", []);
    bytes.fill(0);
    for (const name of ["bytes", "string", "iterable", "stream"]) equal(await text(workspace, name), "中");
    equal(await text(workspace, "empty"), "");
    equal(workspace.files(), ["bytes", "empty", "iterable", "stream", "string"]);
    await workspace.close();
  },

  "append() adds text or bytes to the end of a file": async (storage) => {
    const workspace = await storage.open();
    equal(await workspace.read("log"), undefined);
    await workspace.append("log", "one\n");
    equal(await text(workspace, "log"), "one\n");
    await workspace.append("log", "中\n");
    equal(await text(workspace, "log"), "one\n中\n");
    const bytes = Uint8Array.of(0, 255);
    await workspace.append("bytes", bytes);
    bytes.fill(7);
    await workspace.append("bytes", bytes);
    equal(Array.from((await workspace.read("bytes"))!), [0, 255, 7, 7]);
    await workspace.commit({ overwrite: false });
    equal(await text(storage, "log"), "one\n中\n");
    equal(Array.from((await storage.read("bytes"))!), [0, 255, 7, 7]);
  },

  "close() removes the files of a run without checkpoints": async (storage) => {
    const workspace = await storage.open();
    await workspace.write("run.json", "{}");
    await workspace.append("log", "x");
    await stage(workspace, `${DATA}`);
    await workspace.close();
    await workspace.close();
    equal(await storage.state(), "empty");
    equal(await storage.read("run.json"), undefined);
    const next = await storage.open();
    equal([await next.read("run.json"), await next.read("log"), await next.list(DATA)], [undefined, undefined, []]);
    await next.close();
  },

  "close() keeps checkpoints, and open() requires resume or overwrite": async (storage) => {
    await interrupt(storage);
    equal(await storage.state(), "unfinished");
    await rejects(storage.open(), "output/unfinished");
    const next = await storage.open({ resume: true });
    equal([await next.read("log"), await next.read("run.json"), next.files()], [undefined, undefined, []]);
    equal(sorted(await next.list(CHECKPOINTS)), ["step-1"]);
    equal(await text(next, `${FIRST}/a`), "contents");
    equal(await text(next, `${DATA}/a`), "contents");
    await next.close();
    equal(await storage.state(), "unfinished");
    const other = await storage.open({ overwrite: true });
    equal([await other.list(CHECKPOINTS), await other.list(DATA)], [[], []]);
    await other.close();
    equal(await storage.state(), "empty");
  },

  "unfinished reads the files of an unfinished run only": async (storage) => {
    const { unfinished } = storage;
    equal([await unfinished.list(CHECKPOINTS), await unfinished.read(`${FIRST}/a`)], [[], undefined]);
    const workspace = await storage.open();
    await stage(workspace, FIRST);
    for (const _ of ["while it is written", "after it was interrupted"]) {
      equal(await unfinished.list(CHECKPOINTS), ["step-1"]);
      equal(await text(unfinished, `${FIRST}/a`), "contents");
      equal(await storage.read(`${FIRST}/a`), undefined);
      await workspace.close();
    }
    const next = await storage.open({ resume: true });
    await next.commit({ overwrite: false });
    equal([await unfinished.list(CHECKPOINTS), await unfinished.read(`${FIRST}/a`)], [[], undefined]);
    equal(await text(storage, `${FIRST}/a`), "contents");
  },

  "open() with resume succeeds for an empty storage": async (storage) => {
    const workspace = await storage.open({ resume: true });
    equal(await workspace.list(CHECKPOINTS), []);
    await workspace.close();
    equal(await storage.state(), "empty");
  },

  "stage() makes all files of a folder visible at once": async (storage) => {
    const workspace = await storage.open();
    const visible = async () => (await workspace.list(CHECKPOINTS)).filter((name) => !name.startsWith("."));
    await workspace.stage(FIRST, async (folder) => {
      await folder.write("b", "two");
      equal(await visible(), []);
      await folder.write("a", "one");
      const files = await folder.files();
      equal(
        files.map(({ name, bytes }) => [name, bytes]),
        [
          ["a", 3],
          ["b", 3],
        ],
      );
      equal(files[0]!.sha256, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    });
    equal(await visible(), ["step-1"]);
    equal(
      sorted(await workspace.list(FIRST)).filter((name) => !name.startsWith(".")),
      ["a", "b"],
    );
    const failing = workspace.stage(SECOND, async (folder) => {
      await folder.write("a", "x");
      throw new Error("write failed");
    });
    equal(await failing.catch((error: Error) => error.message), "write failed");
    equal(await visible(), ["step-1"]);
    equal(await workspace.read(`${SECOND}/a`), undefined);
    equal(await text(workspace, `${FIRST}/a`), "one");
    await workspace.close();
  },

  "stage() removes a folder if writing fails": async (storage) => {
    const workspace = await storage.open();
    const failing = workspace.stage(FIRST, () => Promise.reject(new Error("write failed")));
    equal(await failing.catch((error: Error) => error.message), "write failed");
    await workspace.close();
    equal(await storage.state(), "empty");
  },

  "stage() replaces a folder, and remove() removes one": async (storage) => {
    const workspace = await storage.open();
    await stage(workspace, FIRST);
    await workspace.stage(FIRST, (folder) => folder.write("b", "other"));
    equal([await workspace.read(`${FIRST}/a`), await text(workspace, `${FIRST}/b`)], [undefined, "other"]);
    await stage(workspace, SECOND);
    await workspace.remove(FIRST);
    equal([await workspace.read(`${FIRST}/b`), await workspace.list(FIRST)], [undefined, []]);
    equal(await workspace.list(CHECKPOINTS), ["step-2"]);
    await workspace.close();
  },

  "open() allows one writer at a time": async (storage) => {
    const workspace = await storage.open();
    for (const options of [{}, { resume: true }, { overwrite: true }])
      await rejects(storage.open(options), "output/locked", "browser/other-tab");
    await workspace.write("run.json", "{}");
    await workspace.commit({ overwrite: false });
    const next = await storage.open();
    await next.close();
    equal(await text(storage, "run.json"), "{}");
  },

  "open() releases the lock if it fails": async (storage) => {
    await interrupt(storage);
    await rejects(storage.open(), "output/unfinished");
    await (await storage.open({ resume: true })).close();
  },

  "close() does nothing after commit(), even while another run writes": async (storage) => {
    const workspace = await storage.open();
    await workspace.write("run.json", "{}");
    await workspace.commit({ overwrite: false });
    const next = await storage.open();
    await next.write("run.json", "next");
    await workspace.close();
    await rejects(storage.open(), "output/locked", "browser/other-tab");
    equal(await text(next, "run.json"), "next");
    await next.commit({ overwrite: true });
    equal(await text(storage, "run.json"), "next");
  },

  "commit() replaces a finished run only with overwrite": async (storage) => {
    const first = await storage.open();
    await first.write("run.json", "first");
    await first.write("old", "x");
    await first.commit({ overwrite: false });
    const preserving = await storage.open();
    await rejects(preserving.checkTarget({ overwrite: false }), "output/not-empty");
    await preserving.close();
    const interrupted = await storage.open({ overwrite: true });
    await interrupted.checkTarget({ overwrite: true });
    await interrupted.write("run.json", "second");
    await stage(interrupted, FIRST);
    equal([await text(storage, "run.json"), await storage.state()], ["first", "unfinished"]);
    await interrupted.close();
    equal([await text(storage, "run.json"), await text(storage, "old")], ["first", "x"]);
    const last = await storage.open({ overwrite: true });
    await last.write("run.json", "third");
    equal(await text(storage, "run.json"), "first");
    await last.commit({ overwrite: true });
    equal([await text(storage, "run.json"), await storage.read("old")], ["third", undefined]);
    equal(await storage.state(), "finished");
  },

  "close() keeps the finished run": async (storage) => {
    const first = await storage.open();
    await first.write("run.json", "first");
    await first.commit({ overwrite: false });
    const next = await storage.open({ overwrite: true });
    await next.write("run.json", "second");
    await next.close();
    equal([await storage.state(), await text(storage, "run.json")], ["finished", "first"]);
  },
};

function stage(workspace: Workspace, folder: string): Promise<void> {
  return workspace.stage(folder, (files) => files.write("a", "contents"));
}

/** Creates an interrupted run with one checkpoint and data. */
async function interrupt(storage: Storage): Promise<void> {
  const workspace = await storage.open();
  await workspace.write("run.json", "{}");
  await workspace.append("log", "x");
  await stage(workspace, FIRST);
  await stage(workspace, DATA);
  await workspace.close();
}

/** Yields the bytes one at a time in the same buffer, as streams with buffer reuse do. */
async function* reusedChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(1);
  for (const byte of bytes.slice()) {
    buffer[0] = byte;
    yield buffer;
  }
}

async function text(source: Pick<Storage, "read">, path: string): Promise<string | undefined> {
  const bytes = await source.read(path);
  return bytes && new TextDecoder().decode(bytes);
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}

function equal(actual: unknown, expected: unknown): void {
  const [found, required] = [actual, expected].map((value) => JSON.stringify(value) ?? "undefined");
  if (found !== required) throw new Error(`expected ${required}, found ${found}`);
}

async function rejects(promise: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const result = await promise.then(
    () => "no error",
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
  if (!codes.includes(result)) throw new Error(`expected ${codes.join(" or ")}, found ${result}`);
}
