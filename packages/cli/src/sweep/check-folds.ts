import { openTableSet } from "@bertie/classifier";
import { createInputReader } from "@bertie/classifier/node";
import { type InputExample, splitFolds } from "@bertie/data";
import type { RunOptions } from "../options/run-options.ts";
import { tableRequest } from "../tables/table-request.ts";

/**
 * Checks that a table can be split into the requested folds, so that no run starts if it cannot.
 *
 * @param options options of the first run
 * @throws BertieError "input/no-rows" if there are fewer different texts or groups than folds, or "input/…" if the table
 *   cannot be read
 */
export async function checkFolds(options: RunOptions): Promise<void> {
  const { trainFile, folds, maxTrainSamples = Number.POSITIVE_INFINITY, seed } = options;
  if (trainFile === undefined || folds === undefined) return;
  const set = await openTableSet("train", await tableRequest(trainFile, options, createInputReader()));
  const examples: InputExample[] = [];
  for await (const example of set.examples()) {
    if (examples.length >= maxTrainSamples) break;
    examples.push(example);
  }
  splitFolds(examples, { k: folds, seed });
}
