import { BertieError, type ErrorCode } from "@bertie/common";
import { faultInChinese } from "../texts/faults-zh.ts";
import { element } from "./dom.ts";
import { clearText, setText, type TextKey, type Values } from "./language.ts";
import { PageError } from "./page-error.ts";

/** Shows an error message in an element that screen readers announce. */
export function showFault(target: HTMLElement, error: unknown): void {
  target.hidden = false;
  if (error instanceof PageError) {
    setText(target, error.key, error.values);
    return;
  }
  if (error instanceof BertieError) {
    setProblem(target, error);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  setText(target, "fault.other", { message });
}

/** Sets the text of an element to the message of an error or a warning, in Chinese after a description of its code. */
export function setProblem(
  target: Element,
  { message, code }: { readonly message: string; readonly code?: ErrorCode },
): void {
  setText(target, "fault.input", { message: withoutFlags(message), inChinese: faultInChinese(code) });
}

/** Returns an element with the message of a warning, as {@link setProblem} sets it. */
export function problemElement(problem: Parameters<typeof setProblem>[1]): HTMLElement {
  const message = element("span");
  setProblem(message, problem);
  return message;
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
