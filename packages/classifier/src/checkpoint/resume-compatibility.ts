import { BertieError } from "@bertie/common";
import type { RunSetting } from "./checkpoint.ts";

/** Difference between a run and the run that it resumes. */
export interface Difference {
  /** Description, such as "--seed is 7, previously 42". */
  readonly text: string;
  /** Whether the difference changes results at most by rounding, so that the user may accept it. */
  readonly harmless: boolean;
}

/** Options under the names of the command line's options in camel case. */
export type OptionRecord = Readonly<Record<string, unknown>>;

/** Options that do not affect training and are not compared. */
const IGNORED: ReadonlySet<string> = new Set([
  ...["json", "logEvery", "outputDir", "overwriteOutputDir", "resume", "resumeAnyway", "report"],
  ...["writePlan", "stopAfter"],
]);

/** Options that change results at most by rounding, or that only determine when checkpoints are written and kept. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["device", "engine", "noCuda", "threads", "optimizeOnCpu", "evalBatchSize"],
  ...["saveCheckpointsSteps", "keepCheckpoints"],
]);

/** Rules for comparing the options of a run with the options of the run that it resumes. */
export interface OptionRules {
  /** Returns whether an option is a path. Paths are not compared, because files are compared by their contents. */
  readonly isPath: (name: string) => boolean;
  /** Returns the name of an option for messages, such as `--max-steps`. */
  readonly nameOf: (name: string) => string;
}

/** Options of a resumed run. */
export interface MergedOptions {
  readonly options: OptionRecord;
  /** Names of the options that were set explicitly, now or in the run to resume. */
  readonly given: ReadonlySet<string>;
  readonly differences: readonly Difference[];
}

/**
 * Merges the options of a resumed run. Options that are set now take precedence over the options of the run to resume.
 *
 * @param requested options of this run, including defaults
 * @param given names of the options that are set explicitly now
 * @param before settings of the run to resume
 *
 * @example
 * ```ts
 * import { mergeOptions, type RunSetting } from "@bertie/classifier";
 *
 * const before: RunSetting = {
 *   ...{ options: { seed: 42, maxSteps: 9 }, given: ["maxSteps"], engine: "onnx", device: "cpu" },
 *   ...{ versions: {}, files: [] },
 * };
 * const rules = { isPath: () => false, nameOf: (name: string) => name };
 * const { options, differences } = mergeOptions({ seed: 7 }, new Set(["seed"]), before, rules);
 * console.log(options); // { seed: 7, maxSteps: 9 }
 * console.log(differences); // [ { text: "seed is 7, previously 42", harmless: false } ]
 * ```
 */
export function mergeOptions(
  requested: OptionRecord,
  given: ReadonlySet<string>,
  before: RunSetting,
  { isPath, nameOf }: OptionRules,
): MergedOptions {
  const inherited = Object.entries(before.options).filter(([name]) => !isSetNow(name, given));
  const names = [...given].filter((name) => !IGNORED.has(name) && !isPath(name));
  return {
    options: { ...requested, ...Object.fromEntries(inherited) },
    given: new Set([...before.given, ...given]),
    differences: names
      .filter((name) => requested[name] !== before.options[name])
      .map((name) => ({
        text: `${nameOf(name)} is ${requested[name]}, previously ${before.options[name] ?? "not set"}`,
        harmless: HARMLESS.has(name),
      })),
  };
}

/** Returns whether an option is not inherited: it is set now, or it controls resuming. */
function isSetNow(name: string, given: ReadonlySet<string>): boolean {
  return given.has(name) || name === "resume" || name === "resumeAnyway" || name === "outputDir";
}

/**
 * Returns the differences in files, engine, device and versions.
 *
 * @param modelFromCheckpoint whether the model is read from the checkpoint, so that only data files are compared
 * @default modelFromCheckpoint false
 */
export function compareSettings(now: RunSetting, before: RunSetting, modelFromCheckpoint = false): Difference[] {
  const differences: Difference[] = [];
  for (const name of ["engine", "device"] as const) {
    if (now[name] !== before[name])
      differences.push({ text: `the ${name} is ${now[name]}, previously ${before[name]}`, harmless: true });
  }
  const filesOf = ({ files, options }: RunSetting) =>
    files.filter(({ path }) => !modelFromCheckpoint || !isModelFile(path, options));
  const [newFiles, oldFiles] = [filesOf(now), filesOf(before)];
  const contents = (files: RunSetting["files"]) => new Set(files.map(({ sha256 }) => sha256));
  const [newContents, oldContents] = [contents(newFiles), contents(oldFiles)];
  const changed = [
    ...oldFiles.filter(({ sha256 }) => !newContents.has(sha256)),
    ...newFiles.filter(({ sha256 }) => !oldContents.has(sha256)),
  ];
  for (const name of versionNames(now, before)) {
    const [version, old] = [now.versions[name] ?? "none", before.versions[name] ?? "none"];
    const isRelevant = name !== "onnxruntime" || now.engine.startsWith("onnx");
    if (version !== old && isRelevant)
      differences.push({ text: `the version of ${name} is ${version}, previously ${old}`, harmless: true });
  }
  for (const name of new Set(changed.map(({ path }) => baseName(path))))
    differences.push({
      text: `${name} was changed, added or removed`,
      harmless: false,
    });
  return differences;
}

const MODEL_FILES: ReadonlySet<string> = new Set([
  ...["config.json", "bert_config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "run.json"],
  ...["model.safetensors", "pytorch_model.bin"],
]);

/** Returns whether an input file belongs to the model rather than to the data. */
export function isModelFile(path: string, options: OptionRecord): boolean {
  const named = [options.bertConfigFile, options.vocabFile, options.initCheckpoint];
  const name = baseName(path);
  return MODEL_FILES.has(name) || named.some((file) => typeof file === "string" && baseName(file) === name);
}

const RUNTIMES = ["node", "deno"];

/**
 * Returns the names of the versions to compare. Only the command line records the version of the runtime. Versions that
 * one of the runs has not recorded are not compared, so that a run can move between the command line, programs and
 * browsers.
 */
function versionNames(now: RunSetting, before: RunSetting): readonly string[] {
  const hasRuntime = ({ versions }: RunSetting) => RUNTIMES.some((name) => name in versions);
  const bothHaveRuntime = hasRuntime(now) && hasRuntime(before);
  const names = new Set([...Object.keys(now.versions), ...Object.keys(before.versions)]);
  const isCompared = (name: string) =>
    RUNTIMES.includes(name) ? bothHaveRuntime : name in now.versions && name in before.versions;
  return [...names].filter(isCompared);
}

/** Returns the file name of a path with "/" or "\" as separator. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1)!;
}

/**
 * Checks that a run may be resumed despite its differences.
 *
 * @param name name of the storage in messages
 * @param acceptHarmless whether the user accepts harmless differences
 * @param checkpoint path of the checkpoint, from which a new run can start
 * @throws BertieError "options/changed" if there are differences that are not accepted; the message lists all differences
 */
export function requireCompatible(
  differences: readonly Difference[],
  name: string,
  acceptHarmless: boolean,
  checkpoint: string,
): void {
  const harmful = differences.filter(({ harmless }) => !harmless);
  if (differences.length === 0 || (acceptHarmless && harmful.length === 0)) return;
  const list = differences.map(({ text }) => text).join("; ");
  const advice =
    harmful.length === 0
      ? "Undo the changes, or set resumeAnyway (--resume-anyway) to accept different checkpoints, and results that differ by rounding."
      : `Undo the changes, or start a new run with the weights of the checkpoint as its model (--model ${checkpoint} --output-dir DIR, without --resume).`;
  throw new BertieError("options/changed", `${name}: the run started with different settings (${list}). ${advice}`);
}
