import { BertieError } from "@bertie/common";
import { faultInChinese } from "../texts/faults-zh.ts";
import { clearText, setText } from "./language.ts";

/** Says in words what went wrong, in an element that screen readers watch. */
export function showFault(place: HTMLElement, error: unknown): void {
  place.hidden = false;
  if (error instanceof BertieError) {
    setText(place, "fault.input", { message: error.message, inChinese: faultInChinese(error.code) });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  setText(place, "fault.other", { message });
}

export function clearFault(place: HTMLElement): void {
  place.hidden = true;
  clearText(place);
}
