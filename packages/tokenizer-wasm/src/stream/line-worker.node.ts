import { openNodePort } from "./node-thread.node.ts";
import { serveLines } from "./serve-lines.ts";

// Worker thread of a stream in Node, Deno or Bun.
serveLines(await openNodePort());
