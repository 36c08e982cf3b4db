import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReportData } from "./report-data.ts";
import { reportHtml } from "./report-html.ts";
import { fullReport } from "./testing/report-data.ts";

/** Replaces every text in plain data. */
function withTexts<T>(value: T, text: (old: string) => string): T {
  if (typeof value === "string") return text(value) as T;
  if (Array.isArray(value)) return value.map((item) => withTexts(item, text)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withTexts(item, text)])) as T;
}

/** Returns the structure of a page: its tags and attribute names, without texts and attribute values. */
function structureOf(page: string): string[] {
  return Array.from(page.matchAll(/<[^>]*>/g), ([tag]) => tag.replace(/"[^"]*"/g, '""'));
}

const evaluation = fullReport.evaluations[0]!;

describe("reportHtml()", () => {
  const page = reportHtml(fullReport);

  it("has a section for each kind of facts, in which headings name the contents", () => {
    const headings = Array.from(page.matchAll(/<h2 id="(\w+)">([^<]+)</g), ([, , title]) => title);
    expect(headings).toEqual([
      ...["Result", "Training", "Metrics", "Worst mistakes", "Suspicious labels", "Data", "Options", "Environment"],
      "Use the model",
    ]);
    for (const [, id] of page.matchAll(/href="#(\w+)"/g)) expect(page).toContain(`id="${id}"`);
  });

  it("shows accuracy with its interval and the baseline beside it", () => {
    expect(page).toContain("<strong>80.0%</strong>");
    expect(page).toContain("95% interval: 50.0% to 100.0%");
    expect(page).toMatch(
      /Baseline: Linear probe<\/span\s*><strong>70.0%<\/strong\s*><span>Accuracy; the model: \+10.0 points/,
    );
  });

  it("marks the words of explained mistakes, and names them", () => {
    expect(page).toContain('<span class="for" style="--share: 0.16">房间</span>');
    expect(page).toContain('<span class="against" style="--share: 1.00">不</span>好 at all');
    expect(page).toContain("Contradicts it: <bdi>不</bdi> (−2.50)");
    expect(page).toContain("1 of these rows is not explained");
  });

  it("needs no other file and has no script", () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=/);
    expect(Array.from(page.matchAll(/(?:href|src)="([^"]*)"/g), ([, target]) => target![0])).toEqual(
      Array.from(page.matchAll(/href="/g), () => "#"),
    );
  });

  it("has unique ids, and elements for all references", () => {
    const ids = Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const references = Array.from(page.matchAll(/aria-labelledby="([^"]+)"/g), ([, names]) => names!.split(" ")).flat();
    expect(references.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("does not let texts, labels, file names or options become markup", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        ...[
          "<script>alert(1)</script>",
          '" onload="x',
          "' x='",
          "</style><b>",
          "<!--",
          "]]>",
          "&lt;",
          "\u0000",
          "\ud800",
        ],
      ),
    );
    const kept = new Set(["single_label_classification", fullReport.created]);
    fc.assert(
      fc.property(hostile, (text) => {
        const data: ReportData = withTexts(fullReport, (old) => (kept.has(old) ? old : `a${text}b`));
        const harmless: ReportData = withTexts(fullReport, (old) =>
          kept.has(old) ? old : `a${text.replace(/[^ ]/gsu, "x")}b`,
        );
        const strip = (tags: string[]) => tags.filter((tag) => !/^<\/?(?:span|bdi)/.test(tag));
        expect(strip(structureOf(reportHtml(data)))).toEqual(strip(structureOf(reportHtml(harmless))));
      }),
    );
  });

  it("limits the number of mistakes and suspects, and folds long texts", () => {
    const mistakes = Array.from({ length: 30 }, (_, i) => ({
      ...fullReport.mistakes[1]!,
      id: `dev-${i}`,
      text: "长".repeat(700),
    }));
    const suspects = Array.from({ length: 80 }, (_, i) => ({ ...fullReport.suspects[0]!, id: `train-${i}` }));
    const long = reportHtml({ ...fullReport, mistakes, mistakeCount: 99, suspects });
    expect(long.match(/dev-\d+:/g)).toHaveLength(20);
    expect(long.match(/train-\d+</g)).toHaveLength(50);
    expect(long).toContain("20 of 99 wrong predictions");
    expect(long).toContain(`${"长".repeat(600)}…`);
    expect(long).toContain("Rest of the text (100 characters)");
  });

  it("lists the most confused labels instead of a matrix of more than 20 labels", () => {
    const labels = Array.from({ length: 30 }, (_, i) => `label ${i}`);
    const confusion = labels.map((_, i) => labels.map((_, j) => (i === j ? 9 : i === 3 && j === 7 ? 5 : 0)));
    const perLabel = labels.map((label) => ({ label, precision: 1, recall: 1, f1: 1, support: 9 }));
    const many = reportHtml({ ...fullReport, labels, evaluations: [{ ...evaluation, perLabel, confusion }] });
    expect(many).not.toContain('class="heat"');
    expect(many).toMatch(/label 3<\/th\s*><td>label 7<\/td\s*><td class="number">5<\/td\s*><td class="number">35.7%/);
  });

  it("shows thresholds of several labels per row, and a scatter plot of values", () => {
    const perLabel = [{ ...evaluation.perLabel[0]!, threshold: 0.35 }];
    const { confusion: _, ...rest } = evaluation;
    const multi = { problemType: "multi_label_classification", evaluations: [{ ...rest, perLabel }] } as const;
    expect(reportHtml({ ...fullReport, ...multi })).toMatch(/Threshold<\/th>[\s\S]*0\.35</);
    const values: [number, number][] = [
      [1, 1.5],
      [4, 3.5],
      [2, Number.NaN],
    ];
    const scores = [{ name: "pearson", value: 0.9 }];
    const regression = {
      problemType: "regression",
      evaluations: [{ name: "dev", examples: 3, scores, perLabel: [], values }],
    } as const;
    const scatter = reportHtml({ ...fullReport, ...regression });
    expect(scatter).toContain("True and predicted values of 3 rows");
    expect(scatter.match(/<circle class="bar"/g)).toHaveLength(2);
    expect(scatter).toContain("<strong>0.900</strong>");
  });

  it("compares metrics that are not fractions in their own unit, without points", () => {
    const scores = [{ name: "pearson", value: 0.9 }];
    const probe = { name: "Linear probe", scores: [{ name: "pearson", value: 0.75 }] };
    const regression: ReportData = {
      ...{ ...fullReport, problemType: "regression", baselines: [probe] },
      evaluations: [{ name: "dev", examples: 3, scores, perLabel: [] }],
    };
    expect(reportHtml(regression)).toContain("Pearson correlation; the model: +0.150<");
  });

  it("names an evaluation in its title", () => {
    const run = { ...fullReport.run, trained: false };
    expect(reportHtml({ ...fullReport, run })).toContain("Report of an evaluation");
  });

  it("omits sections without facts", () => {
    const empty: ReportData = {
      ...{ title: "x", problemType: "single_label_classification", labels: [] },
      ...{ run: { trained: false, pairs: false }, curves: { steps: [], scores: [] }, evaluations: [], baselines: [] },
      ...{ mistakes: [], suspects: [], data: { sets: [], problems: [] }, options: [] },
      environment: { versions: {}, files: [] },
    };
    const page = reportHtml(empty);
    expect(page).toContain("evaluated no rows");
    expect(Array.from(page.matchAll(/<h2 id="(\w+)"/g), ([, id]) => id)).toEqual(["result", "environment"]);
  });
});
