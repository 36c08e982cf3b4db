import type { EncoderLanguage } from "../model/encoders.ts";
import type { TypedExamples } from "../model/typed-examples.ts";
import { readJson, saveJson } from "../page/choices.ts";
import { PageError } from "../page/page-error.ts";

/** Contents of the form, which are kept across visits. */
export interface ExamplesForm {
  readonly language: EncoderLanguage;
  /** Classes with their examples, one per line. */
  readonly classes: readonly { readonly name: string; readonly lines: string }[];
}

/** Storage keys of the form, and of the examples of the last training. */
const FORM = "typed-examples";
const TRAINED = "typed-examples-trained";

/** Returns the form of the last visit; undefined if there is none. */
export function storedForm(): ExamplesForm | undefined {
  return parse<ExamplesForm>(FORM);
}

export function storeForm(form: ExamplesForm): void {
  saveJson(FORM, form);
}

/** Returns the examples that the classifier was trained on; undefined if there are none. */
export function trainedExamples(): TypedExamples | undefined {
  return parse<TypedExamples>(TRAINED);
}

export function storeTrainedExamples(examples: TypedExamples): void {
  saveJson(TRAINED, examples);
}

/** Returns a stored value that this page has written; undefined if there is none or it is damaged. */
function parse<T extends { readonly classes: readonly unknown[] }>(key: string): T | undefined {
  const value = readJson(key) as T | null | undefined;
  return Array.isArray(value?.classes) ? value! : undefined;
}

/**
 * Returns the examples of a form, without blank lines.
 *
 * @throws PageError if a class has no name, the name of another class, or no examples
 */
export function examplesOf({ language, classes }: ExamplesForm): TypedExamples {
  const seen = new Set<string>();
  const read = classes.map(({ name, lines }, i) => {
    const label = name.trim();
    const texts = linesOf(lines);
    if (label === "") throw new PageError("examples.fault.unnamed", { number: i + 1 });
    if (seen.has(label)) throw new PageError("examples.fault.name", { name: label });
    if (texts.length === 0) throw new PageError("examples.fault.few", { name: label });
    seen.add(label);
    return { name: label, texts };
  });
  return { language, classes: read };
}

/** Returns the lines of a text that are not blank, without surrounding white space. */
export function linesOf(lines: string): string[] {
  return lines
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Returns examples as a table with a header row. Tabs in texts are replaced by spaces. */
export function tableOf({ classes }: TypedExamples): string {
  const cell = (value: string) => value.replaceAll("\t", " ");
  const rows = classes.flatMap(({ name, texts }) => texts.map((each) => `${cell(name)}\t${cell(each)}\n`));
  return `label\ttext\n${rows.join("")}`;
}
