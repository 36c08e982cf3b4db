import type { LabelScore } from "@bertie/classifier";
import type { ProblemType } from "@bertie/common";
import { announce } from "../page/announce.ts";
import { element } from "../page/dom.ts";
import { formatNumber, text } from "../page/language.ts";

/**
 * Shows the probabilities of labels as bars in a list, and announces the most probable label. The value of a regression is shown
 * as a number.
 */
export function showBars(list: HTMLUListElement, scores: readonly LabelScore[], problemType: ProblemType): void {
  const isValue = problemType === "regression";
  const format = (score: number) => (isValue ? formatNumber(score, 3) : `${formatNumber(100 * score, 1)}%`);
  const rows = scores.map(({ label, score }) =>
    element(
      "li",
      {},
      element("span", {}, label),
      isValue ? "" : element("meter", { min: 0, max: 1, value: score, "aria-label": label }),
      element("span", { class: "value", "data-probability": score }, format(score)),
    ),
  );
  list.replaceChildren(...rows);
  const [first] = scores;
  if (first !== undefined) announce(text("classify.announcement", { label: first.label, score: format(first.score) }));
}
