import { BertieError } from "@bertie/common";
import { checkEngine } from "@bertie/engine";
import { engineRequest } from "../options/engine-request.ts";
import type { RunOptions } from "../options/run-options.ts";

/**
 * Refuses what can be known to be wrong before anything is read.
 *
 * @param worldSize the number of processes of a distributed run, as torch's launcher tells it by WORLD_SIZE
 * @throws BertieError "options/…" or "engine/…"
 */
export function checkOptions(options: RunOptions, worldSize: string | undefined): void {
  const { trainBatchSize, gradientAccumulationSteps: accumulation } = options;
  if (!options.doTrain && !options.doEval && !options.doPredict)
    throw new BertieError("options/nothing-to-do", "nothing to do: add --do-train, --do-eval or --do-predict");
  if (trainBatchSize < accumulation) {
    const text = `--train-batch-size ${trainBatchSize} cannot be divided by --gradient-accumulation-steps ${accumulation}: lower that, or raise the batch size`;
    throw new BertieError("options/accumulation", text);
  }
  if (options.localRank > 0 || Number(worldSize ?? 1) > 1) {
    const text = "runs of more than one process are not there yet: leave out --local-rank, and unset WORLD_SIZE";
    throw new BertieError("options/not-there-yet", text);
  }
  checkCheckpointOptions(options);
  if (options.doTrain && options.outputDir === undefined)
    throw new BertieError("options/missing", "no place for the trained model is given: add --output-dir DIR");
  checkEngine(engineRequest(options));
}

function checkCheckpointOptions({ doTrain, doEval, resume, resumeAnyway, metric, earlyStopping }: RunOptions): void {
  if (resume !== undefined && !doTrain)
    throw new BertieError("options/resume", "--resume goes on with a training run: add --do-train, or leave it out");
  if (resumeAnyway && resume === undefined)
    throw new BertieError("options/resume", "--resume-anyway says how to resume: add --resume, or leave it out");
  if (metric !== undefined && !doEval)
    throw new BertieError("options/metric", "--metric asks for evaluations while training: add --do-eval");
  if (earlyStopping !== undefined && metric === undefined)
    throw new BertieError("options/metric", "--early-stopping needs to know what is better: add --metric");
}
