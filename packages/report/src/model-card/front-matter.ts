import { metricTitle } from "../html/numbers.ts";
import type { ReportData, ReportedEvaluation } from "../report-data.ts";
import { nameOf } from "./markdown.ts";

/** Creates the metadata of a model card as Hugging Face reads them. Texts are JSON strings, which are valid YAML. */
export function frontMatter({ title, run, problemType, evaluations }: ReportData): string {
  const name = nameOf(title);
  const base = run.baseModel && (hubNameOf(run.baseModel) ?? nameOf(run.baseModel));
  const lines = [
    "---",
    ...(run.language === undefined ? [] : [`language: ${text(run.language)}`]),
    "library_name: transformers",
    "pipeline_tag: text-classification",
    "tags:",
    ...[
      "text-classification",
      "bert",
      "bertie",
      ...(problemType === "single_label_classification" ? [] : [problemType.replaceAll("_", "-")]),
    ].map((tag) => `- ${tag}`),
    ...(base === undefined ? [] : [`base_model: ${text(base)}`]),
    ...(evaluations.length > 0 ? modelIndex(name, run.task, evaluations) : []),
    "---",
  ];
  return `${lines.join("\n")}\n`;
}

/** Returns the name of a model on the Hugging Face Hub, given its name and commit. */
function hubNameOf(model: string): string | undefined {
  return /^([^/]+(?:\/[^/]+)?)@[0-9a-f]{40}$/.exec(model)?.[1];
}

function modelIndex(name: string, task: string | undefined, evaluations: readonly ReportedEvaluation[]): string[] {
  return [
    "model-index:",
    `- name: ${text(name)}`,
    "  results:",
    ...evaluations.flatMap((evaluation) => [
      "  - task:",
      "      type: text-classification",
      "      name: Text classification",
      "    dataset:",
      `      name: ${text(task ?? "own data")}`,
      `      type: ${text(task ?? "own-data")}`,
      `      split: ${text(evaluation.name)}`,
      "    metrics:",
      ...evaluation.scores
        .filter(({ value }) => Number.isFinite(value))
        .flatMap((score) => [
          `    - type: ${text(score.name)}`,
          `      value: ${score.value}`,
          `      name: ${text(metricTitle(score.name))}`,
        ]),
    ]),
  ];
}

function text(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
