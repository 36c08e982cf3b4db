import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment, Profile } from "./store-options.ts";

/**
 * Reads a profile from the files of the AWS command line, `~/.aws/credentials` and `~/.aws/config`.
 *
 * @returns undefined if neither file has the profile
 */
export async function readProfile(name: string, env: Environment): Promise<Profile | undefined> {
  const folder = join(env.HOME ?? homedir(), ".aws");
  const [config, credentials] = await Promise.all([
    readSections(env.AWS_CONFIG_FILE ?? join(folder, "config")),
    readSections(env.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, "credentials")),
  ]);
  const found = [config.get(name), config.get(`profile ${name}`), credentials.get(name)].filter(
    (section) => section !== undefined,
  );
  return found.length === 0 ? undefined : Object.assign({}, ...found);
}

/** Reads a small text file, such as a token. */
export async function readText(path: string): Promise<string> {
  return (await readFile(path, "utf8")).trim();
}

/** Returns the settings of an INI file by section. Nested settings have the name of the innermost one. */
async function readSections(path: string): Promise<Map<string, Record<string, string>>> {
  const sections = new Map<string, Record<string, string>>();
  // A missing file has no profiles.
  const text = await readFile(path, "utf8").catch(() => "");
  let section: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, " ");
    if (header !== undefined) {
      section = sections.get(header) ?? {};
      sections.set(header, section);
      continue;
    }
    const [, key, value] = /^\s*([^#;=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && value !== "") section[key] = value;
  }
  return sections;
}
