import type { Example } from "../data/examples.ts";
import type { RunEvent } from "../run/events.ts";
import type { Storage } from "../storage/storage.ts";
import { createTrainer, type Trainer, type TrainerOptions } from "../trainer.ts";
import { examples, tinyModel } from "./tiny-model.ts";

/** Options of a run with three epochs of three steps each, and a checkpoint after every second step and every epoch. */
export const fastOptions = {
  ...{ model: tinyModel(), train: examples(12) as Iterable<Example>, evaluation: examples(6) as Iterable<Example> },
  ...{ engine: "reference", epochs: 3, batchSize: 4, learningRate: 1e-2, maxLength: 12, checkpointSteps: 2 },
} satisfies TrainerOptions;

/** Runs a trainer to its end, and returns its events. */
export async function runToEnd(
  options: TrainerOptions,
  onEvent: (event: RunEvent, trainer: Trainer) => void | Promise<void> = () => {},
): Promise<{ readonly storage: Storage; readonly events: readonly RunEvent[]; readonly trainer: Trainer }> {
  const trainer = await createTrainer(options);
  const events: RunEvent[] = [];
  for await (const event of trainer.run()) {
    events.push(event);
    await onEvent(event, trainer);
  }
  return { storage: trainer.storage, events, trainer };
}

/** Runs a trainer, aborts it after the given step, and returns its events. */
export async function runUntil(step: number, options: TrainerOptions): Promise<RunEvent[]> {
  const controller = new AbortController();
  const trainer = await createTrainer(options);
  const events: RunEvent[] = [];
  const reason = new Error("aborted by the test");
  try {
    for await (const event of trainer.run({ signal: controller.signal })) {
      events.push(event);
      if (event.type === "step" && event.step === step) controller.abort(reason);
    }
  } catch (error) {
    if (error !== reason) throw error;
  }
  return events;
}

/** Returns the contents of a finished run that must not depend on interruptions. */
export async function outcomeOf(storage: Storage): Promise<Record<string, string>> {
  const outcome: Record<string, string> = {};
  const text = async (name: string) => new TextDecoder("latin1").decode((await storage.read(name))!);
  const files = ["model.safetensors", "config.json", "vocab.txt", "tokenizer_config.json", "eval_results.json"];
  for (const name of files) outcome[name] = await text(name);
  const steps = (await text("metrics.jsonl")).trimEnd().split("\n");
  outcome.steps = JSON.stringify(steps.map((line) => ({ ...JSON.parse(line), examples_per_second: 0 })));
  const record = JSON.parse(await text("run.json")) as Record<string, unknown>;
  const { task_name, labels, pairs, max_seq_length, do_lower_case, metric, scores, best } = record;
  outcome.record = JSON.stringify({ task_name, labels, pairs, max_seq_length, do_lower_case, metric, scores, best });
  return outcome;
}
