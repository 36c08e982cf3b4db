import { readInput } from "@bertie/classifier/node";
import { BertieError, decodeText } from "@bertie/common";
import { camelCase, kebabCase, type OptionTable } from "./table.ts";

/** Options by name. `source` is the location of an option in messages, such as `seed in run.toml`. */
export type GivenOptions = ReadonlyMap<string, { readonly value: unknown; readonly source: string }>;

/**
 * Reads options from a JSON or TOML file, which contains one object whose keys are option names, written with - or _.
 *
 * @param suggest returns a suggestion for an unknown option, such as `Did you mean --seed?`, or an empty string
 * @throws BertieError "options/file" or "options/unknown"
 */
export async function readConfigFile(
  table: OptionTable,
  path: string,
  suggest: (name: string) => string,
): Promise<GivenOptions> {
  const given = new Map<string, { value: unknown; source: string }>();
  for (const [key, value] of Object.entries(await parseConfigFile(path))) {
    const name = camelCase(key);
    const source = `${key} in ${path}`;
    if (!Object.hasOwn(table, name)) {
      throw unknownOption(source, suggest(kebabCase(name)));
    }
    if (given.has(name))
      throw new BertieError(
        "options/file",
        `${source} is given twice, once with - and once with _. Remove one of the two.`,
      );
    given.set(name, { value, source });
  }
  return given;
}

/** Returns the error for an unknown option in a file, with a suggestion as the command line gives it. */
export function unknownOption(source: string, suggestion: string): BertieError {
  const advice = suggestion.replace("Did you mean --", "Did you mean ");
  return new BertieError("options/unknown", `${source}: unknown option. ${advice}`.trimEnd());
}

/**
 * Reads a JSON or TOML file that contains one object.
 *
 * @throws BertieError "options/file" if the file is malformed
 */
export async function parseConfigFile(path: string): Promise<Record<string, unknown>> {
  const text = decodeText(await readInput(path), path);
  const isToml = path.endsWith(".toml");
  try {
    const value: unknown = isToml ? (await import("smol-toml")).parse(text) : JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new BertieError("options/file", `${path} is not valid ${isToml ? "TOML" : "JSON"}: ${reason}`, { cause });
  }
  throw new BertieError(
    "options/file",
    `${path}: expected one object with option names as keys, such as { "seed": 42 }.`,
  );
}
