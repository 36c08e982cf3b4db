import { byId, element } from "../page/dom.ts";
import { clearText, formatNumber, setText, type TextKey, text, type Values } from "../page/language.ts";
import { clearFault, setProblem, showWarning, withoutFlags } from "../page/notices.ts";
import type { TextLanguage } from "../page/text-language.ts";
import { abbreviate } from "../page/truncate.ts";
import { type StartName, startFacts } from "./start-names.ts";
import type { TableReport } from "./table-data.ts";

const MAX_CLASSES = 20;
const MAX_LABEL = 40;
/** Errors that have a text of their own. */
const DESCRIBED = ["input/too-few-labels", "input/empty-label", "input/no-column"];

/** Shows the classes and the sets of a table, and what is wrong with it. */
export function showReport(report: TableReport, { doubt }: { readonly doubt: string | undefined }): void {
  const { name, rows, classes, emptyLabels, emptyTexts, sets, fault } = report;
  const values = { name, rows: formatNumber(rows), labels: formatNumber(classes.length) };
  setText(byId("data-summary", HTMLElement), "train.data.summary", values);
  showClasses(report);
  if (sets !== undefined) showSetSizes(sets);

  const problems: HTMLElement[] = [];
  const add = (key: TextKey, values: Values = {}, style = "warning") => {
    const paragraph = element("p", { class: style });
    setText(paragraph, key, values);
    problems.push(paragraph);
  };
  const found = (rows: TableReport["emptyTexts"]) => ({
    count: formatNumber(rows.count),
    line: formatNumber(rows.line),
  });
  if (doubt !== undefined) add("train.problem.doubtful", { message: withoutFlags(doubt) });
  if (fault?.code === "input/no-column") add("train.fault.no-label", {}, "fault");
  if (classes.length === 1) add("train.problem.one-class", { label: classes[0]!.label }, "fault");
  if (emptyLabels.count > 0) add("train.problem.empty-labels", found(emptyLabels), "fault");
  if (emptyTexts.count > 0) add("train.problem.empty-texts", found(emptyTexts));
  const single = classes.filter((each) => each.rows === 1).map(({ label }) => label);
  if (single.length > 0 && classes.length > 1) add("train.problem.single-rows", { labels: listOf(single) });
  if (fault !== undefined && !DESCRIBED.includes(fault.code)) {
    const paragraph = element("p", { class: "fault" });
    setProblem(paragraph, fault);
    problems.push(paragraph);
  }
  byId("data-problems", HTMLElement).replaceChildren(...problems);
}

function showClasses({ classes }: TableReport): void {
  const items = classes.slice(0, MAX_CLASSES).map(({ label, rows }) => {
    const item = element("li");
    setText(item, "train.data.class", { label: abbreviate(label, MAX_LABEL), rows: formatNumber(rows) });
    return item;
  });
  if (classes.length > MAX_CLASSES) {
    const more = element("li");
    setText(more, "train.data.more-classes", { count: formatNumber(classes.length - MAX_CLASSES) });
    items.push(more);
  }
  const list = byId("data-classes", HTMLUListElement);
  list.hidden = items.length === 0;
  list.replaceChildren(...items);
}

/** Shows how many rows are trained on, and how many are held out. */
export function showSetSizes({ train, heldOut }: { readonly train: number; readonly heldOut: number }): void {
  const values = { train: formatNumber(train), heldOut: formatNumber(heldOut) };
  setText(byId("data-sets", HTMLElement), "train.data.sets", values);
}

export function clearReport(): void {
  for (const id of ["data-summary", "data-sets"]) clearText(byId(id, HTMLElement));
  byId("data-classes", HTMLUListElement).hidden = true;
  byId("data-problems", HTMLElement).replaceChildren();
}

/** Warns if the texts are in another language than the base model. */
export function showLanguageWarning(language: TextLanguage | undefined, start: StartName): void {
  const warning = byId("model-warning", HTMLElement);
  const known = startFacts[start].language;
  if (language === undefined || known === undefined || language === known) {
    clearFault(warning);
    return;
  }
  showWarning(warning, "train.problem.language", {
    language: text(`train.language.${language}`),
    model: text(`train.language.${known}`),
  });
}

function listOf(labels: readonly string[]): string {
  const listed = labels.slice(0, 5).map((label) => abbreviate(label, MAX_LABEL));
  return listed.join(", ") + (labels.length > listed.length ? " …" : "");
}
