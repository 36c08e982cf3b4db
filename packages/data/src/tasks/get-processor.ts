import { BertieError, didYouMean } from "@bertie/common";
import type { Processor } from "../processor.ts";
import { ax, mnli, mnliMismatched, qnli, rte, wnli } from "./inference.ts";
import { news } from "./news.ts";
import { mrpc, qqp, stsb } from "./similarity.ts";
import { cola, sst2 } from "./single-sentences.ts";

const ALL = [news, mrpc, mnli, cola, sst2, stsb, qqp, qnli, rte, wnli, mnliMismatched, ax];
const PROCESSORS = new Map(ALL.map((processor) => [keyOf(processor.taskName), processor]));

/** Names of the tasks that {@link getProcessor} supports. */
export const taskNames: readonly string[] = ALL.map(({ taskName }) => taskName);

/**
 * Returns the processor of a task. The case of the name and its hyphens are ignored, so that `SST-2` and `sst2` are the same
 * task. The layouts match the 2018 script `run_classifier` and the files of GLUE.
 *
 * @throws BertieError "config/unknown-task", with the supported tasks, if the task is unknown
 * @example
 * ```ts
 * import { getProcessor } from "@bertie/data";
 *
 * console.log(getProcessor("mnli").labels); // ["contradiction", "entailment", "neutral"]
 * ```
 */
export function getProcessor(taskName: string): Processor {
  const processor = PROCESSORS.get(keyOf(taskName));
  if (processor !== undefined) return processor;
  throw new BertieError(
    "config/unknown-task",
    `unknown task "${taskName}".${didYouMean(taskName, taskNames)} Use one of: ${taskNames.join(", ")}. For your own data, use "news": one example per line, with a tab between the label and the text.`,
  );
}

function keyOf(taskName: string): string {
  return taskName.toLowerCase().replace(/[-_]/g, "");
}
