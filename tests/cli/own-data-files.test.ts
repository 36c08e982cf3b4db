import { describe, expect, it, vi } from "vitest";
import { scratchDirectory, TINY_MODEL } from "./bertie.ts";
import { createOwnData, csv, dev, jsonl, type Row, relabel, train, tsv } from "./own-data.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { directory, task, table, accepted, refused } = createOwnData(scratchDirectory());

describe("wrong columns", () => {
  const join3 = (cells: (i: number, row: Row) => readonly string[]) =>
    train.map((row, i) => `${cells(i, row).join("\t")}\n`).join("");
  const ofDev = (cells: (i: number, row: Row) => readonly string[]) =>
    dev.map((row, i) => `${cells(i, row).join("\t")}\n`).join("");

  it.each([
    ["id, label, text", (i: number, [label, text]: Row) => [`${i}`, label, text], ["3", "2"]],
    ["uuid, text, label", (i: number, [label, text]: Row) => [`5f3a-${i * 7919}`, text, label], ["2", "3"]],
    ["text, label, source", (i: number, [label, text]: Row) => [text, label, `site ${i}`], ["1", "2"]],
    ["text, label", (_: number, [label, text]: Row) => [text, label], ["1", "2"]],
    ["number, text", (i: number, [, text]: Row) => [`${i * 37}`, text], undefined],
    ["date, text", (i: number, [, text]: Row) => [`2024-01-${10 + i}`, text], undefined],
  ])("%s", async (_, cells, columns) => {
    const files = { "train.tsv": join3(cells), "dev.tsv": ofDev(cells) };
    const line = await refused(task(files));
    expect(line).toContain("--label-column");
    expect(line).toContain("--text-column");
    if (columns === undefined) return;
    const [text = "", label = ""] = columns;
    const summary = await accepted([...task(files), "--text-column", text, "--label-column", label]);
    expect(summary).toMatch(/^"good" +12 {2}50\.0%/m);
    expect(summary).toContain('label "good", text "很好，0 酒店 room"');
  });

  it.each([
    ["swapped names", csv(train, "text,label"), /--text-column/],
    [
      "labels that never repeat",
      csv(train.map(([, text], i) => [`l${i}`, text])),
      /does not look like a label.*--label-column/,
    ],
    ["numbers that never repeat", csv(train.map(([, text], i) => [`${i / 2}`, text])), /--problem-type regression/],
    ["only texts", `text\n${train.map(([, text]) => `${text}\n`).join("")}`, /--label-column/],
  ])("of a table: %s", async (_, contents, message) => {
    expect(await refused(table("a.csv", contents))).toMatch(message);
  });

  it.each([
    ["id,label,text", (i: number, [label, text]: Row) => [`${i}`, label, text]],
    ["评论,情感", (_: number, [label, text]: Row) => [text, label]],
    ["uuid,内容,标签", (i: number, [label, text]: Row) => [`5f3a-${i}`, text, label]],
    ["Comment Text,Star Rating,date", (i: number, [label, text]: Row) => [text, label, `2024-01-${10 + i}`]],
  ])("of a table are found by name: %s", async (header, cells) => {
    const contents = `${header}\n${train
      .map((row, i) =>
        cells(i, row)
          .map((cell) => `"${cell}"`)
          .join(","),
      )
      .join("\n")}\n`;
    expect(await accepted(table("a.csv", contents))).toContain('label "good", text "很好，0 酒店 room"');
  });
});

describe("line ends", () => {
  it.each([
    ["CR", "\r"],
    ["CR LF", "\r\n"],
  ])("%s", async (_, end) => {
    const files = { "train.tsv": tsv(train).replaceAll("\n", end), "dev.tsv": tsv(dev).replaceAll("\n", end) };
    expect(await accepted(task(files))).toMatch(/train\.tsv {2}24 rows\n/);
    for (const contents of [csv(train), csv(train).slice(0, -1)])
      expect(await accepted(table("a.csv", contents.replaceAll("\n", end)))).toMatch(/a\.csv {2}24 rows\n/);
  });

  it("CR in some of the lines is rejected by name", async () => {
    const mix = (text: string) =>
      text
        .split("\n")
        .map((line, i) => line + (i < 9 ? "\r" : "\n"))
        .join("");
    const message = /line 1: the line contains carriage returns \(CR\), .* Convert all line ends to LF\./;
    expect(await refused(task({ "train.tsv": mix(tsv(train)) }))).toMatch(message);
    expect(await refused(table("a.tsv", mix(tsv(train))))).toMatch(message);
    expect(await refused(table("a.csv", mix(csv(train))))).toMatch(message);
  });
});

describe("encodings", () => {
  const utf16 = (text: string, order: "le" | "be") => {
    const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
    return new Uint8Array(order === "le" ? bytes : bytes.swap16());
  };
  /** Encodes text with a decoder, for the characters that occur. */
  function encodeAs(label: string, text: string): Uint8Array {
    const decoder = new TextDecoder(label, { fatal: true });
    const codes = new Map<string, readonly number[]>();
    for (let byte = 0; byte < 128; byte++) codes.set(String.fromCharCode(byte), [byte]);
    for (let first = 0x81; first < 0xff; first++)
      for (const bytes of [[first], ...Array.from({ length: 0xbf }, (_, i) => [first, 0x40 + i])]) {
        let character: string | undefined;
        try {
          character = decoder.decode(Uint8Array.from(bytes));
        } catch {
          continue;
        }
        if ([...character].length === 1 && !codes.has(character)) codes.set(character, bytes);
      }
    return Uint8Array.from([...text].flatMap((character) => codes.get(character)!));
  }
  const chinese = relabel(train, { good: "好评", bad: "差评" });
  const chineseDev = relabel(dev, { good: "好评", bad: "差评" });
  const traditional = chinese.map(
    ([label, text]): Row => [label.replace("评", "評"), text.replace("酒店", "飯店房間")],
  );
  const french = train.map(
    ([label], i): Row => [label === "good" ? "réussi" : "raté", `La chambre était très propre, à côté de la gare ${i}`],
  );

  it.each([
    ["gb18030", chinese],
    ["big5", traditional],
    ["windows-1252", french],
  ])("%s: the error names the encoding and the flag, with which the file is read", async (encoding, rows) => {
    const files = { "train.tsv": encodeAs(encoding, tsv(rows)), "dev.tsv": encodeAs(encoding, tsv(rows.slice(0, 8))) };
    const line = await refused(task(files));
    expect(line).toMatch(new RegExp(`train\\.tsv: the file is not valid UTF-8\\. It looks like ${encoding}`));
    expect(line).toContain(`--encoding ${encoding}`);
    const summary = await accepted([...task(files), "--encoding", encoding]);
    expect(summary).toContain(`label "${rows[0]![0]}", text "${rows[0]![1]}"`);
  });

  it("a table in GB18030 is read, and the guess is printed", async () => {
    const summary = await accepted(table("a.csv", encodeAs("gb18030", csv(chinese))));
    expect(summary).toMatch(/a\.csv: CSV, gb18030 \(guessed\)/);
    expect(summary).toContain('label "好评", text "很好，0 酒店 room"');
    for (const name of ["GBK", "gb2312"])
      expect(await accepted([...table("a.csv", encodeAs("gb18030", csv(chinese))), "--encoding", name])).toContain(
        '"好评"',
      );
  });

  it.each([["le"], ["be"]] as const)("UTF-16 with a byte order mark is read: %s", async (order) => {
    const files = { "train.tsv": utf16(tsv(chinese), order), "dev.tsv": utf16(tsv(chineseDev), order) };
    expect(await accepted(task(files))).toMatch(/^"好评" +12/m);
    expect(await accepted(table("a.csv", utf16(csv(chinese), order)))).toContain(`UTF-16${order.toUpperCase()}`);
  });
});

describe("data files by other names", () => {
  it.each([
    ["train.csv and valid.jsonl", { "train.csv": csv(train), "valid.jsonl": jsonl(dev) }],
    ["train.jsonl and dev.csv", { "train.jsonl": jsonl(train), "dev.csv": csv(dev) }],
    ["training.csv and val.tsv", { "training.csv": csv(train), "val.tsv": tsv(dev) }],
    [
      "train.json and validation.csv",
      { "train.json": JSON.stringify(train.map(([label, text]) => ({ label, text }))), "validation.csv": csv(dev) },
    ],
  ])("%s", async (_, files) => {
    const summary = await accepted([
      "train",
      "--task-name",
      "news",
      "--data-dir",
      directory(files),
      ...TINY_MODEL,
      "--do-train",
      "--do-eval",
    ]);
    expect(summary).toMatch(/^train .* 24 rows$/m);
    expect(summary).toMatch(/^dev .* 8 rows$/m);
    expect(await accepted(["train", directory(files), ...TINY_MODEL])).toMatch(/^dev .* 8 rows$/m);
  });

  it.each([
    ["only train.tsv", { "train.tsv": tsv(train) }],
    ["only train.csv", { "train.csv": csv(train) }],
  ])("%s: a split is offered", async (_, files) => {
    const command = [
      "train",
      "--task-name",
      "news",
      "--data-dir",
      directory(files),
      ...TINY_MODEL,
      "--do-train",
      "--do-eval",
    ];
    expect(await refused(command)).toMatch(/dev\.tsv: no such file.*--eval-fraction 0\.1/);
    expect(await accepted([...command, "--eval-fraction", "0.25"])).toContain("6 rows for evaluation");
  });

  it("a table by any name is found", async () => {
    const folder = directory({ "reviews.csv": csv(train), "notes.md": "" });
    const command = ["train", "--task-name", "news", "--data-dir", folder, ...TINY_MODEL, "--do-train"];
    expect(await refused(command)).toContain(
      `train.tsv: no such file, found reviews.csv. To train on a table, pass it as an argument: bertie train ${folder}/reviews.csv`,
    );
    const glue = [
      "train",
      "--task-name",
      "sst-2",
      "--data-dir",
      directory({ "train.csv": csv(train) }),
      ...TINY_MODEL,
      "--do-train",
    ];
    expect(await refused(glue)).toMatch(/train\.tsv: no such file, found train\.csv/);
  });
});

describe("tables as programs write them", () => {
  it.each([
    [
      "quotes, commas and line breaks",
      `label,text\n${train.map(([label, text]) => `${label},"${text}, ""so""\nend"\n`).join("")}`,
    ],
    ["semicolons", `label;text\n${train.map(([label, text]) => `${label};"${text}; end"\n`).join("")}`],
    [
      "a column of row numbers without a name",
      `,label,text\n${train.map(([label, text], i) => `${i},${label},"${text}"\n`).join("")}`,
    ],
    ["the line sep=", `sep=;\nlabel;text\n${train.map(([label, text]) => `${label};${text}\n`).join("")}`],
    ["blank lines at the end", `${csv(train)}\n\n`],
  ])("%s", async (_, contents) => {
    const summary = await accepted(table("a.csv", contents));
    expect(summary).toMatch(/a\.csv {2}24 rows/);
    expect(summary).toMatch(/^"good" +12 {2}50\.0%/m);
  });

  it.each([
    ["a row with another number of columns", `${csv(train)}good,a,b\n`, /line 26: expected 2 columns/],
    ["only a header", "label,text\n", /has a header, but no rows/],
    ["empty labels", csv(train.map(([label, text], i) => [i === 7 ? "" : label, text])), /line 9.*the label is empty/],
  ])("%s: rejected", async (_, contents, message) => {
    expect(await refused(table("a.csv", contents))).toMatch(message);
  });
});
