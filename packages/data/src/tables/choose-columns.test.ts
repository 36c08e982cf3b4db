import { describe, expect, it } from "vitest";
import { type ColumnRequest, chooseColumns } from "./choose-columns.ts";

/** Returns a table with `count` rows, of which each cell is made from the number of the row. */
function table(columns: Readonly<Record<string, (row: number) => string>>, { header = true, count = 40 } = {}) {
  const names = Object.keys(columns);
  const sample = Array.from({ length: count }, (_, row) => ({ cells: names.map((name) => columns[name]!(row)) }));
  return { name: "a.csv", header, columns: header ? names : names.map((_, i) => `column ${i + 1}`), sample };
}

const sentence = (row: number) => `The room number ${row} was clean and the staff were friendly`;
const stars = (row: number) => String(1 + (row % 5));
const category = (row: number) => ["books", "music", "games"][row % 3]!;
const id = (row: number) => String(1000 + row);
const choose = (...[given, request = {}]: [ReturnType<typeof table>, ColumnRequest?]) => chooseColumns(given, request);

describe("chooseColumns()", () => {
  it("chooses by name, and describes the choice", () => {
    expect(choose(table({ id, stars, review: sentence }))).toEqual({
      id: 0,
      labels: [1],
      text: 2,
      guesses: ['a.csv: text: column "review" (3), label: column "stars" (2), id: column "id" (1)'],
    });
    expect(choose(table({ 标签: category, 内容: sentence }))).toMatchObject({ text: 1, labels: [0] });
    expect(choose(table({ Review_Text: sentence, starRating: stars }))).toMatchObject({ text: 0, labels: [1] });
  });

  it("chooses by values without a header", () => {
    const { text, labels, guesses } = choose(table({ a: id, b: category, c: sentence }, { header: false }));
    expect([text, labels]).toEqual([2, [1]]);
    expect(guesses).toEqual(["a.csv: text: column 3, label: column 2"]);
  });

  it("recognizes pairs of texts by their names", () => {
    const pairs = { idx: id, sentence1: sentence, sentence2: sentence, label: stars };
    expect(choose(table(pairs))).toMatchObject({ text: 1, pair: 2, labels: [3] });
    expect(choose(table({ hypothesis: sentence, premise: sentence, label: category }))).toMatchObject({
      text: 1,
      pair: 0,
    });
  });

  it("prefers a column of texts to its title", () => {
    expect(choose(table({ title: (row) => `Room ${row}`, content: sentence, label: category }))).toMatchObject({
      text: 1,
    });
  });

  it("uses the requested columns by name, number and index, and does not doubt them", () => {
    const given = table({ id, review: sentence, stars, category });
    expect(choose(given, { text: "review", label: "category" })).toEqual({ id: 0, text: 1, labels: [3], guesses: [] });
    expect(choose(given, { text: "2", label: "column 3" })).toMatchObject({ text: 1, labels: [2] });
    expect(choose(given, { text: 1, label: ["stars", "category"] })).toMatchObject({ text: 1, labels: [2, 3] });
    expect(choose(given, { text: 1, label: "id" })).toMatchObject({ labels: [0] });
    expect(choose(given, { text: "review", label: "stars", group: "category" })).toMatchObject({ group: 3 });
  });

  it("needs no label for texts to be classified", () => {
    expect(choose(table({ id, text: sentence }), { needsLabel: false })).toMatchObject({ text: 1, labels: [] });
    expect(choose(table({ a: sentence }, { header: false }), { needsLabel: false })).toMatchObject({
      text: 0,
      labels: [],
    });
  });

  it("accepts numbers that never repeat for regression", () => {
    const given = table({ text: sentence, score: (row) => (row / 7).toFixed(3) });
    expect(choose(given, { problemType: "regression" })).toMatchObject({ labels: [1] });
    expect(() => choose(given)).toThrow('column "score" (2) does not look like a label');
  });

  it("looks for labels that occur once in a short table", () => {
    const given = table({ a: sentence, b: (row) => ["good", "bad", "so-so"][row]! }, { header: false, count: 3 });
    expect(choose(given)).toMatchObject({ text: 0, labels: [1] });
  });

  it.each([
    [
      "two labels",
      { text: sentence, stars, category },
      /several columns may be the label: column "stars" \(2\).*--label-column/,
    ],
    [
      "two texts",
      { review: sentence, comment: sentence, label: stars },
      /several columns may be the text.*--text-column/,
    ],
    [
      "a label that never repeats",
      { text: sentence, label: sentence },
      /"label" \(2\) does not look like a label.*--label-column/,
    ],
    [
      "a text with few values",
      { text: category, label: stars },
      /"text" \(1\) does not look like a text.*--text-column/,
    ],
    ["no label", { text: sentence, id }, /no column looks like a label.*--label-column/],
  ])("rejects %s, and names the option", (_, columns, message) => {
    expect(() => choose(table(columns))).toThrow(message);
  });

  it("rejects several columns of 0 and 1, of which only one has a common name", () => {
    const flag = (row: number) => String(row % 2);
    expect(() => choose(table({ text: sentence, toxic: flag, threat: flag }))).toThrow(
      /several columns may be the label: column "toxic" \(2\).*or all of them for several labels per row/,
    );
  });

  it("rejects a name that several columns have, but accepts their numbers", () => {
    const given = { ...table({ text: sentence, label: stars, other: category }), columns: ["text", "label", "label"] };
    const message = 'a.csv: columns 2 and 3 have the same name "label". Select the column by its number.';
    expect(() => choose(given, { label: "label" })).toThrow(message);
    expect(choose(given, { label: "3" })).toMatchObject({ labels: [2] });
  });

  it("rejects the same column for two roles", () => {
    const given = table({ text: sentence, label: stars });
    const same = (request: ColumnRequest) => () => choose(given, request);
    const [text, label] = ['a.csv: column "text" (1) is', 'a.csv: column "label" (2) is'];
    expect(same({ text: "text", pair: "text" })).toThrow(`${text} both --text-column and --pair-column.`);
    expect(same({ text: "text", label: "1" })).toThrow(`${text} both --text-column and --label-column.`);
    expect(same({ label: ["label", "label"] })).toThrow(`${label} --label-column twice.`);
  });

  it("rejects a column that does not exist, and names a similar one", () => {
    expect(() => choose(table({ review: sentence, stars }), { text: "reviwe" })).toThrow(
      'a.csv: there is no column "reviwe". Did you mean review? Choose one of "review", "stars", or a number from 1 to 2.',
    );
  });
});

describe("chooseColumns() for rows to classify", () => {
  const rows = (
    columns: Readonly<Record<string, (row: number) => string>>,
    request: ColumnRequest = {},
    header = true,
  ) => choose(table(columns, { header }), { needsLabel: false, ...request });
  const like = (text: string, columns: readonly string[] = [text, "stars"], more = {}) => ({
    like: { header: true, columns, text, labels: ["stars"], ...more },
  });

  it("does not doubt labels, which are not read", () => {
    const flag = (row: number) => String(row % 2);
    expect(rows({ toxic: flag, spam: flag, text: sentence })).toMatchObject({ text: 2 });
    expect(rows({ label: id, comment: sentence })).toMatchObject({ text: 1 });
    expect(rows({ label: () => "?", review: sentence })).toMatchObject({ text: 1, labels: [0] });
    expect(() => choose(table({ label: id, comment: sentence }))).toThrow(/does not look like a label/);
  });

  it("does not classify numbers as texts", () => {
    expect(() => rows({ a: id, b: category }, {}, false)).toThrow(/column 1 does not look like a text.*--text-column/);
    expect(() => rows({ sku: id, b: category })).toThrow(/--text-column/);
  });

  it("uses the columns of the training table, and says if its text column is missing", () => {
    const summary = (row: number) => `Summary of the stay in room ${row}, which was long`;
    const given = { summary, review: sentence, stars };
    expect(() => rows(given)).not.toThrow();
    expect(rows(given, like("summary"))).toMatchObject({ text: 0, labels: [2] });
    expect(rows(given, { ...like("summary"), text: "review" })).toMatchObject({ text: 1 });
    expect(rows({ id, comment: sentence }, like("review")).guesses).toEqual([
      'a.csv: text: column "comment" (2), id: column "id" (1)',
      'a.csv: the text column of the training table, "review", does not exist in this table',
    ]);
    expect(() => rows({ title: summary, headline: sentence }, like("review"))).toThrow(
      /several columns may be the text/,
    );
  });

  it("needs two texts for pairs, and one text otherwise", () => {
    const other = (row: number) => `The description of room ${row} mentions a clean bathroom`;
    expect(rows({ a: sentence, b: other }, { needsPair: true }, false)).toMatchObject({ text: 0, pair: 1 });
    expect(rows({ claim: sentence, evidence: other, stars }, { needsPair: true })).toMatchObject({ text: 0, pair: 1 });
    expect(rows({ q: other, p: sentence }, like("p", ["p", "q", "stars"], { pair: "q" }))).toMatchObject({
      text: 1,
      pair: 0,
    });
    expect(() => rows({ text: sentence, stars }, { needsPair: true })).toThrow(/two columns of texts.*--pair-column/);
    expect(() => rows({ text: sentence, stars }, like("text", ["text", "q", "stars"], { pair: "q" }))).toThrow(
      /two columns of texts/,
    );
    expect(() => rows({ sentence1: sentence, sentence2: other }, { needsPair: false })).toThrow(/--text-column/);
    expect(rows({ sentence1: sentence, sentence2: other }, { needsPair: false, text: "sentence1" })).not.toHaveProperty(
      "pair",
    );
  });
});
