import { metricTitle, metricValue, number, percent } from "../html/numbers.ts";
import type { ReportData, ReportedEvaluation } from "../report-data.ts";
import { headlinesOf } from "../sections/result.ts";
import { usageCode } from "../usage-code.ts";
import { frontMatter } from "./front-matter.ts";
import { codeSpan, markdownTable, nameOf, plainText } from "./markdown.ts";

const MAX_LABELS = 100;

/**
 * Creates the model card of a run: README.md for the directory of the model, with metadata in the format of Hugging
 * Face. The card contains only facts about the run.
 *
 * @returns Markdown with YAML front matter
 *
 * @example
 * ```ts
 * import { modelCard, type ReportData } from "@bertie/report";
 *
 * const data: ReportData = {
 *   title: "reviews",
 *   problemType: "single_label_classification",
 *   labels: ["bad", "good"],
 *   run: { trained: true, pairs: false, language: "zh" },
 *   curves: { steps: [], scores: [] },
 *   evaluations: [{ name: "dev", examples: 8, scores: [{ name: "accuracy", value: 0.75 }], perLabel: [] }],
 *   ...{ baselines: [], mistakes: [], suspects: [], options: [] },
 *   data: { sets: [], problems: [] },
 *   environment: { versions: {}, files: [] },
 * };
 * console.log(modelCard(data).split("\n")[1]); // language: "zh"
 * ```
 */
export function modelCard(data: ReportData): string {
  const { title, evaluations } = data;
  const parts = [
    frontMatter(data),
    `# ${plainText(nameOf(title))}\n`,
    introduction(data),
    ...(evaluations.length > 0 ? ["## Results\n", ...evaluations.map((set) => results(data, set))] : []),
    ...labelList(data),
    "## Training data\n",
    trainingData(data),
    "## Intended use and limits\n",
    limits(data),
    "## How to use the model\n",
    usage(data),
    "## Training\n",
    training(data),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function introduction({ run, problemType, labels }: ReportData): string {
  const kind = run.pairs ? "pairs of texts" : "texts";
  const task = {
    single_label_classification: `assigns one of ${number(labels.length)} labels to ${kind}`,
    multi_label_classification: `assigns any of ${number(labels.length)} labels to ${kind}`,
    regression: `predicts a number for ${kind}`,
  }[problemType];
  const base = run.baseModel === undefined ? "" : `, fine-tuned from ${codeSpan(run.baseModel)}`;
  return `A BERT model that ${task}${base}. It was trained with [Bertie](https://github.com/bertie-bert/bertie).\n`;
}

function results({ problemType, baselines }: ReportData, { name, examples, scores }: ReportedEvaluation): string {
  const rows = headlinesOf(problemType, scores).map((score) => [
    metricTitle(score.name),
    metricValue(score.name, score.value),
    score.interval ? score.interval.map((bound) => metricValue(score.name, bound)).join(" to ") : "",
  ]);
  const compared = baselines.flatMap((baseline) => {
    const score = headlinesOf(problemType, baseline.scores)[0];
    return score === undefined
      ? []
      : [`- ${plainText(baseline.name)}: ${metricTitle(score.name)} ${metricValue(score.name, score.value)}\n`];
  });
  const baselineList = compared.length > 0 ? `\nBaselines on the same rows:\n\n${compared.join("")}` : "";
  return `On the ${number(examples)} rows of the set ${codeSpan(name)}:\n\n${markdownTable(["Metric", "Value", "95% interval"], rows)}${baselineList}`;
}

function labelList({ labels, evaluations, problemType }: ReportData): string[] {
  if (problemType === "regression") return [];
  const scores = new Map(evaluations[0]?.perLabel.map((each) => [each.label, each]));
  const rows = labels.slice(0, MAX_LABELS).map((label, id) => {
    const score = scores.get(label);
    return [
      String(id),
      codeSpan(label),
      ...(score ? [percent(score.precision), percent(score.recall), percent(score.f1), number(score.support)] : []),
    ];
  });
  const measured = scores.size > 0 ? ["Precision", "Recall", "F1", "Rows"] : [];
  const rest =
    labels.length > MAX_LABELS ? `\n…and ${number(labels.length - MAX_LABELS)} more; \`config.json\` lists all.\n` : "";
  return ["## Labels\n", markdownTable(["Id", "Label", ...measured], rows) + rest];
}

function trainingData({ data, environment }: ReportData): string {
  const sets = data.sets.map(({ name, rows, labels }) => [
    codeSpan(name),
    number(rows),
    labels
      .slice(0, 20)
      .map(({ label, count }) => `${codeSpan(label)} ${number(count)}`)
      .join(", "),
  ]);
  const files = environment.files.map(({ path, bytes, sha256 }) => [
    codeSpan(nameOf(path)),
    number(bytes),
    codeSpan(sha256),
  ]);
  const parts = [
    sets.length > 0 ? markdownTable(["Set", "Rows", "Rows per label"], sets) : "",
    files.length > 0 ? `Files that the run read:\n\n${markdownTable(["File", "Bytes", "SHA-256"], files)}` : "",
  ].filter(Boolean);
  return parts.length > 0 ? parts.join("\n") : "The run recorded no facts about its data.\n";
}

/** States the limits that follow from the facts of the run. */
function limits({ run, data, evaluations, labels, problemType }: ReportData): string {
  const [evaluation] = evaluations;
  const train = data.sets.find(({ name }) => name === "train");
  const weak = evaluation?.perLabel.filter(({ f1, support }) => support > 0 && f1 < 0.5) ?? [];
  const rare = train?.labels.filter(({ count }) => count < 50) ?? [];
  const named = (list: readonly { readonly label: string }[]) =>
    list
      .slice(0, 10)
      .map(({ label }) => codeSpan(label))
      .join(", ") + (list.length > 10 ? ", …" : "");
  const lines = [
    `The model is for ${run.pairs ? "pairs of texts" : "texts"} like its training data${train ? ` of ${number(train.rows)} rows` : ""}. It has not been evaluated on other data.`,
    problemType === "single_label_classification" &&
      `Every text gets one of the ${number(labels.length)} labels, even if none is appropriate.`,
    problemType === "multi_label_classification" &&
      `A text gets each of the ${number(labels.length)} labels whose probability reaches the threshold, and no label if none does.`,
    run.maxLength !== undefined &&
      `Texts are truncated to ${number(run.maxLength)} tokens${train?.truncated === undefined ? "" : `, which affected ${percent(train.truncated)} of the training rows`}.`,
    evaluation === undefined && "The run evaluated nothing, so the quality of the model is unknown.",
    weak.length > 0 && `F1 is below 50% for ${named(weak)}.`,
    rare.length > 0 && `Labels with fewer than 50 training rows: ${named(rare)}.`,
  ].filter((line) => line !== false);
  return lines.map((line) => `- ${line}\n`).join("");
}

const TRANSFORMERS_JS_PACKAGE = "@huggingface/transformers";

/** How to use the model in transformers.js, whose pipeline takes single texts. */
const TRANSFORMERS_JS = `
With transformers.js, after \`bertie export path/to/this/directory --format onnx --output-dir path/to/the/export\`:

\`\`\`js
import { pipeline } from ${JSON.stringify(TRANSFORMERS_JS_PACKAGE)};

const classify = await pipeline("text-classification", "path/to/the/export");
const labels = await classify("…");
\`\`\`
`;

function usage({ run }: ReportData): string {
  const python = run.pairs ? '{"text": "…", "text_pair": "…"}' : '"…"';
  return `With Bertie, in Node, Deno or a browser:

\`\`\`ts
${usageCode("path/to/this/directory", run.pairs)}
\`\`\`

On the command line: \`bertie predict ${run.pairs ? "pairs.tsv" : "texts.txt"} --model path/to/this/directory\`

With transformers, in Python:

\`\`\`py
from transformers import pipeline

classify = pipeline("text-classification", model="path/to/this/directory")
print(classify(${python}, truncation=True))
\`\`\`
${run.pairs ? "" : TRANSFORMERS_JS}`;
}

function training({ options, environment, run }: ReportData): string {
  const { versions, engine, device, precision } = environment;
  const facts = [
    ["Updates", run.steps === undefined ? undefined : number(run.steps)],
    ["Engine", engine],
    ["Device", device],
    ["Precision", precision],
    ...Object.entries(versions).map(([name, version]) => [`Version of ${name}`, version]),
    ...options.filter(({ changed, value }) => changed && !isPath(value)).map(({ name, value }) => [name, value]),
  ].flatMap(([name, value]) => (value === undefined ? [] : [[plainText(name!), codeSpan(value)]]));
  return markdownTable(["Setting", "Value"], facts);
}

/** Paths of the machine that trained the model do not belong in a document for others. */
function isPath(value: string): boolean {
  return /[\\/]/.test(value);
}
