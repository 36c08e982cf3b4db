/** Headings of the option groups, in the order in which `--help` lists them. */
export const optionGroups = [
  "Data",
  "Model",
  "Training",
  "Evaluation",
  "Output",
  "Server",
  "Limits",
  "Hardware",
  "Compatibility",
  "General",
] as const;

export type OptionGroup = (typeof optionGroups)[number];

interface Common {
  readonly group: OptionGroup;
  /** Imperative fragment for `--help`, without the choices and the default, which are appended. */
  readonly help: string;
  /** Description of the default for `--help`, if the option has no `default`. */
  readonly defaultText?: string;
  /** Placeholder of the value in `--help`, such as `dir` for `<dir>`. @default depends on `kind` */
  readonly argument?: string;
}

/**
 * Kind, range and default of an option. The key of the option in its table determines its name: `dataDir` is `--data-dir` or
 * `--data_dir`.
 */
export type OptionSpec = Common &
  (
    | { readonly kind: "flag" }
    /** Flag with three values: true for `--header`, false for `--no-header`, undefined if neither is given. */
    | { readonly kind: "switch" }
    | {
        readonly kind: "text" | "path";
        readonly default?: string;
        /** Whether the option can be given without a value; the value is then `true`. */
        readonly optional?: true;
      }
    /** Option that can be repeated: paths, or other texts. */
    | { readonly kind: "paths" | "texts" }
    | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default?: string }
    | {
        readonly kind: "integer" | "number";
        readonly default?: number;
        readonly min?: number;
        readonly max?: number;
        /** Exclusive lower bound. */
        readonly above?: number;
      }
  );

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S extends { readonly kind: "flag" | "switch" }
  ? boolean
  : S extends { readonly kind: "integer" | "number" }
    ? number
    : S extends { readonly kind: "paths" | "texts" }
      ? readonly string[]
      : S extends { readonly choices: readonly (infer Choice)[] }
        ? Choice
        : S extends { readonly optional: true }
          ? string | true
          : string;

/** Values of a table's options. Flags and options with a default are never undefined. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { readonly kind: "flag" } | { readonly default: string | number }
    ? ValueOf<T[K]>
    : ValueOf<T[K]> | undefined;
};

/** Converts `dataDir` to `data-dir`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Converts `dataDir` to `data_dir`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Converts `data-dir` and `data_dir` to `dataDir`. */
export function camelCase(name: string): string {
  return name.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
