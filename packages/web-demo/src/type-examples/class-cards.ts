import { element } from "../page/dom.ts";
import { formatNumber, setText, text } from "../page/language.ts";
import { type ExamplesForm, linesOf } from "./stored-examples.ts";

type TypedClass = ExamplesForm["classes"][number];

/** List of classes, each with a name and a box of examples. */
export interface ClassCards {
  classes(): readonly TypedClass[];
  /** Replaces all classes. */
  show(classes: readonly TypedClass[]): void;
  /** Adds a class without examples, and moves the focus to its name. */
  add(): void;
}

/** Minimum number of classes. */
const MINIMUM = 2;

/**
 * Creates the list of classes in an element.
 *
 * @param onInput called when the user has changed a class
 */
export function createClassCards(target: HTMLElement, onInput: () => void): ClassCards {
  const cards = () => [...target.querySelectorAll("fieldset")];
  const nameOf = (card: Element) => card.querySelector("input")!;
  const boxOf = (card: Element) => card.querySelector("textarea")!;

  /** Numbers the classes, counts their examples, and allows removing classes unless there are only two. */
  function number(): void {
    for (const [i, card] of cards().entries()) {
      setText(card.querySelector("legend")!, "examples.class", { number: i + 1 });
      setText(card.querySelector(".count")!, "examples.count", {
        count: formatNumber(linesOf(boxOf(card).value).length),
      });
      const remove = card.querySelector("button")!;
      setText(remove, "examples.remove", { number: i + 1 });
      remove.disabled = cards().length <= MINIMUM;
    }
  }

  function changed(): void {
    number();
    onInput();
  }

  function cardOf({ name, lines }: TypedClass): HTMLElement {
    const nameField = element("input", { type: "text", autocomplete: "off", value: name });
    const box = element("textarea", { rows: 5 });
    box.value = lines;
    const remove = element("button", { type: "button", class: "quiet" });
    const label = (key: "examples.name" | "examples.texts", field: HTMLElement) =>
      element("label", { class: "field" }, element("span", { "data-text": key }, text(key)), field);
    const card = element(
      "fieldset",
      { class: "class" },
      element("legend"),
      label("examples.name", nameField),
      label("examples.texts", box),
      element("div", { class: "heading" }, element("span", { class: "note count" }), remove),
    );
    for (const field of [nameField, box]) field.addEventListener("input", changed);
    remove.addEventListener("click", () => {
      const next = card.nextElementSibling ?? card.previousElementSibling;
      card.remove();
      changed();
      if (next !== null) nameOf(next).focus();
    });
    return card;
  }

  return {
    classes: () => cards().map((card) => ({ name: nameOf(card).value, lines: boxOf(card).value })),
    show(classes) {
      target.replaceChildren(...classes.map(cardOf));
      number();
    },
    add() {
      target.append(cardOf({ name: "", lines: "" }));
      changed();
      nameOf(cards().at(-1)!).focus();
    },
  };
}
