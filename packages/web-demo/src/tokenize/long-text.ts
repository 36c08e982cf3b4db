import { truncate } from "../page/truncate.ts";

/** Maximum length of typed text in UTF-16 code units. The browser itself becomes slow when it lays out more text in a field. */
const MAX_TYPED = 100_000;

/**
 * Limits the length of a field. Longer text that is pasted or dropped stays out of the field.
 *
 * @param onLongText called with the whole text
 */
export function limitLength(field: HTMLTextAreaElement | HTMLInputElement, onLongText: (text: string) => void): void {
  const divert = (text: string) => {
    field.value = truncate(text, MAX_TYPED);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    onLongText(text);
  };
  field.addEventListener("beforeinput", (event) => {
    if (!(event instanceof InputEvent)) return;
    const added = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
    const { value, selectionStart, selectionEnd } = field;
    const [start, end] = [selectionStart ?? value.length, selectionEnd ?? value.length];
    if (value.length - (end - start) + added.length <= MAX_TYPED) return;
    if (added === "") return; // such as a deletion
    event.preventDefault();
    divert(value.slice(0, start) + added + value.slice(end));
  });
  field.addEventListener("input", () => {
    if (field.value.length > MAX_TYPED) divert(field.value);
  });
}
