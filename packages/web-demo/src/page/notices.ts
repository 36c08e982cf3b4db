import { BertieError } from "@bertie/common";
import { faultInChinese } from "../texts/faults-zh.ts";
import { clearText, setText } from "./language.ts";

/** Shows an error message in an element that screen readers announce. */
export function showFault(target: HTMLElement, error: unknown): void {
  target.hidden = false;
  if (error instanceof BertieError) {
    setText(target, "fault.input", { message: error.message, inChinese: faultInChinese(error.code) });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  setText(target, "fault.other", { message });
}

/** Hides an error message. */
export function clearFault(target: HTMLElement): void {
  target.hidden = true;
  clearText(target);
}
