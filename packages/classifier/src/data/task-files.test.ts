import { getProcessor } from "@bertie/data";
import { describe, expect, it } from "vitest";
import { filesInMemory } from "../model-input.ts";
import { readTaskSet, requireTaskSet, type TaskFileSettings } from "./task-files.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const filesOf = (files: Readonly<Record<string, string | Uint8Array>>, task = "news") => ({
  processor: getProcessor(task),
  directory: filesInMemory(
    "data",
    new Map(Object.entries(files).map(([name, text]) => [name, typeof text === "string" ? encode(text) : text])),
  ),
});
const settings: TaskFileSettings = { onBadRow: "fail" };
const read = async (
  files: Readonly<Record<string, string | Uint8Array>>,
  set: "train" | "dev" | "test" = "train",
  more: Partial<TaskFileSettings> = {},
) => {
  const examples = (await readTaskSet(filesOf(files), set, { ...settings, ...more }))?.examples;
  return examples?.map(({ label, textA }) => [label, textA]);
};
const expected = [
  ["good", "很好的房间"],
  ["bad", "房间很差"],
  ["good", "再来一次"],
];
const tsv = expected.map((row) => `${row.join("\t")}\n`).join("");
const csv = `text,label\n${expected.map(([label, text]) => `"${text}",${label}\n`).join("")}`;

describe("readTaskSet()", () => {
  it.each([
    ["train.tsv", tsv],
    ["train.csv", csv],
    ["training.csv", csv],
    ["train.jsonl", expected.map(([label, text]) => `${JSON.stringify({ text, label })}\n`).join("")],
    ["train.json", JSON.stringify(expected.map(([label, text]) => ({ label, text })))],
  ])("reads %s of the task news", async (name, contents) => {
    expect(await read({ [name]: contents })).toEqual(expected);
  });

  it.each(["dev.csv", "valid.csv", "validation.csv", "val.csv", "eval.csv"])(
    "reads %s as the dev set",
    async (name) => {
      expect(await read({ [name]: csv }, "dev")).toEqual(expected);
    },
  );

  it("prefers the file of the task, and reads no files of other tasks by other names", async () => {
    expect(await read({ "train.csv": "text,label\na b,x\nc d,y\n", "train.tsv": tsv })).toEqual(expected);
    expect(await readTaskSet(filesOf({ "train.csv": csv }, "sst-2"), "train", settings)).toBeUndefined();
  });

  it("reads a header and other columns if they are set", async () => {
    const swapped = `comment\tmark\n${expected.map(([label, text]) => `${text}\t${label}\n`).join("")}`;
    expect(await read({ "train.tsv": swapped }, "train", { table: { text: "comment", label: "mark" } })).toEqual(
      expected,
    );
    expect(await read({ "train.tsv": swapped }, "train", { table: { header: true, text: 0, label: 1 } })).toEqual(
      expected,
    );
  });

  it("does not read labels of a test set", async () => {
    const test = await read({ "test.csv": csv.replace(/good|bad/g, "?") }, "test");
    expect(test).toEqual(expected.map(([, text]) => [undefined, text]));
  });

  it("reads UTF-16 with a byte order mark and lines that end with CR, and names other encodings", async () => {
    const utf16 = Uint8Array.of(
      0xff,
      0xfe,
      ...Array.from(tsv).flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]),
    );
    expect(await read({ "train.tsv": utf16 })).toEqual(expected);
    expect(await read({ "train.tsv": tsv.replaceAll("\n", "\r") })).toEqual(expected);
    const gbk = Uint8Array.of(...encode("good\t"), 0xba, 0xdc, 0xba, 0xc3, 0xb5, 0xc4, 0xb7, 0xbf, 0xbc, 0xe4, 10);
    await expect(read({ "train.tsv": gbk })).rejects.toThrow(/not valid UTF-8\. It looks like .*gb18030.*--encoding/);
    expect(await read({ "train.tsv": gbk }, "train", { encoding: "gbk" })).toEqual([["good", "很好的房间"]]);
  });
});

describe("requireTaskSet()", () => {
  const message = (files: Readonly<Record<string, string>>, set: "train" | "dev", task = "news") =>
    requireTaskSet(filesOf(files, task), set, settings).then(
      () => "",
      (error: Error) => error.message,
    );

  it("offers a split if only the training set exists", async () => {
    expect(await message({ "train.tsv": tsv }, "dev")).toBe(
      "data/dev.tsv: no such file. Check the path. To evaluate on a part of the training rows instead, set evalFraction (--eval-fraction 0.1).",
    );
  });

  it("names a table that the task does not read", async () => {
    expect(await message({ "train.csv": csv }, "train", "sst-2")).toMatch(
      /train\.tsv: no such file, found train\.csv\./,
    );
    expect(await message({}, "train")).toBe("data/train.tsv: no such file. Check the path.");
  });
});
