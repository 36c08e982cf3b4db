import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { bertieOk, scratchDirectory, TINY_MODEL } from "./bertie.ts";
import { change, createOwnData, csv, dev, jsonl, type Row, relabel, train, tsv } from "./own-data.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { newPath, directory, task, table, accepted, refused } = createOwnData(scratchDirectory());

describe("a header in a file of the task news", () => {
  it.each([
    ["label\ttext"],
    ["LABEL\tTEXT"],
    ["标签\t文本"],
    ["类别\t内容"],
    ["情感\t评论"],
    ["sentiment\treview"],
    ["Category\tComment"],
    ["class\tsentence"],
    ["target\tcontent"],
    ["y\tx"],
  ])("%j is not read as a class", async (header) => {
    const files = { "train.tsv": `${header}\n${tsv(train)}`, "dev.tsv": `${header}\n${tsv(dev)}` };
    const [label, text] = header.split("\t");
    const line = await refused(task(files));
    expect(line).toContain(`the first row (label "${label}", text "${text}") looks like a header`);
    expect(line).toMatch(/set --header; if it is an example, set --no-header/);
    const summary = await accepted([...task(files), "--header"]);
    expect(summary).toMatch(/train\.tsv {2}24 rows/);
    expect(summary).not.toContain(`"${label}"`);
  });

  it("--no-header reads it as an example, with a warning about its label", async () => {
    const summary = await accepted([...task({ "train.tsv": `label\ttext\n${tsv(train)}` }), "--no-header"]);
    expect(summary).toMatch(/train\.tsv {2}25 rows/);
    expect(summary).toMatch(/warning: .*1 label with only 1 row: "label" \(1\)/);
  });

  it("with columns in the other order is found by name", async () => {
    const swap = (rows: readonly Row[]) => rows.map(([label, text]) => `${text}\t${label}\n`).join("");
    const files = { "train.tsv": `评论\t星级\n${swap(train)}`, "dev.tsv": `评论\t星级\n${swap(dev)}` };
    const summary = await accepted([...task(files), "--text-column", "评论", "--label-column", "星级"]);
    expect(summary).toContain('label "good", text "很好，0 酒店 room"');
  });

  it("is expected in all files or in none", async () => {
    const files = { "train.tsv": `label\ttext\n${tsv(train)}` };
    expect(await refused([...task(files), "--header"])).toMatch(
      /dev\.tsv: the first row .* but the header of .*train\.tsv/,
    );
  });

  it.each([
    ["train.tsv", `${tsv(train.slice(0, 12))}label\ttext\n${tsv(train.slice(12))}`],
    ["train.tsv", `${tsv(train.slice(0, 12))}标签\t文本\n${tsv(train.slice(12))}`],
    ["train.tsv", `\ufefflabel\ttext\n${tsv(train.slice(0, 12))}\ufefflabel\ttext\n${tsv(train.slice(12))}`],
  ])("in the middle of %s is refused: %#", async (name, contents) => {
    expect(await refused(task({ [name]: contents }))).toMatch(/rows? in the middle of the file looks? like a header/);
  });

  it.each([
    ["CSV", "a.csv", csv(train.slice(0, 12)) + csv(train.slice(12))],
    ["CSV with byte order marks", "a.csv", `\ufeff${csv(train.slice(0, 12))}\ufeff${csv(train.slice(12))}`],
    ["TSV", "a.tsv", `text\tstars\na b c\t1\nd e f\t2\ntext\tstars\nb a c\t2\nc d e\t1\n`],
  ])("in the middle of a table is refused: %s", async (_, name, contents) => {
    expect(await refused(table(name, contents))).toMatch(/1 row in the middle of the file looks like a header/);
  });
});

describe("labels that differ invisibly", () => {
  it.each([
    ["space", (label: string) => `${label} `],
    ["U+3000", (label: string) => `${label}\u3000`],
    ["no-break space", (label: string) => `\u00a0${label}`],
    ["em space", (label: string) => `${label}\u2003`],
    ["narrow no-break space", (label: string) => `\u202f${label}`],
  ])("outer white space is removed, and this is said once: %s", async (_, to) => {
    for (const command of [task({ "train.tsv": tsv(change(train, to)) }), table("a.csv", csv(change(train, to)))]) {
      const summary = await accepted(command);
      expect(summary.match(/trimmed white space around 6 labels/g)).toHaveLength(1);
      expect(summary).toMatch(/^"good" {3,}12 {2}50\.0%/m);
    }
  });

  it.each([
    ["zero-width space", (label: string) => `${label}\u200b`, '"good\\u200b" (6)'],
    ["zero-width joiner", (label: string) => `\u200d${label}`, '"\\u200dgood" (6)'],
    ["word joiner", (label: string) => `${label}\u2060`, '"good\\u2060" (6)'],
    ["soft hyphen", (label: string) => `go\u00ad${label.slice(2)}`, '"go\\u00adod" (6)'],
    ["left-to-right mark", (label: string) => `\u200e${label}`, '"\\u200egood" (6)'],
    ["variation selector", (label: string) => `${label}\ufe0f`, '"good\\ufe0f" (6)'],
    ["first letter", () => "Good", '"Good" (6)'],
    ["upper case", () => "GOOD", '"GOOD" (6)'],
    ["full width", () => "ｇｏｏｄ", '"\\uff47\\uff4f\\uff4f\\uff44" (6)'],
  ])("labels equal after folding are an error: %s", async (_, to, listed) => {
    for (const command of [task({ "train.tsv": tsv(change(train, to)) }), table("a.csv", csv(change(train, to)))]) {
      const line = await refused(command);
      expect(line).toContain(
        "labels differ only in case, width, spaces, the encoding of accents, or invisible characters",
      );
      expect(line).toContain('"good" (');
      expect(line).toContain(listed);
    }
  });

  it.each([
    ["NFC and NFD", "café", "cafe\u0301"],
    ["Hangul in NFC and NFD", "좋음", "좋음".normalize("NFD")],
    ["half-width katakana", "ヨイ", "ﾖｲ"],
    ["sharp s", "groß", "GROSS"],
    ["inner spaces", "very good", "very  good"],
    ["ligature", "ﬁne", "fine"],
    ["compatibility ideograph", "不\u{f967}", "不不"],
  ])("%s", async (_, label, other) => {
    const rows = relabel(train, { good: label, bad: "other" });
    const changed = rows.map(([name, text], i): Row => [i % 4 === 0 ? other : name, text]);
    expect(await refused(table("a.jsonl", jsonl(changed)))).toMatch(/labels differ only in/);
  });

  it("in the evaluation set only", async () => {
    const to = (label: string) => `${label}\u200b`;
    expect(await refused(task({ "train.tsv": tsv(train), "dev.tsv": tsv(change(dev, to)) }))).toContain(
      '"good\\u200b" (2)',
    );
  });

  it("a byte order mark in the middle of a file, as in joined files, is removed", async () => {
    const joined = `\ufeff${tsv(train.slice(0, 12))}\ufeff${tsv(train.slice(12))}`;
    expect(await accepted(task({ "train.tsv": joined }))).toMatch(/^"good" +12 {2}50\.0%/m);
    const lines = `${jsonl(train.slice(0, 12))}\ufeff${jsonl(train.slice(12))}`;
    for (const [name, contents] of [
      ["a.tsv", joined],
      ["a.jsonl", lines],
    ] as const) {
      const summary = await accepted(table(name, contents));
      expect(summary).toMatch(/removed 1 byte order mark within the file/);
      expect(summary).toMatch(/^"good" +12 {2}50\.0%/m);
    }
  });

  it("labels that really differ are not compared", async () => {
    await accepted(table("a.csv", csv(relabel(train, { good: "C", bad: "C++" }))));
    await accepted(table("a.csv", csv(relabel(train, { good: "+1", bad: "-1" }))));
  });
});

describe("labels in messages", () => {
  it.each([
    ["a comma", "好评, 好", "差评,差"],
    ["a quotation mark", 'so "good"', "bad"],
    ["spaces", "very good", "not so good"],
  ])("are quoted, with counts: %s", async (_, good, bad) => {
    const summary = await accepted(
      task({ "train.tsv": tsv(relabel(train, { good, bad })), "dev.tsv": tsv(relabel(dev, { good, bad })) }),
    );
    for (const label of [good, bad])
      expect(summary).toMatch(new RegExp(`^${escapeRegExp(JSON.stringify(label))} +12`, "m"));
  });

  it("quotation marks around all labels give a warning", async () => {
    const quoted = (rows: readonly Row[]) => tsv(relabel(rows, { good: '"good"', bad: '"bad"' }));
    const summary = await accepted(task({ "train.tsv": quoted(train), "dev.tsv": quoted(dev) }));
    expect(summary).toMatch(/warning: all labels are enclosed in quotation marks/);
    expect(await accepted(table("a.tsv", quoted(train)))).toMatch(/^"good" +\d/m);
  });
});

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

describe("one class only", () => {
  const good = relabel(train, { good: "good", bad: "good" });
  it.each([
    [
      "in train.tsv",
      () => task({ "train.tsv": tsv(good), "dev.tsv": tsv(relabel(dev, { good: "good", bad: "good" })) }),
    ],
    ["in a CSV", () => table("a.csv", csv(good))],
    ["with white space", () => table("a.csv", csv(change(good, (label) => ` ${label}`)))],
    ["in JSON Lines", () => table("a.jsonl", jsonl(good))],
  ])("%s", async (_, command) => {
    expect(await refused(command())).toMatch(
      /all 24 (labeled )?rows have the label "good", expected at least 2 labels/,
    );
  });

  it("in the evaluation set gives a warning", async () => {
    const one = tsv(relabel(dev, { good: "good", bad: "good" }));
    const message = /warning: .*dev\.tsv: all 8 rows have the label "good", of 2 labels\./;
    expect(await accepted(task({ "train.tsv": tsv(train), "dev.tsv": one }))).toMatch(message);
    const model = newPath();
    const quick = ["--max-steps", "1", "--no-report", "--no-baseline", "--output-dir", model];
    await bertieOk([...table("a.csv", csv(train)), ...quick]);
    const { stderr } = await bertieOk(["eval", join(directory({ "dev.tsv": one }), "dev.tsv"), "--model", model]);
    expect(stderr).toMatch(message);
  });

  it("labels of the evaluation set that the training set does not have are listed with their line", async () => {
    const unknown = dev.map(([label, text], i): Row => [i === 3 ? "great, really" : label, text]);
    const line = await refused(task({ "train.tsv": tsv(train), "dev.tsv": tsv(unknown) }));
    expect(line).toMatch(/dev\.tsv, line 4: label "great, really" \(1\) is not one of the labels of the training set/);
    const folder = directory({ "a.csv": csv(train), "b.csv": csv(unknown) });
    const command = ["train", join(folder, "a.csv"), "--eval-file", join(folder, "b.csv"), ...TINY_MODEL];
    expect(await refused(command)).toContain('"great, really" (1)');
  });
});
