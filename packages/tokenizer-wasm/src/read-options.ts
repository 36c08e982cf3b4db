import { BertieError, didYouMean, quote } from "@bertie/common";

/** How one option is read. */
export type OptionRule<Value> = {
  /** Names of the option in Hugging Face's libraries, which are accepted as well. */
  readonly alias?: readonly string[];
  /**
   * Checks a value that is neither undefined nor null, and returns what it stands for.
   *
   * @param name the option, as the caller spelled it
   * @throws BertieError "options/…" if the value is invalid
   */
  readonly read: (value: unknown, name: string) => Value;
};

/** The options of a function. */
export type OptionRules<Options> = {
  readonly [Name in keyof Options]-?: OptionRule<Exclude<Options[Name], undefined>>;
};

/**
 * Returns a function that copies and checks options. A caller's getters run only while the options are copied, so that they
 * cannot use this package while its memory is in use.
 *
 * Options that are undefined or null are left out. The function throws BertieError "options/unknown" if there is an option
 * without a rule, and "options/value" if an option is given under two of its names or the options are not an object.
 *
 * @param target the function with these options, in messages
 * @param isComplete whether missing options are undefined in the result instead of being left out, so that all results have
 * the same shape, which is faster to create and to read
 */
export function optionReader<Options extends object>(
  target: string,
  rules: OptionRules<Options>,
  isComplete = false,
): (given: unknown) => Partial<Options> {
  const names = Object.keys(rules) as (keyof Options & string)[];
  const options = names.map((name) => ({
    name,
    spellings: [name, ...(rules[name].alias ?? [])],
    read: rules[name].read,
  }));
  const bySpelling = new Map(options.flatMap((option) => option.spellings.map((spelling) => [spelling, option])));
  const blank: Partial<Options> = isComplete
    ? (Object.fromEntries(names.map((name) => [name, undefined])) as Partial<Options>)
    : {};

  return (given) => {
    const copy = { ...blank };
    if (given === undefined || given === null) return copy;
    if (typeof given !== "object" || Array.isArray(given)) throw notAnObject(target, given);
    const values = given as Readonly<Record<string, unknown>>;
    for (const spelling in values) {
      const value = values[spelling];
      if (value === undefined) continue;
      const option = bySpelling.get(spelling);
      if (option === undefined) throw unknownOption(target, spelling, names);
      if (value === null) continue;
      if (copy[option.name] !== undefined) throw givenTwice(option.spellings, values);
      copy[option.name] = option.read(value, spelling);
    }
    if (!isPlain(values)) readInherited(values, copy);
    return copy;
  };

  /** Reads the options that a loop over properties omits, such as getters of a class. */
  function readInherited(values: Readonly<Record<string, unknown>>, copy: Partial<Options>): void {
    for (const { name, spellings, read } of options) {
      if (copy[name] !== undefined) continue;
      for (const spelling of spellings) {
        const value = values[spelling];
        if (value === undefined || value === null) continue;
        if (copy[name] !== undefined) throw givenTwice(spellings, values);
        copy[name] = read(value, spelling);
      }
    }
  }
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

function notAnObject(target: string, given: unknown): BertieError {
  const text = `the options of ${target} are ${describe(given)}. Expected an object, such as { maxLength: 128 }.`;
  return new BertieError("options/value", text);
}

function unknownOption(target: string, name: string, names: readonly string[]): BertieError {
  const suggestion = didYouMean(name, names) || ` Expected ${listed(names)}.`;
  return new BertieError("options/unknown", `${target} has no option ${quote(name)}.${suggestion}`);
}

function givenTwice(spellings: readonly string[], values: Readonly<Record<string, unknown>>): BertieError {
  const [name, alias] = spellings.filter((spelling) => values[spelling] !== undefined && values[spelling] !== null);
  return new BertieError("options/value", `${name} and ${alias} are the same option. Set one of them.`);
}

/** Reads true or false. */
export function readBoolean(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new BertieError("options/value", `${name} is ${describe(value)}. Expected true or false.`);
}

/**
 * Returns a function that reads one of several values.
 *
 * @param values what each spelling stands for
 * @param error makes the error for other values, from a description of the value and of what was expected
 * @param others description of further values that the caller accepts
 */
export function readChoice<Value>(
  values: ReadonlyMap<unknown, Value>,
  error: (text: string) => BertieError = (text) => new BertieError("options/value", text),
  others: readonly string[] = [],
): (value: unknown, name: string) => Value {
  return (value, name) => {
    const choice = values.get(value);
    if (choice !== undefined) return choice;
    const spellings = [...values.keys()];
    const suggestion = typeof value === "string" ? didYouMean(value, spellings.filter(isText)) : "";
    const expected = listed([...spellings.map(describe), ...others]);
    throw error(`${name} is ${describe(value)}. Expected ${expected}.${suggestion}`);
  };
}

/** Reads a whole number of at least `least`. */
export function readCount(
  least: number,
  error: (text: string) => BertieError = (text) => new BertieError("options/value", text),
): (value: unknown, name: string) => number {
  return (value, name) => {
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    throw error(`${name} is ${describe(value)}. Expected a whole number of at least ${least}.`);
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Formats a value for an error message. */
export function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (typeof value === "bigint") return `${value}n`;
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

/** Joins choices to a list. */
function listed(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join() : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}
