import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInputReader } from "@bertie/classifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFeatureFiles } from "./feature-files.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "features-"));
});
afterAll(() => rm(scratch, { recursive: true }));

async function directory(name: string, files: readonly string[], folders: readonly string[] = []): Promise<string> {
  const path = join(scratch, name);
  await mkdir(path);
  for (const file of files) await writeFile(join(path, file), file);
  for (const folder of folders) await mkdir(join(path, folder));
  return path;
}

describe("readFeatureFiles()", () => {
  it("reads the part files of a directory in the order of their names, and records them", async () => {
    const parts = ["part-00001.snappy.parquet", "part-00000.snappy.parquet"];
    const path = await directory("written.parquet", [...parts, "_SUCCESS", ".part-00000.snappy.parquet.crc"]);
    const inputs = createInputReader();
    const files = await readFeatureFiles(path, inputs);
    const expected = parts.toSorted().map((name) => join(path, name));
    expect(files.map(({ name }) => name)).toEqual(expected);
    expect(new TextDecoder().decode(files[0]!.bytes)).toBe("part-00000.snappy.parquet");
    expect(inputs.list().map((file) => file.path)).toEqual(expected);
  });

  it("reads a single file of any name", async () => {
    const path = join(await directory("single", ["rows"]), "rows");
    expect((await readFeatureFiles(path, createInputReader())).map(({ name }) => name)).toEqual([path]);
  });

  it.each([
    ["a job that has not finished", ["part-0.parquet"], ["_temporary"], "input/missing-file", "has not finished"],
    ["another file", ["part-0.parquet", "notes.txt"], [], "input/not-text", "notes.txt"],
    ["partitions", [], ["label=1"], "input/not-text", "label=1"],
    ["no files", ["_SUCCESS"], [], "input/missing-file", "no files of features"],
  ])("rejects a directory with %s", async (name, files, folders, code, message) => {
    const path = await directory(name, files, folders);
    await expect(readFeatureFiles(path, createInputReader())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
