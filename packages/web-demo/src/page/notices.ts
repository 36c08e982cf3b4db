import { BertieError } from "@bertie/common";
import { faultInChinese } from "../texts/faults-zh.ts";
import { clearText, setText, type TextKey, type Values } from "./language.ts";

/** Shows an error message in an element that screen readers announce. */
export function showFault(target: HTMLElement, error: unknown): void {
  target.hidden = false;
  if (error instanceof BertieError) {
    const message = withoutFlags(error.message);
    setText(target, "fault.input", { message, inChinese: faultInChinese(error.code) });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  setText(target, "fault.other", { message });
}

/** Removes the options of the command line that a message names: in parentheses, or with their sentence. */
export function withoutFlags(message: string): string {
  return message.replace(/ \(--[^)]*\)/g, "").replace(/ [^.]* --[^.]*\.$/, "");
}

/** Hides an error message. */
export function clearFault(target: HTMLElement): void {
  target.hidden = true;
  clearText(target);
}

/** Shows a warning in an element that {@link clearFault} hides. */
export function showWarning(target: HTMLElement, key: TextKey, values: Values = {}): void {
  target.hidden = false;
  setText(target, key, values);
}
