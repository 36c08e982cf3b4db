import { BertieError } from "@bertie/common";
import type { RunSetting } from "./checkpoint.ts";

/** Something that has changed since the run started. */
export interface Difference {
  readonly text: string;
  /** Whether the run may be resumed all the same, if the user says so. */
  readonly harmless: boolean;
}

export type OptionRecord = Readonly<Record<string, unknown>>;

/** Options on the output and the start of a run, which may change at any time. */
const FREE: ReadonlySet<string> = new Set([
  ...["json", "logEvery", "outputDir", "overwriteOutputDir", "resume", "resumeAnyway"],
]);

/**
 * Options that change training at most by rounding, or that decide when checkpoints are written: engine and device, the
 * batches of evaluations, and which checkpoints are kept.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["device", "engine", "noCuda", "threads", "optimizeOnCpu", "evalBatchSize"],
  ...["saveCheckpointsSteps", "keepCheckpoints"],
]);

/** How the options of a run are compared with those of the run that it resumes. */
export interface OptionRules {
  /** Whether an option is a path: paths may change, as files are compared by their contents. */
  readonly isPath: (name: string) => boolean;
  /** What messages call an option, such as `--max-steps`. */
  readonly nameOf: (name: string) => string;
}

export interface MergedOptions {
  readonly options: OptionRecord;
  readonly given: ReadonlySet<string>;
  readonly differences: readonly Difference[];
}

/** Merges the options of a resumed run: those that are set now take precedence over those that the run started with. */
export function mergeOptions(
  asked: OptionRecord,
  given: ReadonlySet<string>,
  before: RunSetting,
  { isPath, nameOf }: OptionRules,
): MergedOptions {
  const kept = Object.entries(before.options).filter(([name]) => !isSetNow(name, given));
  const names = [...given].filter((name) => !FREE.has(name) && !isPath(name));
  return {
    options: { ...asked, ...Object.fromEntries(kept) },
    given: new Set([...before.given, ...given]),
    differences: names
      .filter((name) => asked[name] !== before.options[name])
      .map((name) => ({
        text: `${nameOf(name)} is ${asked[name]} and was ${before.options[name] ?? "not given"}`,
        harmless: HARMLESS.has(name),
      })),
  };
}

/** The options on resuming are not inherited. */
function isSetNow(name: string, given: ReadonlySet<string>): boolean {
  return given.has(name) || name === "resume" || name === "resumeAnyway" || name === "outputDir";
}

/**
 * Returns the differences in files, engine, device and versions.
 *
 * @param modelFromCheckpoint whether the model is read from the checkpoint, so that only the data's files are compared
 */
export function compareSettings(now: RunSetting, before: RunSetting, modelFromCheckpoint = false): Difference[] {
  const differences: Difference[] = [];
  for (const what of ["engine", "device"] as const) {
    if (now[what] !== before[what])
      differences.push({ text: `the ${what} is ${now[what]} and was ${before[what]}`, harmless: true });
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
    const matters = name !== "onnxruntime" || now.engine.startsWith("onnx");
    if (version !== old && matters) differences.push({ text: `${name} is ${version} and was ${old}`, harmless: true });
  }
  for (const name of new Set(changed.map(({ path }) => baseName(path))))
    differences.push({ text: `${name} has other contents, or is read by only one of the two runs`, harmless: false });
  return differences;
}

const MODEL_FILES: ReadonlySet<string> = new Set([
  ...["config.json", "bert_config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "run.json"],
  ...["model.safetensors", "pytorch_model.bin"],
]);

/** Whether a file that a run has read belongs to the model that it started from. */
export function isModelFile(path: string, options: OptionRecord): boolean {
  const named = [options.bertConfigFile, options.vocabFile, options.initCheckpoint];
  const name = baseName(path);
  return MODEL_FILES.has(name) || named.some((file) => typeof file === "string" && baseName(file) === name);
}

const RUNTIMES = ["node", "deno"];

/**
 * Which versions are compared. Browsers and programs do not know all of them: a run that moves from the command line to one of
 * these, or back, is compared by the versions that both know, and by the runtime if both know theirs.
 */
function versionNames(now: RunSetting, before: RunSetting): readonly string[] {
  const knows = ({ versions }: RunSetting) => RUNTIMES.some((name) => name in versions);
  const bothKnow = knows(now) && knows(before);
  const names = new Set([...Object.keys(now.versions), ...Object.keys(before.versions)]);
  const isCompared = (name: string) =>
    RUNTIMES.includes(name) ? bothKnow : name in now.versions && name in before.versions;
  return [...names].filter(isCompared);
}

export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1)!;
}

/**
 * Checks that a run may be resumed despite its differences.
 *
 * @throws BertieError "options/changed", which lists the changes
 */
export function requireCompatible(differences: readonly Difference[], name: string, anyway: boolean): void {
  const harmful = differences.filter(({ harmless }) => !harmless);
  if (differences.length === 0 || (anyway && harmful.length === 0)) return;
  const list = differences.map(({ text }) => text).join("; ");
  const advice =
    harmful.length === 0
      ? "--resume-anyway continues all the same, with the same result except for rounding and for which checkpoints there are"
      : "undo that, or start a run in another --output-dir";
  throw new BertieError("options/changed", `${name}: the run started with something else (${list}); ${advice}`);
}
