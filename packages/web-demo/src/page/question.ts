import { byId } from "./dom.ts";
import { setText, type TextKey, type Values } from "./language.ts";

/**
 * Asks the user a question in a modal dialog.
 *
 * @param action text of the button that agrees
 * @returns whether the user has agreed
 */
export function ask(question: TextKey, action: TextKey, values: Values = {}): Promise<boolean> {
  const dialog = byId("question", HTMLDialogElement);
  setText(byId("question-text", HTMLElement), question, values);
  const yes = byId("question-yes", HTMLButtonElement);
  setText(yes, action);
  dialog.returnValue = "";
  dialog.showModal();
  yes.onclick = () => dialog.close("yes");
  byId("question-no", HTMLButtonElement).onclick = () => dialog.close();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
