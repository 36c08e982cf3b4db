import { BertieError, jsonSettings } from "@bertie/common";
import { type FileSource, filePath } from "@bertie/model";

/** Settings of a JSON file, by key. */
export type Settings = Readonly<Record<string, unknown>>;

/** Module of a sentence-transformers model, from modules.json. */
export interface SentenceModule {
  /** Name of the class without its package, such as "Pooling". */
  readonly type: string;
  /** Folder of the module; "" for the directory itself. */
  readonly path: string;
}

/**
 * Reads the settings of a JSON file.
 *
 * @param nested keys whose arrays and objects are read, too
 * @returns undefined if the file does not exist
 * @throws BertieError "input/invalid-json" if the file is not a JSON object
 */
export async function readSettings(
  source: FileSource,
  file: string,
  nested: readonly string[] = [],
): Promise<Settings | undefined> {
  const bytes = await source.read(file);
  return bytes && parse(filePath(source, file), bytes, nested);
}

function parse(name: string, bytes: Uint8Array, nested: readonly string[], expected = "a JSON object"): Settings {
  try {
    return jsonSettings(bytes, nested);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new BertieError("input/invalid-json", `${name}: expected ${expected}. Fix the file.`, { cause });
  }
}

/**
 * Reads modules.json, the list of the modules of a sentence-transformers model.
 *
 * @returns undefined if the file does not exist
 * @throws BertieError "input/invalid-json" if the file is not a list of modules, "embed/unsupported-module" if a module is
 *   not a part of sentence-transformers
 */
export async function readModules(source: FileSource): Promise<readonly SentenceModule[] | undefined> {
  const bytes = await source.read("modules.json");
  if (bytes === undefined) return undefined;
  const name = filePath(source, "modules.json");
  const expected = 'a list of modules with "type" and "path"';
  const wrapped = new TextEncoder().encode(`{"modules":${new TextDecoder().decode(bytes)}}`);
  const { modules } = parse(name, wrapped, ["modules"], expected);
  if (!Array.isArray(modules) || modules.length === 0) throw invalid(name, expected);
  return modules.map((module: unknown) => {
    const { type, path } = (module ?? {}) as Settings;
    if (typeof type !== "string" || typeof path !== "string") throw invalid(name, expected);
    // A path such as ../x would leave the directory.
    if (!/^([\w-][\w.-]*)?$/.test(path)) throw invalid(name, `a folder of the directory, not ${JSON.stringify(path)}`);
    if (!type.startsWith("sentence_transformers.")) throw unsupported(name, `the module ${JSON.stringify(type)}`);
    return { type: type.slice(type.lastIndexOf(".") + 1), path };
  });
}

/** Returns the error for a file with other contents than expected. */
export function invalid(name: string, expected: string): BertieError {
  return new BertieError("input/invalid-json", `${name}: expected ${expected}. Fix the file.`);
}

/** Returns the error for a part of a sentence-transformers model that is not supported. */
export function unsupported(name: string, what: string): BertieError {
  const text = `${name}: ${what} is not supported; expected Transformer, Pooling, and then Dense, Normalize or Dropout. Use another model.`;
  return new BertieError("embed/unsupported-module", text);
}
