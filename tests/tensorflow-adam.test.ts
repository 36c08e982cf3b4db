import { expect, it } from "vitest";
import { findAdamUpdates } from "../packages/engine/src/executors/adam-updates.ts";
import { traceStep, traceUpdate } from "../packages/optim/src/programs.ts";
import { goldenClassifier, readTrace } from "./golden-trace.ts";

it("findAdamUpdates() finds every BertAdam update, with and without clipping and with accumulation", () => {
  const classifier = goldenClassifier(readTrace("golden.json"));
  const shape = { size: 2, length: 8 };
  const programs = [
    traceStep(classifier, shape, {}),
    traceStep(classifier, shape, { optimizer: { maxGradNorm: 0, weightDecay: 0 } }),
    traceUpdate(classifier, {}),
  ];
  const names = classifier.parameters.map(({ name }) => name);
  for (const program of programs)
    expect(findAdamUpdates(program).map((update) => update.names.parameter)).toEqual(names);
});
