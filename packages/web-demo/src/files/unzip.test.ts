import { zipSync } from "fflate";
import { expect, it } from "vitest";
import { expandArchives } from "./unzip.ts";

it("expandArchives() replaces a zip file by its files, and keeps other files", async () => {
  const archive = zipSync({ "run/data/": new Uint8Array(), "run/data/train.bin": Uint8Array.of(1, 2) }, { level: 0 });
  const files = await expandArchives(
    new Map([
      ["run.zip", new File([archive], "run.zip")],
      ["train.tsv", new File(["a"], "train.tsv")],
    ]),
  );
  expect([...files.keys()]).toEqual(["run/data/train.bin", "train.tsv"]);
  const file = files.get("run/data/train.bin")!;
  expect(file.name).toBe("train.bin");
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(Uint8Array.of(1, 2));
});
