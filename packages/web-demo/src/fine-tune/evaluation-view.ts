import type { Evaluation } from "@bertie/classifier";
import { announce } from "../page/announce.ts";
import { byId, element } from "../page/dom.ts";
import { formatNumber, setText } from "../page/language.ts";

/** Scrolls to the result of a run that has just ended, and announces it. */
export function revealEvaluation(): void {
  byId("evaluation-title", HTMLElement).focus({ preventScroll: true });
  byId("evaluation", HTMLElement).scrollIntoView();
  announce(byId("evaluation-summary", HTMLElement).textContent ?? "");
}

/** Shows the accuracy, the loss and the confusion matrix of the model. */
export function showEvaluation({ examples, accuracy, loss, labels, confusion }: Evaluation): void {
  byId("evaluation", HTMLElement).hidden = false;
  setText(byId("evaluation-summary", HTMLElement), "train.evaluation.summary", {
    percent: formatNumber(100 * accuracy, 1),
    rows: formatNumber(examples),
    loss: formatNumber(loss, 3),
  });
  const heads = labels.map((label) => element("th", { scope: "col" }, label));
  const rows = labels.map((label, i) => {
    const rowTotal = Math.max(
      confusion[i]!.reduce((sum, count) => sum + count, 0),
      1,
    );
    const cells = confusion[i]!.map((count, j) => {
      const cell = element("td", { class: i === j ? "right" : "wrong" }, formatNumber(count));
      cell.style.setProperty("--strength", `${Math.round((100 * count) / rowTotal)}%`);
      return cell;
    });
    return element("tr", {}, element("th", { scope: "row" }, label), ...cells);
  });
  byId("confusion", HTMLTableElement).replaceChildren(
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
    element("tbody", {}, ...rows),
  );
}
