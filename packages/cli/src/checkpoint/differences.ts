import { basename, resolve } from "node:path";
import { BertieError } from "@bertie/common";
import { type RunOptions, runOptions } from "../options/run-options.ts";
import { kebabCase } from "../options/table.ts";
import type { RunSetting } from "./checkpoint.ts";

/** Something that is not as it was when the run began. */
export interface Difference {
  readonly text: string;
  /** Whether the run may go on all the same, if the user says so. */
  readonly harmless: boolean;
}

type OptionName = keyof RunOptions;

/** Options that say how a run is shown or begun: they may change at any time. */
const FREE: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(["json", "logEvery", "outputDir", "overwriteOutputDir", "resume", "resumeAnyway"] as const),
]);

/**
 * Options with which training comes to the same, but for rounding and for when checkpoints are made: where it computes,
 * how evaluations are cut into batches, and which checkpoints there are.
 */
const HARMLESS: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(["device", "engine", "noCuda", "threads", "optimizeOnCpu", "evalBatchSize"] as const),
  ...(["saveCheckpointsSteps", "keepCheckpoints"] as const),
]);

const isPath = (name: OptionName) => runOptions[name].kind === "path";

/** Options as they are kept in a checkpoint: paths do not hang on the working directory. */
export function keptOptions(options: RunOptions): Partial<RunOptions> {
  const entries = Object.entries(options) as [OptionName, RunOptions[OptionName]][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isPath(name) && typeof value === "string" ? resolve(value) : value]),
  );
}

/**
 * The options of a run that goes on: those that are given now, else those that it began with; and what is not as it was.
 * Paths may change, as files are compared by their contents.
 */
export function mergeOptions(
  asked: RunOptions,
  given: ReadonlySet<OptionName>,
  before: RunSetting,
): { options: RunOptions; given: ReadonlySet<OptionName>; differences: Difference[] } {
  const kept = Object.entries(before.options).filter(([name]) => !isOfNow(name as OptionName, given));
  const names = [...given].filter((name) => !FREE.has(name) && !isPath(name));
  return {
    options: { ...asked, ...Object.fromEntries(kept) },
    given: new Set([...(before.given as OptionName[]), ...given]),
    differences: names
      .filter((name) => asked[name] !== before.options[name])
      .map((name) => ({
        text: `--${kebabCase(name)} is ${asked[name]} and was ${before.options[name] ?? "not given"}`,
        harmless: HARMLESS.has(name),
      })),
  };
}

/** How a run is resumed is said anew each time. */
function isOfNow(name: OptionName, given: ReadonlySet<OptionName>): boolean {
  return given.has(name) || name === "resume" || name === "resumeAnyway" || name === "outputDir";
}

/** What the files, the engine, the device and the versions are, that were others before. */
export function compareSettings(now: RunSetting, before: RunSetting): Difference[] {
  const differences: Difference[] = [];
  for (const what of ["engine", "device"] as const) {
    if (now[what] !== before[what])
      differences.push({ text: `the ${what} is ${now[what]} and was ${before[what]}`, harmless: true });
  }
  const contents = (setting: RunSetting) => new Set(setting.files.map(({ sha256 }) => sha256));
  const [newContents, oldContents] = [contents(now), contents(before)];
  const changed = [
    ...before.files.filter(({ sha256 }) => !newContents.has(sha256)),
    ...now.files.filter(({ sha256 }) => !oldContents.has(sha256)),
  ];
  for (const name of new Set([...Object.keys(now.versions), ...Object.keys(before.versions)])) {
    const [version, old] = [now.versions[name] ?? "none", before.versions[name] ?? "none"];
    const matters = name !== "onnxruntime" || now.engine.startsWith("onnx");
    if (version !== old && matters) differences.push({ text: `${name} is ${version} and was ${old}`, harmless: true });
  }
  for (const name of new Set(changed.map(({ path }) => basename(path))))
    differences.push({ text: `${name} has other contents, or is read only now or then`, harmless: false });
  return differences;
}

/**
 * That a run may go on, with all that has changed.
 *
 * @throws BertieError "options/changed", which lists it
 */
export function requireSame(differences: readonly Difference[], outputDir: string, anyway: boolean): void {
  const harmful = differences.filter(({ harmless }) => !harmless);
  if (differences.length === 0 || (anyway && harmful.length === 0)) return;
  const list = differences.map(({ text }) => text).join("; ");
  const advice =
    harmful.length === 0
      ? "with --resume-anyway it goes on all the same, to the same but for rounding and for which checkpoints there are"
      : "undo that, or begin a run in another --output-dir";
  throw new BertieError("options/changed", `${outputDir}: the run began with something else (${list}); ${advice}`);
}
