import { type TextKey, text, type Values } from "./language.ts";

/** Error in what the user entered, with a text of the page, which is translated when the language changes. */
export class PageError extends Error {
  readonly key: TextKey;
  readonly values: Values;

  constructor(key: TextKey, values: Values = {}) {
    super(text(key, values));
    this.name = "PageError";
    this.key = key;
    this.values = values;
  }
}
