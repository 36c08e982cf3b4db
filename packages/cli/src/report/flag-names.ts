/** Options of the API whose names differ from the flags: the library's messages name both, as in `maxLength (--max-seq-length)`. */
const API_NAMES =
  /\b(accumulation|baseline|batchSize|checkpointSteps|earlyStopping|epochs|evalFraction|fold|folds|freezeLayers|headOnly|keepCheckpoints|labelSeparator|labelSmoothing|layerDecay|learningRate|lossScale|lowercase|maxClientBatchSize|maxLength|maxQueue|maxSteps|metric|newLabels|numLabels|optimizeOnCpu|overwrite|problemType|randomWeights|resumeAnyway|schedule|shuffle|taskName|warmup) \((--[a-z-]+)( [^)]+)?\)/g;

/**
 * Replaces the API's option names in a message of the library by the flags, which are the names that the user of the command line
 * knows: `maxLength (--max-seq-length) is 600. Lower maxLength.` becomes `--max-seq-length is 600. Lower --max-seq-length.`
 */
export function withFlagNames(message: string): string {
  const flags = Array.from(message.matchAll(API_NAMES), ([, name, flag]) => [name!, flag!] as const);
  const replaced = message.replace(API_NAMES, (_, _name, flag: string, value = "") => flag + value);
  return flags.reduce((text, [name, flag]) => text.replace(new RegExp(`(?<![-\\w])${name}\\b`, "g"), flag), replaced);
}
