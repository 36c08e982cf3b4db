import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullReport } from "../testing/report-data.ts";
import { codeSpan, plainText } from "./markdown.ts";
import { modelCard } from "./model-card.ts";

describe("modelCard()", () => {
  const card = modelCard(fullReport);
  const [, metadata = "", body = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(card) ?? [];

  it("starts with metadata as Hugging Face reads them", () => {
    expect(metadata.split("\n").slice(0, 7)).toEqual([
      'language: "zh"',
      ...[
        "library_name: transformers",
        "pipeline_tag: text-classification",
        "tags:",
        "- text-classification",
        "- bert",
      ],
      "- bertie",
    ]);
    expect(metadata).toContain('base_model: "bert-base"');
    expect(metadata).toContain('    - type: "accuracy"\n      value: 0.8\n      name: "Accuracy"');
  });

  it("contains results, labels, hashes of the data, limits and usage", () => {
    expect(body).toContain("| Accuracy | 80.0% | 50.0% to 100.0% |");
    expect(body).toContain("- Linear probe: Accuracy 70.0%");
    expect(body).toContain("| 1 | `positive` | 80.0% | 80.0% | 80.0% | 5 |");
    expect(body).toContain(`| \`train.tsv\` | 1,000 | \`${"ab".repeat(32)}\` |`);
    expect(body).toContain("- Labels with fewer than 50 training rows: `positive`.");
    expect(body).toContain('pipeline("text-classification"');
    expect(body).toContain("| --learning-rate | `0.0001` |");
  });

  it("does not promise a label for each text if a text can have several labels", () => {
    const multi = modelCard({ ...fullReport, problemType: "multi_label_classification" });
    expect(multi).toContain("labels whose probability reaches the threshold, and no label if none does.");
    expect(multi).not.toContain("Every text gets");
  });

  it("does not reveal paths of the machine", () => {
    const options = [{ name: "--data-dir", value: "/home/someone/data", changed: true }];
    expect(modelCard({ ...fullReport, title: "/home/someone/run", options })).not.toContain("someone");
  });

  it("keeps texts of any kind within a line of metadata, and within a cell of a table", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const hostile = modelCard({
          ...fullReport,
          title: `a${text.replaceAll(/[\\/]/g, "")}b`,
          labels: [text, "positive"],
        });
        expect(hostile.split("\n").filter((line) => line === "---")).toHaveLength(2);
        const name = /^- name: (".*")$/m.exec(hostile)?.[1];
        expect(JSON.parse(name!)).toBe(`a${text.replaceAll(/[\\/]/g, "")}b`.toString());
        const row = hostile.split("\n").find((line) => line.startsWith("| 0 | "))!;
        expect(row.replaceAll("\\|", "").match(/\|/g)).toHaveLength(3);
      }),
    );
  });

  it("escapes Markdown and HTML", () => {
    expect(plainText("<b> [x](y) *z* a|b\nc")).toBe("&lt;b&gt; \\[x\\](y) \\*z\\* a\\|b c");
    expect(codeSpan("a``b`")).toBe("``` a``b` ```");
    expect(codeSpan("")).toBe("`  `");
  });
});
