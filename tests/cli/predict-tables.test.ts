import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, newsRows, readLines, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";
import { QUICKLY, readJson } from "./training.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const scratch = scratchDirectory();
const inScratch = (name: string) => join(scratch, name);
const write = (name: string, contents: string | Uint8Array) => writeFile(inScratch(name), contents);

/** Labels and texts. */
const rows = newsRows(48)
  .trimEnd()
  .split("\n")
  .map((row) => row.split("\t") as [string, string]);
const texts = rows.slice(0, 6).map(([, text]) => text);
const csv = (header: string, lines: readonly (readonly string[])[]) =>
  `${[header, ...lines.map((cells) => cells.map((cell) => `"${cell}"`).join(","))].join("\n")}\n`;

const quickly = [...TINY_MODEL, ...QUICKLY, "--no-report", "--no-baseline"];
const train = async (name: string, table: string, ...args: string[]) => {
  await bertieOk(["train", table, ...quickly, "--output-dir", inScratch(name), ...args]);
  return inScratch(name);
};

/** Model of a table with the columns `no`, `remark` and `mark`, of which no name is common. */
let model = "";
/** Answers to the texts as lines of stdin, without the header. */
let answers: string[] = [];
const predict = async (...args: string[]) => bertieOk(["predict", "--model", model, ...args]);
const linesOf = (output: string) => output.trimEnd().split("\n");

beforeAll(async () => {
  const numbered = rows.map(([label, text], i) => [`r${i}`, text, label]);
  const columns = ["--text-column", "remark", "--label-column", "mark"];
  model = await train("model", write("train.csv", csv("no,remark,mark", numbered)), ...columns, "--id-column", "no");
  const { stdout } = await bertieOk(["predict", "--model", model], { stdin: texts.join("\n") });
  answers = linesOf(stdout).slice(1);
});

describe("bertie predict on a table", () => {
  const objects = () => texts.map((remark, i) => ({ mark: "?", remark, no: i }));
  const withIds = (ids: readonly (string | number)[]) => answers.map((answer, i) => `${ids[i]}\t${answer}`);

  it("records the columns of training", () => {
    expect(readJson(model, "run.json").columns).toEqual({
      ...{ header: true, names: ["no", "remark", "mark"], text: "remark", label: ["mark"], id: "no" },
    });
  });

  it.each([
    [
      "new.csv",
      () =>
        csv(
          "mark,no,remark",
          texts.map((text, i) => ["", String(i), text]),
        ),
    ],
    ["new.tsv", () => ["remark\tno", ...texts.map((text, i) => `${text}\t${i}`)].join("\n")],
    [
      "new.jsonl",
      () =>
        objects()
          .map((row) => JSON.stringify(row))
          .join("\n"),
    ],
    [
      "new.ndjson",
      () =>
        objects()
          .map((row) => JSON.stringify(row))
          .join("\n"),
    ],
    ["new.json", () => JSON.stringify(objects())],
    [
      "new.csv.gz",
      () =>
        new Uint8Array(
          gzipSync(
            csv(
              "no,Remark",
              texts.map((text, i) => [String(i), text]),
            ),
          ),
        ),
    ],
  ])("finds the text and the ids in %s", async (name, contents) => {
    const { stdout, stderr } = await predict(write(name, contents()));
    const [header, ...lines] = linesOf(stdout);
    expect(header).toBe("id\tlabel\tscore\tbad\tgood\tso-so");
    expect(lines).toEqual(withIds(texts.map((_, i) => i)));
    expect(stderr).toMatch(/: text: column "remark" \(\d\)/i);
    expect(stderr).not.toMatch(/warning/);
  });

  it("reads Parquet", async () => {
    const { ByteWriter, parquetWrite } = await import("hyparquet-writer");
    const writer = new ByteWriter();
    parquetWrite({ writer, columnData: [{ name: "remark", data: texts }] });
    const { stdout } = await predict(write("new.parquet", new Uint8Array(writer.getBuffer())));
    expect(linesOf(stdout).slice(1)).toEqual(answers);
  });

  it("reads a table from stdin, and a text file as a table if an option says so", async () => {
    const table = csv(
      "no,remark",
      texts.map((text, i) => [`x${i}`, text]),
    );
    const piped = await bertieOk(["predict", "--model", model, "--format", "csv"], { stdin: table });
    expect(linesOf(piped.stdout).slice(1)).toEqual(withIds(texts.map((_, i) => `x${i}`)));
    for (const options of [["--text-column", "remark"], ["--header"], ["--delimiter", ","]])
      expect((await predict(write("table.txt", table), ...options)).stdout).toBe(piped.stdout);
  });

  it("uses the named columns, and guesses others only with a note", async () => {
    const other = write(
      "other.csv",
      csv(
        "shelf,comment",
        texts.map((text, i) => [`k${i}`, text]),
      ),
    );
    const guessed = await predict(other);
    expect(linesOf(guessed.stdout).slice(1)).toEqual(answers);
    expect(guessed.stderr).toMatch(
      /text: column "comment" \(2\)\n.*the text column of the training table, "remark", does not exist/,
    );
    const { stdout } = await predict(other, "--text-column", "2", "--id-column", "shelf");
    expect(linesOf(stdout).slice(1)).toEqual(withIds(texts.map((_, i) => `k${i}`)));
  });

  it.each([
    [
      "a missing column",
      "remark\n很好\n很差\n",
      ["--text-column", "comment"],
      /there is no column "comment"\. .*"remark"/,
    ],
    [
      "two columns of texts",
      csv(
        "a,b",
        texts.map((text) => [text, text + text]),
      ),
      [],
      /several columns may be the text.*--text-column/,
    ],
    ["no column of texts", "a,b\n1,2\n3,4\n5,6\n", [], /--text-column/],
    ["a second text", "remark,b\n很好,好\n很差,差\n", ["--pair-column", "b"], /the model classifies single texts/],
    ["a row with other columns", "no,remark\n1,很好\n2,很差,差\n", [], /line 3: expected 2 columns/],
    ["no rows", "no,remark\n", [], /has a header, but no rows/],
  ])("rejects %s", async (_, table, options, message) => {
    const { code, stderr } = await bertie(["predict", "--model", model, write("bad.csv", table), ...options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("classifies several files and patterns in order, with the name of the file", async () => {
    const parts = [0, 1].map((part) =>
      write(
        `parts/part-${part}.csv`,
        csv(
          "remark",
          texts.slice(3 * part, 3 * part + 3).map((text) => [text]),
        ),
      ),
    );
    const named = (ids: readonly string[]) =>
      answers.map((answer, i) => `${ids[i]}\t${parts[i < 3 ? 0 : 1]}\t${answer}`);
    const byLine = named(["line-2", "line-3", "line-4", "line-2", "line-3", "line-4"]);
    for (const files of [parts, [inScratch("parts/part-*.csv")], [inScratch("parts")]]) {
      const { stdout } = await predict(...files);
      expect(linesOf(stdout)[0]).toMatch(/^id\tfile\tlabel\tscore\t/);
      expect(linesOf(stdout).slice(1)).toEqual(byLine);
    }
    const { stdout } = await predict(...parts, "--json");
    const objects = linesOf(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.map(({ id, file }) => `${id} ${file}`)).toEqual(byLine.map((line) => line.split("\t", 2).join(" ")));
  });

  it("writes ids to predictions.tsv, also in a run with --test-file", async () => {
    const test = write(
      "test.csv",
      csv(
        "remark,mark,no",
        texts.map((text, i) => [text, "-1", `t${i}`]),
      ),
    );
    const output = inScratch("predicted");
    const { stdout } = await predict(test, "--output-dir", output);
    expect(readFileSync(join(output, "predictions.tsv"), "utf8")).toBe(stdout);
    expect(readJson(output, "run.json").columns).toMatchObject({ text: "remark", id: "no" });
    const columns = ["--text-column", "remark", "--label-column", "mark"];
    const run = await train("tested", inScratch("train.csv"), ...columns, "--id-column", "no", "--test-file", test);
    const lines = readLines(join(run, "predictions.tsv"));
    expect(lines.map((line) => line.split("\t")[0])).toEqual(["id", "t0", "t1", "t2", "t3", "t4", "t5"]);
  });

  it("bertie eval finds the columns of training, too", async () => {
    const shuffled = csv(
      "mark,summary,remark",
      rows.map(([label, text]) => [label, `${text}${text}`, text]),
    );
    const { stderr } = await bertieOk(["eval", write("dev.csv", shuffled), "--model", model]);
    expect(stderr).toMatch(/text: column "remark" \(3\), label: column "mark" \(1\)/);
  });
});

describe("bertie predict on lines that are the rows of a table", () => {
  it.each([
    ["all", `${newsRows(5)}`, "5 of 5 lines contain tabs"],
    ["one", `${texts.join("\n")}\na\tb\n`, "1 of 7 lines contain tabs"],
  ])("warns once: %s", async (_, text, share) => {
    const { stdout, stderr } = await predict(write("lines.txt", text));
    expect(linesOf(stdout)).toHaveLength(1 + linesOf(text).length);
    expect(stderr.match(/warning/g)).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`lines\\.txt: ${share}, .*--format tsv or .*--text-column`));
  });

  it.each([
    ["jsonl", texts.map((text) => `${JSON.stringify({ text })}\n`).join("")],
    [
      "csv",
      csv(
        "text,stars",
        texts.map((text, i) => [text, String(i)]),
      ),
    ],
  ])("names the format: %s", async (format, stdin) => {
    const { stderr } = await bertieOk(["predict", "--model", model], { stdin });
    expect(stderr).toMatch(new RegExp(`^warning: stdin: the lines look like .* set --format ${format}\\.\n$`));
  });

  it("reads lines that end with CR, and other encodings if they are named", async () => {
    for (const text of [texts.join("\r"), `${texts.join("\r")}\r`, texts.join("\r\n")])
      expect(linesOf((await predict(write("cr.txt", text))).stdout).slice(1)).toEqual(answers);
    const utf16 = Buffer.from(`\ufeff${texts.join("\n")}`, "utf16le");
    const { stdout } = await predict(write("utf16.txt", utf16), "--encoding", "utf-16le");
    expect(linesOf(stdout).slice(1)).toEqual(answers);
    const gbk = Buffer.of(0xba, 0xdc, 0xba, 0xc3, 0x0a, 0xb2, 0xee, 0x0a);
    const { code, stderr } = await bertie(["predict", "--model", model, write("gbk.txt", gbk)]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/not valid UTF-8.*--encoding gb18030/)]);
    expect(linesOf((await predict(inScratch("gbk.txt"), "--encoding", "gbk")).stdout)).toHaveLength(3);
    const mixed = await predict(write("mixed.txt", "很好\r很差\n很好\n"));
    expect(mixed.stderr).toMatch(/1 of 2 lines contain carriage returns/);
  });
});

describe("bertie predict for other problems", () => {
  it("several labels per text: --threshold selects the labels, and is recorded", async () => {
    const tags = rows.map(([label, text]) => [text, label === "so-so" ? "good|bad" : label]);
    const table = write("tags.csv", csv("text,tags", tags));
    const run = await train("multi", table, "--label-separator", "|", "--threshold", "0.9");
    expect(readJson(run, "run.json")).toMatchObject({
      threshold: 0.9,
      columns: { label: ["tags"], label_separator: "|" },
    });
    const labels = async (...args: string[]) => {
      const { stdout } = await bertieOk(["predict", table, "--model", run, ...args]);
      return linesOf(stdout).map((line) => line.split("\t")[0]);
    };
    expect(await labels()).toEqual(["labels", ...rows.map(() => "")]);
    expect(await labels("--threshold", "0")).toEqual(["labels", ...rows.map(() => "bad,good")]);
    const { stderr } = await bertieOk(["eval", table, "--model", run]); // the separator is known
    expect(stderr).toContain("48 rows");
    const { code, stderr: refusal } = await bertie(["predict", table, "--model", model, "--threshold", "0.3"]);
    expect([code, refusal]).toEqual([2, expect.stringContaining("--threshold) requires several labels per text")]);
  });

  it("regression: prints the value, and evaluates without options", async () => {
    const scores = rows.map(([label, text], i) => [text, String(label.length + i / 100)]);
    const table = write("scores.csv", csv("text,score", scores));
    const run = await train("regression", table, "--problem-type", "regression");
    const { stdout } = await bertieOk(["predict", table, "--model", run]);
    const [header, ...lines] = linesOf(stdout);
    expect([header, lines.length]).toEqual(["value", rows.length]);
    for (const line of lines) expect(line).toMatch(/^-?\d+\.\d{6}$/);
    expect((await bertieOk(["eval", table, "--model", run])).stdout).toMatch(/eval_pearson = /);
  });

  it("pairs: both columns, also without names", async () => {
    const pairs = rows.map(([label, text]) => [text, `${text.slice(0, 3)}房间`, label]);
    const table = write("pairs.csv", csv("sentence1,sentence2,label", pairs));
    const run = await train("pairs", table);
    const swapped = csv(
      "sentence2,sentence1",
      pairs.map(([a = "", b = ""]) => [b, a]),
    );
    const lines = pairs.map(([a, b]) => `${a}\t${b}\n`).join("");
    const outputs = [
      await bertieOk(["predict", write("swapped.csv", swapped), "--model", run]),
      await bertieOk(["predict", write("pairs.tsv", lines), "--model", run, "--no-header"]),
      await bertieOk(["predict", "--model", run], { stdin: lines }),
    ].map(({ stdout }) => stdout);
    expect(new Set(outputs).size).toBe(1);
    const single = write(
      "single.csv",
      csv(
        "sentence1,label",
        pairs.map(([a = "", , label = ""]) => [a, label]),
      ),
    );
    const { code, stderr } = await bertie(["predict", single, "--model", run]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--pair-column")]);
  });
});
