import type { ReportData } from "../report-data.ts";

/** Facts of a run with all sections. */
export const fullReport: ReportData = {
  title: "runs/mine",
  created: "2026-01-02T03:04:05.000Z",
  problemType: "single_label_classification",
  labels: ["negative", "positive"],
  run: {
    ...{ trained: true, task: "news", pairs: false, baseModel: "models/bert-base", steps: 40, epochs: 2 },
    ...{ seconds: 75, maxLength: 64, language: "zh" },
  },
  curves: {
    steps: Array.from({ length: 40 }, (_, i) => ({ step: i + 1, loss: 0.7 - i / 100, learningRate: i * 1e-6 })),
    metric: "accuracy",
    scores: [
      { step: 20, value: 0.8 },
      { step: 40, value: 0.75 },
    ],
    bestStep: 20,
  },
  evaluations: [
    {
      name: "dev",
      examples: 10,
      scores: [
        { name: "loss", value: 0.45 },
        { name: "accuracy", value: 0.8, interval: [0.5, 1] },
        { name: "f1_macro", value: 0.79 },
      ],
      perLabel: [
        { label: "negative", precision: 0.8, recall: 0.8, f1: 0.8, support: 5, auc: 0.9 },
        { label: "positive", precision: 0.8, recall: 0.8, f1: 0.8, support: 5 },
      ],
      confusion: [
        [4, 1],
        [1, 4],
      ],
      calibration: {
        error: 0.1,
        bins: [
          { count: 4, confidence: 0.6, accuracy: 0.5 },
          { count: 6, confidence: 0.9, accuracy: 1 },
        ],
      },
    },
  ],
  baselines: [{ name: "Linear probe", scores: [{ name: "accuracy", value: 0.7 }] }],
  mistakes: [
    {
      ...{ id: "dev-3", text: "房间不好 at all", label: "negative", predicted: "positive", probability: 0.9 },
      words: [
        { part: 0, start: 0, end: 2, contribution: 0.4 },
        { part: 0, start: 2, end: 3, contribution: -2.5 },
      ],
    },
    { id: "dev-7", text: "hm", label: "positive", predicted: "negative", probability: 0.6 },
  ],
  mistakeCount: 2,
  suspects: [{ id: "train-9", text: "很好", label: "negative", suggested: "positive", confidence: 0.97 }],
  data: {
    sets: [
      {
        ...{ name: "train", rows: 100, truncated: 0.02, unknown: 0, duplicates: 3, empty: 0 },
        labels: [
          { label: "negative", count: 60 },
          { label: "positive", count: 40 },
        ],
        lengths: { median: 20, p95: 60, max: 80 },
      },
    ],
    problems: ["3 rows are duplicates."],
  },
  options: [
    { name: "--learning-rate", value: "0.0001", changed: true },
    { name: "--seed", value: "42", changed: false },
  ],
  environment: {
    ...{ engine: "onnx", device: "cpu", precision: "fp32", platform: "linux x64", versions: { bertie: "0.1.0" } },
    files: [{ path: "data/train.tsv", bytes: 1000, sha256: "ab".repeat(32) }],
  },
};
