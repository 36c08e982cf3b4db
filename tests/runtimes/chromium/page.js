import { createReferenceExecutor } from "@bertie/engine";
import { report, suite } from "../suite.js";

const read = async (path) => new Uint8Array(await (await fetch(`/${path}`)).arrayBuffer());
const executors = { reference: () => createReferenceExecutor() };

/** Runs the suite in the page; what it printed, and whether all of it holds. */
globalThis.runSuite = async () => {
  const lines = [];
  const ok = await report(suite(read, executors), (line) => lines.push(line));
  return { ok, lines };
};
