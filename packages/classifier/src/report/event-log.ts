import type { TrainStep } from "@bertie/optim";
import { eventFileName, eventFileStart, type SummaryEvent, summaryRecord } from "@bertie/report";
import type { RunEvent } from "../run/events.ts";
import type { PreparedRun } from "../run/prepared-run.ts";
import type { Workspace } from "../storage/storage.ts";

/**
 * Yields the events of a training run, and appends their numbers to an event file for TensorBoard first: loss, learning
 * rate, norm of the gradient and speed of each update, and the metrics of evaluations. The file of a resumed run starts
 * with the values from its checkpoint, so that each run has one file with complete curves.
 */
export async function* withEventLog(
  run: PreparedRun & { readonly workspace: Workspace },
  events: AsyncGenerator<RunEvent>,
): AsyncGenerator<RunEvent> {
  const { workspace } = run;
  const now = () => Date.now() / 1000;
  const path = eventFileName(now(), run.host ?? "");
  /** Tags and steps in the file. The best weights may be evaluated twice, during training and at the end. */
  const written = new Set<string>();
  const append = async (event: SummaryEvent) => {
    const entries = Object.entries(event.scalars ?? {}).filter(([tag]) => !written.has(`${event.step} ${tag}`));
    if (entries.length + Object.keys(event.texts ?? {}).length === 0) return;
    for (const [tag] of entries) if (tag.startsWith("eval")) written.add(`${event.step} ${tag}`);
    await workspace.append(path, summaryRecord({ ...event, scalars: Object.fromEntries(entries) }));
  };
  for await (const event of events) {
    if (event.type === "run-start") {
      await workspace.append(path, eventFileStart(now()));
      await append({ wallTime: now(), step: 0, texts: { options: describeOptions(run) } });
      for (const earlier of eventsOfCheckpoint(run, now())) await append(earlier);
    }
    if (event.type === "step") await append({ wallTime: now(), step: event.step, scalars: scalarsOf(event) });
    if (event.type === "score") {
      const { metric, value, step } = event;
      await append({ wallTime: now(), step, scalars: { [`eval_${metric}`]: value } });
    }
    if (event.type === "eval-results") {
      const scores = Object.entries(event.results).filter(([name]) => name.startsWith("eval_"));
      await append({ wallTime: now(), step: event.step, scalars: Object.fromEntries(scores) });
    }
    yield event;
  }
}

function scalarsOf({ loss, learningRate, gradNorm, examplesPerSecond }: Omit<TrainStep, "type">) {
  return { loss, learning_rate: learningRate, grad_norm: gradNorm, examples_per_second: examplesPerSecond };
}

/** Returns the values up to the checkpoint that a run resumes from. Their times are spread over the time of training. */
function eventsOfCheckpoint({ checkpoint, options }: PreparedRun, now: number): SummaryEvent[] {
  if (checkpoint === undefined) return [];
  const { progress, scores } = checkpoint.state;
  const timeOf = (step: number) => now - progress.seconds * (1 - step / Math.max(1, progress.steps));
  const lines = checkpoint.metrics.split("\n").filter(Boolean);
  const steps = lines.map((line): SummaryEvent => {
    const { step, loss, learning_rate, grad_norm, examples_per_second } = JSON.parse(line) as Record<string, number>;
    const scalars = { loss, learning_rate, grad_norm, examples_per_second } as Record<string, number>;
    return { wallTime: timeOf(step!), step: step!, scalars };
  });
  const { metric } = options;
  if (metric === undefined) return steps;
  const evaluations = scores.map(({ step, value }) => ({
    wallTime: timeOf(step),
    step,
    scalars: { [`eval_${metric}`]: value },
  }));
  return [...steps, ...evaluations];
}

/** Lists the options of a run as a Markdown table. */
function describeOptions({ record }: PreparedRun): string {
  const rows = Object.entries(record).filter(([, value]) => value !== undefined && value !== null && value !== false);
  const cell = (value: unknown) => String(value).replace(/[|\n\r]/g, " ");
  return ["| option | value |", "|---|---|", ...rows.map(([name, value]) => `| ${name} | ${cell(value)} |`)].join("\n");
}
