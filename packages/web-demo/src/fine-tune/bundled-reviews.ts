import type { SplitSizes } from "@bertie/data";
import chineseDev from "../../../../examples/data/reviews/dev.tsv?url";
import chineseTrain from "../../../../examples/data/reviews/train.tsv?url";
import englishDev from "../../../../examples/data/reviews-en/dev.tsv?url";
import englishTrain from "../../../../examples/data/reviews-en/train.tsv?url";
import { fetchCached } from "../files/fetch-cached.ts";
import type { TrainingData } from "./training.ts";

/** Name of the bundled Chinese reviews. The page shows a translated name instead. */
export const BUNDLED = "reviews";
/** Name of the bundled English reviews. */
export const BUNDLED_ENGLISH = "reviews-en";
export type BundledName = typeof BUNDLED | typeof BUNDLED_ENGLISH;

/** Sizes of the sets of either language. */
export const bundledSizes: SplitSizes = { rows: 4000, heldOut: 1000 };

const reviews = {
  [BUNDLED]: { train: chineseTrain, dev: chineseDev, vocabulary: "zh" },
  [BUNDLED_ENGLISH]: { train: englishTrain, dev: englishDev, vocabulary: "en" },
} as const satisfies Record<BundledName, unknown>;

/** Fetches bundled reviews, in the layout of the task news. */
export async function bundledReviews(name: BundledName, { rows, heldOut }: SplitSizes): Promise<TrainingData> {
  const { train, dev, vocabulary } = reviews[name];
  const [trainFile, devFile] = await Promise.all([fetchFile(train, "train.tsv"), fetchFile(dev, "dev.tsv")]);
  return {
    ...{ name, vocabulary },
    train: { task: "news", set: "train", file: trainFile, first: rows },
    evaluation: { task: "news", set: "dev", file: devFile, first: heldOut },
  };
}

async function fetchFile(url: string, name: string): Promise<File> {
  return new File([(await fetchCached(url)) as Uint8Array<ArrayBuffer>], name);
}
