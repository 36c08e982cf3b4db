import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { arePairs, type Examples, labelsFor, readExampleSet } from "./examples.ts";
import type { TableFile } from "./table-file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const table = (text: string, options: Partial<TableFile> = {}) =>
  readExampleSet("train", { file: bytes(text), ...options });
const rowsOf = ({ examples }: Awaited<ReturnType<typeof readExampleSet>>) =>
  examples.map(({ textA, textB, label }) => [textA, ...(textB === undefined ? [] : [textB]), label]);

const csv =
  "id,review,stars,reply\n1,很好的房间,five,thanks\n2,很差的房间,one,sorry\n3,不错的房间,five,\n4,差的房间,one,oh\n";
const reviews = [
  ["很好的房间", "five"],
  ["很差的房间", "one"],
  ["不错的房间", "five"],
  ["差的房间", "one"],
];

describe("readExampleSet() on examples", () => {
  const list = [
    { text: "很好", label: "pos" },
    { text: "很差", pair: "不好", label: "neg" },
    { text: "", label: "mid" },
  ];

  it("reads iterables and async iterables", async () => {
    const stream = (async function* () {
      yield* list;
    })();
    for (const source of [list, new Set(list), stream]) {
      const set = await readExampleSet("train", source);
      expect(set).toMatchObject({ fileName: "train", labels: ["mid", "neg", "pos"], taskName: undefined, notes: [] });
      expect(rowsOf(set)).toEqual([
        ["很好", "pos"],
        ["很差", "不好", "neg"],
        ["", "mid"],
      ]);
      expect(set.examples.map(({ guid }) => guid)).toEqual(["train-0", "train-1", "train-2"]);
      expect(arePairs(set.examples)).toBe(true);
    }
  });

  it("returns contents that depend on every text, pair and label, and on their order", async () => {
    const contents = async (...rows: Parameters<typeof Array.of>) =>
      new TextDecoder().decode((await readExampleSet("train", rows as Iterable<(typeof list)[0]>)).contents);
    const [a, b, c] = list;
    const all = [
      [a, b, c],
      [b, a, c],
      [a, b],
      [{ ...a, text: "x" }, b, c],
      [{ ...a, label: "x" }, b, c],
    ];
    const variants = [...all, [{ ...a, pair: "" }, b, c], [a, { ...b, pair: "x" }, c]];
    const serialized = await Promise.all(variants.map((rows) => contents(...rows)));
    expect(new Set(serialized).size).toBe(variants.length);
    expect(await contents(a, b, c)).toBe(serialized[0]);
  });

  it.each([
    ["no examples", [], "input/no-rows", /^train: there are no examples/],
    ["a text that is not a string", [list[0], { text: 1, label: "a" }], "input/not-text", /^train, example 2: /],
    ["an example that is null", [list[0], null], "input/not-text", /^train, example 2: /],
    ["a path", "reviews.csv", "input/not-examples", /^train: expected an iterable .* as { file: "data.tsv" }/],
    ["null", null, "input/not-examples", /^train: /],
    ["another object", {}, "input/not-examples", /^train: /],
    [
      "a missing label",
      [{ text: "a" }],
      "input/not-text",
      /^train, example 1: expected text, label and \(for pairs\) pair to be strings/,
    ],
    ["a pair that is not a string", [{ text: "a", pair: 1, label: "a" }], "input/not-text", /^train, example 1: /],
  ])("rejects %s", async (_, rows, code, message) => {
    const read = readExampleSet("train", rows as unknown as Examples);
    await expect(read).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

const guesses = [
  'table: CSV, UTF-8, delimited by ",", with a header',
  'table: text: column "review" (2), label: column "stars" (3), id: column "id" (1)',
];

describe("readExampleSet() on tables", () => {
  it("guesses columns, and reports the guess in a note", async () => {
    const set = await table(csv);
    expect(rowsOf(set)).toEqual(reviews);
    expect(set.notes).toEqual(guesses);
    expect(set.labels).toEqual(["five", "one"]);
    expect(new TextDecoder().decode(set.contents).split("\n")).toHaveLength(set.examples.length);
    const bare = await table("很好的房间\tpos\n很差的房间\tneg\n不错的房间\tpos\n差的房间\tneg\n");
    expect(bare.examples).toHaveLength(4);
    expect(bare.notes).toEqual(["table: TSV, UTF-8, without a header", "table: text: column 1, label: column 2"]);
  });

  it("selects columns by name and by index, with and without a pair", async () => {
    for (const columns of [
      { text: "review", label: "stars" },
      { text: 1, label: 2 },
      { text: 1, label: "stars" },
    ]) {
      const set = await table(csv, columns);
      expect(rowsOf(set)).toEqual(reviews);
      expect(set.notes).toEqual(guesses.slice(0, 1));
    }
    const pairs = await table(csv, { text: "review", pair: "reply", label: "stars" });
    expect(rowsOf(pairs)[0]).toEqual(["很好的房间", "thanks", "five"]);
    expect(rowsOf(pairs)[2]).toEqual(["不错的房间", "", "five"]);
    expect(arePairs(pairs.examples)).toBe(true);
    const swapped = await table(csv, { text: "reply", label: "review" });
    expect(rowsOf(swapped)[0]).toEqual(["thanks", "很好的房间"]);
  });

  it("guesses the columns that are not set, and reports the guess", async () => {
    const set = await table(csv, { label: "stars" });
    expect(rowsOf(set)).toEqual(reviews);
    expect(set.notes).toEqual(guesses);
  });

  it("reads the first row as a header or as data, depending on header", async () => {
    const [, ...lines] = csv.split("\n");
    const bare = lines.join("\n");
    expect(rowsOf(await table(bare, { header: false, text: 1, label: 2 }))).toEqual(reviews);
    expect(rowsOf(await table(bare, { header: true, text: 1, label: 2 }))).toEqual(reviews.slice(1));
    expect(rowsOf(await table(csv, { header: false, text: 1, label: 2 }))[0]).toEqual(["review", "stars"]);
    await expect(table(csv, { header: false })).rejects.toMatchObject({ code: "input/no-column" });
  });

  it("throws an error that lists the columns if one does not exist", async () => {
    for (const column of ["comment", 4, -1])
      await expect(table(csv, { text: column, label: "stars" })).rejects.toMatchObject({
        code: "input/no-column",
        message: `table: there is no column ${JSON.stringify(column)}. Choose one of "id", "review", "stars", "reply", or a number from 1 to 4.`,
      });
  });

  it("limits the rows to first, but collects the labels of all rows", async () => {
    const set = await readExampleSet("train", { file: bytes(csv), first: 1 });
    expect(rowsOf(set)).toEqual(reviews.slice(0, 1));
    expect(set.labels).toEqual(["five", "one"]);
  });
});

describe("readExampleSet() on task files", () => {
  const news = "good\t很好\nbad\t很差\n";

  it("reads a file in the layout of the task", async () => {
    const set = await readExampleSet("train", { task: "news", set: "train", file: bytes(news), first: 1 });
    expect(rowsOf(set)).toEqual([["很好", "good"]]);
    expect(set).toMatchObject({ labels: ["bad", "good"], taskName: "news", onBadRow: "fail" });
    const header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
    const mrpc = await readExampleSet("dev", { task: "MRPC", set: "dev", file: bytes(`${header}1\t1\t2\ta\tb\n`) });
    expect(rowsOf(mrpc)).toEqual([["a", "b", "1"]]);
    expect(mrpc).toMatchObject({ labels: ["0", "1"], taskName: "mrpc" });
  });

  it("rejects bad rows, or skips them with onBadRow: skip", async () => {
    const file = bytes(`${news}alone\n`);
    const read = (onBadRow?: "skip") =>
      readExampleSet("train", { task: "news", set: "train", file, ...(onBadRow && { onBadRow }) });
    await expect(read()).rejects.toMatchObject({ code: "input/short-row", message: expect.stringContaining("line 3") });
    expect(await read("skip")).toMatchObject({ onBadRow: "skip", badRows: { count: 1 } });
  });

  it("rejects an unknown task", async () => {
    const read = readExampleSet("train", { task: "sst", set: "train", file: bytes(news) });
    await expect(read).rejects.toMatchObject({ code: "config/unknown-task" });
  });
});

describe("readExampleSet() reads a file", () => {
  const base = mkdtempSync(join(tmpdir(), "bertie-examples-"));
  const path = join(base, "reviews.csv");
  const server = createServer((request, response) => {
    if (request.url === "/data/reviews.csv") response.end(csv);
    else response.writeHead(request.url === "/broken" ? 500 : 404).end();
  });
  let address = "";
  beforeAll(async () => {
    writeFileSync(path, csv);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(base, { recursive: true });
  });

  it("from a path, a blob and a URL", async () => {
    const file = new File([csv], "reviews.csv");
    const named = { text: "review", label: "stars" };
    for (const source of [
      path,
      pathToFileURL(path),
      file,
      new Blob([csv]),
      `${address}/data/reviews.csv`,
      new URL(`${address}/data/reviews.csv`),
    ])
      expect(rowsOf(await readExampleSet("train", { file: source, ...named }))).toEqual(reviews);
    expect((await readExampleSet("train", { file })).fileName).toBe("reviews.csv");
  });

  it("and throws an error that names a missing file or a failing server", async () => {
    const read = (file: string | URL) => readExampleSet("train", { file });
    await expect(read(join(base, "none.csv"))).rejects.toMatchObject({ code: "input/missing-file" });
    for (const file of [`${address}/none`, new URL(`${address}/none`)])
      await expect(read(file)).rejects.toMatchObject({
        code: "input/missing-file",
        message: `${address}/none: no such file. Check the location.`,
      });
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    await expect(read(new URL(`${address}/broken`))).rejects.toThrow(/the server is not available \(status 500\)/);
    await expect(read(new URL("http://127.0.0.1:1/x.csv"))).rejects.toMatchObject({ code: "store/not-reached" });
    vi.unstubAllEnvs();
  });
});

describe("labelsFor()", () => {
  it("returns the labels of the model in its order, otherwise the labels of the examples", async () => {
    const set = await table(csv);
    expect(labelsFor(set, undefined)).toEqual(["five", "one"]);
    expect(labelsFor(set, ["one", "five", "three"])).toEqual(["one", "five", "three"]);
  });

  it("rejects examples with a single label", async () => {
    const set = await table(csv);
    expect(() => labelsFor({ ...set, labels: ["a"] }, undefined)).toThrow(
      expect.objectContaining({ code: "input/too-few-labels", message: expect.stringMatching(/^table: all 4 rows/) }),
    );
  });
});
