import process from "node:process";
import { fileURLToPath } from "node:url";

/** Returns the program and the arguments that run `bertie` with the given arguments in another process. */
export function ownCommand(args: readonly string[]): [program: string, args: string[]] {
  const isSource = import.meta.url.endsWith(".ts");
  const main = fileURLToPath(new URL(`./main.${isSource ? "ts" : "js"}`, import.meta.url));
  const runtimeArgs = "Deno" in globalThis ? ["run", "-A"] : [];
  return [process.execPath, [...runtimeArgs, main, ...args]];
}
