import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The packages that each package may import. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  common: [],
  "tokenizer-wasm": ["common"],
  data: ["common", "tokenizer-wasm"],
  engine: ["common"],
  model: ["common", "engine"],
  optim: ["common", "engine"],
  report: ["common", "data"],
  hub: ["common", "model"],
  stores: ["common"],
  adapters: ["common", "tokenizer-wasm"],
  classifier: ["common", "tokenizer-wasm", "data", "engine", "model", "optim", "report", "hub", "stores"],
  server: ["common", "tokenizer-wasm", "classifier"],
  cli: [
    "common",
    "tokenizer-wasm",
    "data",
    "engine",
    "model",
    "optim",
    "report",
    "hub",
    "stores",
    "classifier",
    "server",
  ],
  bertie: [
    "common",
    "tokenizer-wasm",
    "data",
    "engine",
    "model",
    "optim",
    "report",
    "hub",
    "stores",
    "classifier",
    "server",
    "cli",
  ],
  "web-demo": ["common", "tokenizer-wasm", "data", "engine", "model", "optim", "report", "hub", "classifier"],
};

export const packages = Object.keys(mayImport);
/** The packages that also run in browsers. */
export const browserPackages = packages.filter((name) => name !== "cli" && name !== "server");
/** The published packages. */
export const libraries = packages.filter((name) => name !== "web-demo");

export interface Source {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const generated = /(^|\/)(node_modules|dist|cjs|target|runs|wasm|fixtures|\.[^/]+)\//;

/** Returns the files under a folder whose names match, without generated files. */
export function filesUnder(folder: string, pattern: RegExp): Source[] {
  return readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length))
    .filter((path) => !generated.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(root + path, "utf8") }));
}

/** Returns the sources that a package publishes: all except tests. */
export function shippedSources(name: string): Source[] {
  return filesUnder(`packages/${name}/src`, /\.ts$/).filter(({ path }) => !/\.test\.ts$|\/testing\//.test(path));
}

export interface Import {
  readonly specifier: string;
  /** Whether the module is imported with `import(…)`, which loads it only when the call is evaluated. */
  readonly dynamic: boolean;
}

/** Returns the modules that a source imports, including imports of types. */
export function importsOf({ text }: Source): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const pattern = /(?:\bfrom|^\s*import)\s*"(?<static>[^"]+)"|\bimport\(\s*"(?<dynamic>[^"]+)"\s*\)/gm;
  return [...code.matchAll(pattern)].map(({ groups }) => ({
    specifier: groups!.static ?? groups!.dynamic!,
    dynamic: groups!.dynamic !== undefined,
  }));
}

/** Returns the package of a bare specifier, or undefined for files, for the package itself and for Node's built-in modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^([.#]|node:)/.test(specifier)) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

export interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly keywords?: readonly string[];
  readonly homepage?: string;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly private?: boolean;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8")) as Manifest;
}
