import type { ProblemType } from "@bertie/common";
import type { ConfusionMatrix } from "@bertie/data";

/** Facts about a run, as plain JSON. {@link reportHtml} and {@link modelCard} turn them into documents. */
export interface ReportData {
  /** Name of the run, such as the name of its directory. */
  readonly title: string;
  /** Time at which the run ended, in ISO 8601; undefined if unknown. */
  readonly created?: string | undefined;
  readonly problemType: ProblemType;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  readonly run: RunFacts;
  readonly curves: Curves;
  /** Evaluations by set, the most important first. Empty if the run evaluated nothing. */
  readonly evaluations: readonly ReportedEvaluation[];
  /** Results of simpler methods on the rows of the first evaluation. */
  readonly baselines: readonly Baseline[];
  /** Wrong predictions of the first evaluation, the most confident first. */
  readonly mistakes: readonly Mistake[];
  /** Total number of wrong predictions; undefined if unknown. */
  readonly mistakeCount?: number | undefined;
  /** Training rows whose label is probably wrong, the most suspicious first. */
  readonly suspects: readonly Suspect[];
  readonly data: DataFacts;
  readonly options: readonly ReportedOption[];
  readonly environment: Environment;
}

/** Task and duration of a run. */
export interface RunFacts {
  /** Whether the run trained a model. */
  readonly trained: boolean;
  /** Name of the task, such as "news"; undefined for other data. */
  readonly task?: string | undefined;
  /** Whether the model classifies pairs of texts. */
  readonly pairs: boolean;
  /** Path of the pre-trained model, or its name on Hugging Face; undefined if unknown. */
  readonly baseModel?: string | undefined;
  /** Number of updates. */
  readonly steps?: number | undefined;
  /** Number of epochs that were completed; may be fractional. */
  readonly epochs?: number | undefined;
  /** Duration of the run in seconds. */
  readonly seconds?: number | undefined;
  /** Maximum length of a text in tokens. */
  readonly maxLength?: number | undefined;
  /** Language of the texts as a BCP 47 tag; undefined if unknown. */
  readonly language?: string | undefined;
}

/** Values over the course of training. */
export interface Curves {
  /** Values of updates in order; of long runs, a sample. */
  readonly steps: readonly StepValues[];
  /** Name of the metric that was evaluated during training. */
  readonly metric?: string | undefined;
  /** Values of the metric in order. */
  readonly scores: readonly { readonly step: number; readonly value: number }[];
  /** Step of the weights that were kept; undefined if the last weights were kept. */
  readonly bestStep?: number | undefined;
}

/** Values of one update. */
export interface StepValues {
  /** Number of the update, from 1. */
  readonly step: number;
  readonly loss: number;
  readonly learningRate?: number | undefined;
}

/** Metric of an evaluation. */
export interface ReportedScore {
  /** Name as in eval_results.txt, such as "accuracy" or "macro_f1". */
  readonly name: string;
  readonly value: number;
  /** Lower and upper bound of the 95% confidence interval. */
  readonly interval?: readonly [low: number, high: number] | undefined;
}

/** Evaluation of a set. */
export interface ReportedEvaluation {
  /** Name of the set, such as "dev". */
  readonly name: string;
  /** Number of rows. */
  readonly examples: number;
  readonly scores: readonly ReportedScore[];
  /** Metrics of each label, in the order of the label ids. Empty for regression. */
  readonly perLabel: readonly LabelScores[];
  /** Rows by true and predicted label; only for a single label per row. */
  readonly confusion?: ConfusionMatrix | undefined;
  readonly calibration?: Calibration | undefined;
  /** True and predicted values; only for regression. Of large sets, a sample. */
  readonly values?: readonly (readonly [truth: number, predicted: number])[] | undefined;
}

/** Metrics of a label. */
export interface LabelScores {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Number of rows with this label. */
  readonly support: number;
  /** Minimum probability at which a row gets this label; only for several labels per row. */
  readonly threshold?: number | undefined;
  /** Area under the ROC curve. */
  readonly auc?: number | undefined;
}

/** Agreement of probabilities and frequencies. */
export interface Calibration {
  /** Expected calibration error, from 0 to 1. */
  readonly error: number;
  readonly bins: readonly ReliabilityBin[];
}

/** Predictions whose probability is within a range. */
export interface ReliabilityBin {
  /** Number of predictions. */
  readonly count: number;
  /** Mean probability of the predictions. */
  readonly confidence: number;
  /** Fraction of correct predictions. */
  readonly accuracy: number;
}

/** Result of a simpler method. */
export interface Baseline {
  /** Name of the method, such as "Linear probe". */
  readonly name: string;
  readonly scores: readonly ReportedScore[];
}

/** Wrong prediction. */
export interface Mistake {
  readonly id: string;
  readonly text: string;
  /** Second text of a pair. */
  readonly pair?: string | undefined;
  /** True label, labels separated by commas, or value. */
  readonly label: string;
  /** Predicted label, labels separated by commas, or value. */
  readonly predicted: string;
  /** Probability of the prediction; undefined for regression. */
  readonly probability?: number | undefined;
  /** Contribution of each word to the log-odds of the prediction; undefined if the row was not explained. */
  readonly words?: readonly ExplainedSpan[] | undefined;
}

/** Contribution of a part of a text. */
export interface ExplainedSpan {
  /** 0 for the text, 1 for the second text of a pair. */
  readonly part: 0 | 1;
  /** Offset of the first character, in UTF-16 code units. */
  readonly start: number;
  /** Offset after the last character, in UTF-16 code units. */
  readonly end: number;
  /** Contribution to the log-odds of the predicted label; positive if the word supports the label. */
  readonly contribution: number;
}

/** Training row whose label is probably wrong. */
export interface Suspect {
  readonly id: string;
  readonly text: string;
  readonly label: string;
  /** Label that the model considers correct. */
  readonly suggested: string;
  /** Probability of the suggested label. */
  readonly confidence: number;
}

/** Facts about the data of a run. */
export interface DataFacts {
  readonly sets: readonly SetFacts[];
  /** Problems that were found in the data, one sentence each. */
  readonly problems: readonly string[];
}

/** Facts about a set of rows. */
export interface SetFacts {
  /** Name of the set, such as "train". */
  readonly name: string;
  readonly rows: number;
  readonly labels: readonly { readonly label: string; readonly count: number }[];
  /** Lengths of the texts in tokens: median, 95th percentile and maximum. */
  readonly lengths?: { readonly median: number; readonly p95: number; readonly max: number } | undefined;
  /** Fraction of texts that were truncated. */
  readonly truncated?: number | undefined;
  /** Fraction of tokens that are unknown to the vocabulary. */
  readonly unknown?: number | undefined;
  /** Number of rows that repeat an earlier row. */
  readonly duplicates?: number | undefined;
  /** Number of empty texts. */
  readonly empty?: number | undefined;
}

/** Option of a run. */
export interface ReportedOption {
  readonly name: string;
  readonly value: string;
  /** Whether the value differs from the default. */
  readonly changed: boolean;
}

/** Engine, device and versions of a run, and the files that it read. */
export interface Environment {
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
  readonly precision?: string | undefined;
  readonly platform?: string | undefined;
  /** Versions by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}
