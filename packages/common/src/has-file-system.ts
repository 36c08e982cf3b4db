/**
 * Returns whether the program runs in Node, Deno or Bun.
 *
 * @example
 * ```ts
 * import { hasFileSystem } from "@bertie/common";
 *
 * console.log(hasFileSystem()); // true, and false in browsers
 * ```
 */
export function hasFileSystem(): boolean {
  const { process, Deno } = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown };
  return Deno !== undefined || process?.versions?.node !== undefined;
}
