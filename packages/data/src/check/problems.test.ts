import { describe, expect, it } from "vitest";
import type { InputExample } from "../example.ts";
import { createDataCheck, type DataCheckOptions } from "./data-check.ts";
import type { CheckContext, Problem } from "./problem.ts";
import { problemsOf, throwFirstError } from "./problems.ts";
import type { CheckedSet, FileFacts } from "./summary.ts";

type Rows = readonly (readonly [label: string, text: string])[];

function problemsIn(
  sets: Partial<Record<CheckedSet, Rows>>,
  context: CheckContext = {},
  options: DataCheckOptions & { readonly facts?: Partial<FileFacts> } = {},
): Problem[] {
  const check = createDataCheck(options);
  for (const [set, rows] of Object.entries(sets) as [CheckedSet, Rows][]) {
    const fileName = `${set}.tsv`;
    for (const [i, [label, textA]] of rows.entries())
      check.add(set, { guid: `${i}`, textA, label, source: { fileName, line: i + 1 } } satisfies InputExample);
    check.addFile(set, { fileName, ...options.facts });
  }
  return problemsOf(check.finish(), context);
}

const codes = (problems: readonly Problem[]) => problems.map(({ level, code }) => `${level} ${code}`);
/** Returns rows with the given numbers of rows per label and different texts. */
const rowsOf = (counts: Readonly<Record<string, number>>, text = "a text of a usual length"): Rows =>
  Object.entries(counts).flatMap(([label, rows]) =>
    Array.from({ length: rows }, (_, i) => [label, `${text} ${label} ${i}`] as const),
  );
const good = rowsOf({ good: 10, bad: 10 });

it("problemsOf() finds nothing in ordinary data", () => {
  expect(problemsIn({ train: good, dev: rowsOf({ good: 2, bad: 3 }, "another text") })).toEqual([]);
});

describe("headers that are read as rows", () => {
  const header = ["error input/header-as-row"];
  it.each([
    ["a known label and text", ["label", "text"]],
    ["other known names", ["Sentiment", "review_text"]],
    ["Chinese names", ["类别", "评论内容"]],
    ["a known label", ["stars", "utterances by people"]],
    ["a known text", ["kind", "sentence"]],
    ["unknown names, if labels repeat and texts are long", ["kind", "msg_en"]],
  ] as const)("are found with %s", (_, row) => {
    expect(codes(problemsIn({ train: [row, ...good] }))).toContain(header[0]);
    expect(codes(problemsIn({ train: [row, ...good] }, { header: false }))).not.toContain(header[0]);
  });

  it("are found in a file of three rows, and name the flags", () => {
    const [problem] = problemsIn({
      train: [
        ["label", "text"],
        ["good", "fine"],
        ["bad", "awful"],
      ],
    });
    expect(problem).toMatchObject({ level: "error", code: "input/header-as-row" });
    expect(problem!.message).toMatch(
      /^train\.tsv: the first row \(label "label", text "text"\).*--header.*--no-header/,
    );
  });

  it("are found in the middle of joined files", () => {
    const joined: Rows = [...good, ["label", "text"], ...rowsOf({ good: 3 }, "more")];
    expect(codes(problemsIn({ train: joined }))).toContain(header[0]);
  });

  it("are not found if the label occurs again, or other labels are names of columns, too", () => {
    expect(codes(problemsIn({ train: [["label", "x"], ["label", "z"], ...good] }))).not.toContain(header[0]);
    const quality = [["quality", "score"], ["quality", "speed"], ...good] as const;
    expect(codes(problemsIn({ train: quality }))).not.toContain(header[0]);
    expect(codes(problemsIn({ train: [["title", "a b"], ...rowsOf({ body: 5, score: 4 })] }))).not.toContain(header[0]);
    expect(codes(problemsIn({ train: [["rare", "an ordinary text of some words"], ...good] }))).not.toContain(
      header[0],
    );
  });
});

describe("labels that look alike", () => {
  it.each([
    ["case", "good", "Good"],
    ["zero-width space", "good", "good\u200b"],
    ["soft hyphen", "good", "go\u00adod"],
    ["variation selector", "好", "好\ufe00"],
    ["byte order mark", "good", "go\ufeffod"],
    ["composition", "café", "cafe\u0301"],
    ["width", "A1", "Ａ１"],
    ["inner spaces", "very good", "very\u00a0good"],
  ])("are an error that quotes them with counts: %s", (_, a, b) => {
    const [problem] = problemsIn({ train: rowsOf({ [a]: 5, [b]: 3, bad: 8 }) });
    expect(problem).toMatchObject({ level: "error", code: "input/similar-labels" });
    const quoted = problem!.message.match(/"(?:[^"\\]|\\.)*" \(\d\)/g)!;
    expect(new Set(quoted).size).toBe(2);
    expect(problem!.message).toMatch(/\(5\).*\(3\)/);
  });

  it("are found between sets, and between the data and known labels", () => {
    const dev = rowsOf({ Good: 2, bad: 2 }, "x");
    expect(codes(problemsIn({ train: good, dev }))[0]).toBe("error input/similar-labels");
    expect(codes(problemsIn({ train: good }, { knownLabels: ["Good", "bad"] }))[0]).toBe("error input/similar-labels");
  });
});

describe("the label column", () => {
  it("must have at least two labels", () => {
    const [problem] = problemsIn({ train: rowsOf({ good: 9 }) });
    expect(problem).toMatchObject({ level: "error", code: "input/too-few-labels" });
    expect(problem!.message).toContain('"good"');
  });

  it("must not have a different label in most rows", () => {
    const ids = (labels: number): Rows => Array.from({ length: 20 }, (_, i) => [`${i % labels}`, `a text ${i}`]);
    expect(codes(problemsIn({ train: ids(11) }))).toContain("error input/unique-labels");
    expect(codes(problemsIn({ train: ids(10) }))).not.toContain("error input/unique-labels");
    const [problem] = problemsIn({ train: ids(20) });
    expect(problem!.message).toMatch(/--label-column and --text-column.*--problem-type regression/);
  });

  it("must not have texts, even in a few rows", () => {
    const rows: Rows = [
      ["the rooms were very clean", "hotel"],
      ["the screen broke after a week", "phone"],
    ];
    expect(codes(problemsIn({ train: rows }))).toContain("error input/unique-labels");
    expect(
      codes(
        problemsIn({
          train: [
            ["hotel", "rooms"],
            ["phone", "screen"],
          ],
        }),
      ),
    ).toEqual([]);
  });

  it("must not be swapped with the text column", () => {
    const swapped = good.map(([label, text]) => [text, label] as const);
    expect(codes(problemsIn({ train: swapped }))[0]).toBe("error input/swapped-columns");
    expect(codes(problemsIn({ train: swapped.slice(8, 12) }))[0]).toBe("error input/swapped-columns");
  });

  it("may have any labels if the labels are known", () => {
    expect(codes(problemsIn({ train: rowsOf({ a: 1, b: 1 }) }, { knownLabels: ["a", "b", "c"] }))).toEqual([]);
  });
});

it("more columns than expected are an error in most rows, and a warning in some rows", () => {
  const withExtra = (extraColumnRows: number) => codes(problemsIn({ train: good }, {}, { facts: { extraColumnRows } }));
  expect(withExtra(11)).toEqual(["error input/extra-columns"]);
  expect(withExtra(10)).toEqual(["warning check/extra-columns"]);
  expect(withExtra(0)).toEqual([]);
});

describe("rare labels", () => {
  it("are imbalanced if the largest class has more than 10 times the rows of the smallest one", () => {
    expect(codes(problemsIn({ train: rowsOf({ good: 20, bad: 2 }) }))).toEqual([]);
    const train = rowsOf({ good: 21, bad: 2 });
    const [problem] = problemsIn({ train });
    expect(problem).toMatchObject({ level: "warning", code: "check/imbalanced-labels" });
    expect(problem!.message).toMatch(/"good" \(21\), "bad" \(2\).*--class-weights balanced/);
    expect(problemsIn({ train }, { classWeights: true })).toEqual([]);
  });

  it("are warned about with one row, or fewer rows than folds", () => {
    expect(codes(problemsIn({ train: rowsOf({ good: 4, bad: 1 }) }))).toEqual(["warning check/single-row-labels"]);
    const train = rowsOf({ good: 5, bad: 4 });
    expect(codes(problemsIn({ train }, { folds: 5 }))).toEqual(["warning check/fewer-rows-than-folds"]);
    expect(codes(problemsIn({ train }, { folds: 4 }))).toEqual([]);
  });
});

describe("labels of evaluation sets", () => {
  const dev = rowsOf({ good: 2, neutral: 3 }, "x");

  it("must be labels of the training set or known labels", () => {
    const [problem] = problemsIn({ train: good, dev });
    expect(problem).toMatchObject({ level: "error", code: "input/unknown-label" });
    expect(problem!.message).toMatch(
      /^dev\.tsv, line 3: label "neutral" \(3\) is not one of the labels of the training set/,
    );
    expect(codes(problemsIn({ dev }, { knownLabels: ["good", "bad"] }))).toEqual(["error input/unknown-label"]);
    expect(codes(problemsIn({ dev }, { knownLabels: ["good", "neutral"] }))).toEqual([]);
    expect(codes(problemsIn({ train: good, dev }, { skipBadRows: true }))).toEqual(["warning input/unknown-label"]);
  });

  it("may be placeholders in the test set", () => {
    for (const label of ["0", "?", "-1", ""])
      expect(problemsIn({ train: good, test: rowsOf({ [label]: 5 }, "x") })).toEqual([]);
  });
});

it("labels that look like missing values are warned about, except -1 next to 1", () => {
  for (const label of ["?", "NaN", "null", "-1", "#N/A"])
    expect(codes(problemsIn({ train: rowsOf({ good: 5, bad: 5, [label]: 5 }) }))).toEqual([
      "warning check/missing-values",
    ]);
  expect(problemsIn({ train: rowsOf({ "-1": 5, "0": 5, "1": 5 }) })).toEqual([]);
});

it("labels that consist of other labels are warned about", () => {
  const [problem] = problemsIn({ train: rowsOf({ 好评: 5, 差评: 4, "好评,差评": 3 }) });
  expect(problem!.message).toMatch(/"好评,差评" \(3\).*--problem-type multi and --label-separator ","/);
  expect(problemsIn({ train: rowsOf({ "a, b": 5, "c, d": 4 }) })).toEqual([]);
});

describe("texts", () => {
  const tokens = (unknown: number, truncated: number): DataCheckOptions => ({
    maxLength: 128,
    countTokens: (texts) => ({
      lengths: texts.map((_, i) => (i < truncated ? 129 : 128)),
      tokens: 100,
      unknown,
    }),
  });

  it("are truncated: a warning above 10%, unless long texts are split", () => {
    expect(problemsIn({ train: good }, {}, tokens(0, 2))).toEqual([]);
    const [problem] = problemsIn({ train: good }, {}, tokens(0, 3));
    expect(problem).toMatchObject({ level: "warning", code: "check/truncated-texts" });
    expect(problem!.message).toMatch(/3 texts \(15\.0%\).*--max-seq-length.*--long-text/);
    expect(problemsIn({ train: good }, { longText: "windows" }, tokens(0, 3))).toEqual([]);
  });

  it("do not fit the vocabulary: a warning above 10% [UNK], an error above 50%", () => {
    const levels = [10, 11, 50, 51].map((unknown) => codes(problemsIn({ train: good }, {}, tokens(unknown, 0)))[0]);
    const warning = "warning input/unknown-tokens";
    expect(levels).toEqual([undefined, warning, warning, "error input/unknown-tokens"]);
  });

  it("are empty: a warning for some rows, an error for most rows", () => {
    const withEmpty = (empty: number): Rows => good.map(([label, text], i) => [label, i < empty ? " " : text]);
    const found = (empty: number) =>
      codes(problemsIn({ train: withEmpty(empty) })).filter((code) => code.includes("empty"));
    expect([0, 1, 10, 11].map((empty) => found(empty)[0])).toEqual([
      undefined,
      ...["warning check/empty-texts", "warning check/empty-texts", "error input/empty-texts"],
    ]);
  });

  it("contain tabs", () => {
    expect(codes(problemsIn({ train: [["good", "a\tb"], ...good] }))).toEqual(["warning check/tabs-in-texts"]);
  });

  it("occur twice: a warning above 1%, and for every text with different labels", () => {
    const many = rowsOf({ good: 100, bad: 99 });
    expect(problemsIn({ train: [...many, many[0]!] })).toEqual([]);
    const twice = [...many, many[0]!, many[1]!, many[2]!];
    expect(codes(problemsIn({ train: twice }))).toEqual(["warning check/duplicate-texts"]);
    expect(codes(problemsIn({ train: [...many, ["bad", many[0]![1]]] }))).toEqual(["warning check/conflicting-labels"]);
  });

  it("of evaluation rows occur in the training set, with stronger words above 50%", () => {
    const other = rowsOf({ good: 5, bad: 5 }, "other");
    const some = problemsIn({ train: good, dev: [...good.slice(0, 10), ...other] });
    expect(codes(some)).toEqual(["warning check/evaluation-in-training"]);
    expect(some[0]!.message).toMatch(
      /^dev\.tsv: 10 rows \(50\.0%\).*\(10 exactly the same\), so the results are too good/,
    );
    const [most] = problemsIn({ train: good, dev: [...good.slice(0, 11), ...other] });
    expect(most!.message).toMatch(/memory instead of generalization/);
  });
});

it("values that are all equal are an error", () => {
  const check = createDataCheck({ problemType: "regression" });
  for (let i = 0; i < 5; i++) check.add("train", { guid: "", textA: `${i}`, value: 2.5 });
  expect(codes(problemsOf(check.finish()))).toEqual(["error input/too-few-labels"]);
});

it("throwFirstError() throws the first error with its code, and counts the others", () => {
  const problems = problemsIn({ train: rowsOf({ good: 5, Good: 5, bad: 5 }), dev: rowsOf({ odd: 3 }) });
  expect(() => throwFirstError(problems)).toThrow(
    expect.objectContaining({
      code: "input/similar-labels",
      message: expect.stringMatching(/\(1 more error in the data\)$/),
    }),
  );
  expect(() => throwFirstError(problems.filter(({ level }) => level === "warning"))).not.toThrow();
});
