import { readInput } from "@bertie/classifier/node";
import { BertieError, decodeText } from "@bertie/common";
import { camelCase, type OptionTable } from "./table.ts";

/** Options by name, with where they stand for messages. */
export type GivenOptions = ReadonlyMap<string, { readonly value: unknown; readonly source: string }>;

/**
 * The options that a JSON or TOML file gives: one object, its keys those of the command line, with - or _.
 *
 * @throws BertieError "options/file" or "options/unknown"
 */
export async function readConfigFile(table: OptionTable, path: string): Promise<GivenOptions> {
  const text = decodeText(await readInput(path), path);
  const given = new Map<string, { value: unknown; source: string }>();
  for (const [key, value] of Object.entries(await parse(text, path))) {
    const name = camelCase(key);
    const source = `${key} in ${path}`;
    if (!Object.hasOwn(table, name)) throw new BertieError("options/unknown", `${source}: there is no such option`);
    if (given.has(name)) throw new BertieError("options/file", `${source} stands twice, with - and with _`);
    given.set(name, { value, source });
  }
  return given;
}

async function parse(text: string, path: string): Promise<Record<string, unknown>> {
  const isToml = path.endsWith(".toml");
  try {
    const value: unknown = isToml ? (await import("smol-toml")).parse(text) : JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new BertieError("options/file", `${path} is not valid ${isToml ? "TOML" : "JSON"}: ${reason}`, { cause });
  }
  throw new BertieError("options/file", `${path} must hold one object with options as its keys`);
}
