import process from "node:process";

/** Returns the environment variables of the process. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
