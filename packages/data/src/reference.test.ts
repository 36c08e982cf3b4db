import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { labelIdsOf, resolveLabels } from "./labels.ts";
import { fileNameOf, readExamples, type SetName } from "./processor.ts";
import { getProcessor } from "./tasks/get-processor.ts";

const REFERENCE = process.env.BERTIE_REFERENCE_DATA;
const EXAMPLES = fileURLToPath(new URL("../../../examples/data", import.meta.url));

function read(directory: string, task: string, set: SetName) {
  const processor = getProcessor(task);
  return readExamples(processor, set, readFileSync(`${directory}/${fileNameOf(processor, set)}`));
}

describe("examples/data/reviews", () => {
  it("has 4000 and 1000 rows, half of them positive, without blank lines or texts in both files", () => {
    const [train, dev] = [read(`${EXAMPLES}/reviews`, "news", "train"), read(`${EXAMPLES}/reviews`, "news", "dev")];
    expect([train.examples.length, dev.examples.length]).toEqual([4000, 1000]);
    expect([train.blankLines, dev.blankLines]).toEqual([0, 0]);
    const labels = resolveLabels(getProcessor("news"), { trainExamples: train.examples });
    expect(labels).toEqual(["negative", "positive"]);
    expect(labelIdsOf(train.examples, labels).filter((id) => id === 1)).toHaveLength(2000);
    expect(labelIdsOf(dev.examples, labels).filter((id) => id === 1)).toHaveLength(500);
    const trainTexts = new Set(train.examples.map(({ textA }) => textA));
    expect(dev.examples.filter(({ textA }) => trainTexts.has(textA))).toEqual([]);
  });

  it("has five unseen texts, which are not in the training or validation set", () => {
    const unseen = readFileSync(`${EXAMPLES}/reviews/unseen.txt`);
    const { examples } = readExamples(getProcessor("news"), "test", unseen);
    const known = (["train", "dev"] as const).flatMap((set) => read(`${EXAMPLES}/reviews`, "news", set).examples);
    const texts = new Set(known.map(({ textA }) => textA));
    expect(examples).toHaveLength(5);
    expect(examples.filter(({ textA }) => texts.has(textA))).toEqual([]);
  });
});

if (REFERENCE === undefined) console.warn("SKIPPED: reference data sets, because BERTIE_REFERENCE_DATA is not set");

describe.skipIf(REFERENCE === undefined)("reference data sets (need BERTIE_REFERENCE_DATA)", () => {
  it.each<[folder: string, task: string, counts: Partial<Record<SetName, number>>, labels: number]>([
    ["reviews", "news", { train: 4000, dev: 1000 }, 2],
    ["news", "news", { train: 5000, dev: 1000 }, 10],
    ["chnsenti", "news", { train: 6565, dev: 1200 }, 2],
    ["cola", "cola", { train: 8551, dev: 1043 }, 2],
    ["mrpc", "mrpc", { train: 4076, dev: 1725 }, 2],
    ["mnli", "mnli", { train: 6, dev: 5, dev_mismatched: 5, test: 5 }, 3],
  ])("readExamples() reads every row and label of %s", (folder, task, counts, labelCount) => {
    const directory = `${REFERENCE}/data/${folder}`;
    const trainExamples = read(directory, task, "train").examples;
    const labels = resolveLabels(getProcessor(task), { trainExamples });
    expect(labels).toHaveLength(labelCount);

    for (const [set, count] of Object.entries(counts) as [SetName, number][]) {
      const { examples, blankLines } = read(directory, task, set);
      expect(examples).toHaveLength(count);
      expect(blankLines).toBe(0);
      expect(new Set(examples.map(({ guid }) => guid)).size).toBe(count);
      const labelIds = labelIdsOf(examples, labels);
      expect(labelIds.every((id) => (id === undefined) === set.startsWith("test"))).toBe(true);
      const isPair = task === "mrpc" || task === "mnli";
      expect(examples.every(({ textA, textB }) => textA !== "" && (textB !== undefined) === isPair)).toBe(true);
    }
  });

  it("readExamples() keeps quotes and drops the byte order mark of mrpc", () => {
    const [first] = read(`${REFERENCE}/data/mrpc`, "mrpc", "train").examples;
    expect(first).toMatchObject({ guid: "train-1", label: "1", source: { line: 2 } });
    expect(first!.textA).toMatch(/^Amrozi .* "the witness", .*evidence\.$/);
  });

  it("readExamples() takes guids of mnli from the first column and labels from the last one", () => {
    const { examples } = read(`${REFERENCE}/data/mnli`, "mnli", "dev");
    expect(examples.slice(0, 2)).toMatchObject([
      { guid: "dev_matched-0", textA: "The new rights are nice enough", label: "neutral" },
      { guid: "dev_matched-1", label: "contradiction" },
    ]);
  });
});
