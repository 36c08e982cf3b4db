// File access for programs in Node, Deno and Bun. Importing this module loads no engine.
export { createTokenizer, tokenizerWarnings } from "./model-tokenizer.ts";
export { metricNames } from "./run/scores.ts";
export { checkOutputDirectory, tidyFinished, withoutSuffix } from "./storage/directory.node.ts";
export {
  checkReadable,
  createInputReader,
  fileTableSource,
  type InputReader,
  isDirectory,
  isFile,
  isRefusal,
  readInput,
  removeEmptyDirectories,
  streamInput,
  syncDirectory,
} from "./storage/files.node.ts";
export { releaseLock, takeLock } from "./storage/lock.node.ts";
export { createDirectories, whyNotCreated } from "./storage/output-path.node.ts";
