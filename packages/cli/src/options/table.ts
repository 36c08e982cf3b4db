/** Where an option comes from: the Python script whose command lines work here unchanged, or Bertie. */
export type Origin = "script" | "bertie";

interface Common {
  readonly from: Origin;
  readonly help: string;
}

/** An option's kind, range and default. Its name is its key in a table: `dataDir` is `--data-dir`, or `--data_dir`. */
export type OptionSpec = Common &
  (
    | { readonly kind: "flag" }
    | {
        readonly kind: "text" | "path";
        readonly default?: string;
        /** Whether the option may stand without a value, and then is true. */
        readonly optional?: true;
      }
    | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default?: string }
    | {
        readonly kind: "integer" | "number";
        readonly default?: number;
        readonly min?: number;
        readonly max?: number;
        /** A bound that is not in the range itself. */
        readonly above?: number;
      }
  );

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S extends { readonly kind: "flag" }
  ? boolean
  : S extends { readonly kind: "integer" | "number" }
    ? number
    : S extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : S extends { readonly optional: true }
        ? string | true
        : string;

/** The values of a table's options: flags and those with a default always have one. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { readonly kind: "flag" } | { readonly default: string | number }
    ? ValueOf<T[K]>
    : ValueOf<T[K]> | undefined;
};

/** `dataDir` → `data-dir`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `dataDir` → `data_dir`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `data-dir`, `data_dir` → `dataDir`. */
export function camelCase(name: string): string {
  return name.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
