/** Kind of threads that an environment has: worker threads of Node, Deno and Bun, or Web Workers. */
export type ThreadKind = "node" | "web";

/** Returns the kind of threads that this environment has, or undefined if it has none. */
export function threadKind(): ThreadKind | undefined {
  const { process } = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } };
  const isNode = process?.versions?.node !== undefined;
  // The pages of Electron can have the modules of Node, but not its worker threads.
  if (typeof Worker === "function" && (!isNode || typeof document !== "undefined")) return "web";
  return isNode ? "node" : undefined;
}
