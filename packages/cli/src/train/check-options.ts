import { checkAccumulation } from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import { checkEngine } from "@bertie/engine";
import { engineRequest } from "../options/engine-request.ts";
import type { RunOptions } from "../options/run-options.ts";

/**
 * Checks the options that can be checked before any file is read.
 *
 * @param worldSize the environment variable WORLD_SIZE, in which PyTorch's launcher passes the number of processes
 * @throws BertieError "options/…" or "engine/…"
 */
export function checkOptions(options: RunOptions, worldSize: string | undefined): void {
  if (!options.doTrain && !options.doEval && !options.doPredict)
    throw new BertieError("options/nothing-to-do", "nothing to do: add --do-train, --do-eval or --do-predict.");
  checkAccumulation({ batchSize: options.trainBatchSize, accumulation: options.gradientAccumulationSteps });
  checkProcesses(options, worldSize);
  checkFolds(options);
  checkCheckpointOptions(options);
  if (options.doTrain && options.outputDir === undefined)
    throw new BertieError(
      "options/missing",
      "--do-train requires a directory for the trained model. Add --output-dir DIR.",
    );
  checkEngine(engineRequest(options));
}

/** Refuses to be one of the processes of PyTorch's launcher, which would all train the same model. */
function checkProcesses({ localRank }: RunOptions, worldSize: string | undefined): void {
  const found = localRank > 0 ? `--local-rank is ${localRank}` : `WORLD_SIZE is ${worldSize}`;
  if (localRank <= 0 && !(Number(worldSize ?? 1) > 1)) return;
  const text = `${found}, but bertie trains in one process. To train in several processes, run "bertie train" once with --write-plan, and start integrations/torch/train.py with torchrun (docs/guide/distributed-training.md). Otherwise remove --local-rank and unset WORLD_SIZE.`;
  throw new BertieError("options/not-there-yet", text);
}

function checkCheckpointOptions({ doTrain, doEval, resume, resumeAnyway, metric, earlyStopping }: RunOptions): void {
  if (resume !== undefined && !doTrain)
    throw new BertieError("options/resume", "--resume requires a training run. Add --do-train or remove --resume.");
  if (resumeAnyway && resume === undefined)
    throw new BertieError(
      "options/resume",
      "--resume-anyway requires --resume. Add --resume or remove --resume-anyway.",
    );
  if (metric !== undefined && !doEval)
    throw new BertieError("options/metric", "--metric requires evaluations during training. Add --do-eval.");
  if (earlyStopping !== undefined && metric === undefined)
    throw new BertieError("options/metric", "--early-stopping requires a metric to compare evaluations. Add --metric.");
}

function checkFolds(options: RunOptions): void {
  const { folds, fold, evalFile, evalFraction } = options;
  if (folds === undefined) {
    if (fold === undefined) return;
    throw new BertieError("options/conflict", "--fold selects a part of --folds, which is missing. Add --folds N.");
  }
  if (options.trainFile === undefined) {
    const text =
      "--folds requires a table to train on. Pass the table as an argument, and remove --task-name and --data-dir.";
    throw new BertieError("options/conflict", text);
  }
  if (evalFile !== undefined || evalFraction !== undefined) {
    const flag = evalFile === undefined ? "--eval-fraction" : "--eval-file";
    const text = `--folds evaluates on a part of the training rows, so ${flag} has no meaning. Remove one of the two.`;
    throw new BertieError("options/conflict", text);
  }
  if (fold !== undefined && fold > folds)
    throw new BertieError("options/range", `--fold is ${fold}, but must be from 1 to ${folds}, the value of --folds`);
}
