import process from "node:process";
import type { Environment } from "./store-options.ts";

/** Returns the environment variables of the process. */
export function processEnvironment(): Environment {
  return process.env;
}
