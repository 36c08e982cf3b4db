import type { SplitSizes } from "@bertie/data";
import devUrl from "../../../../examples/data/reviews/dev.tsv?url";
import trainUrl from "../../../../examples/data/reviews/train.tsv?url";
import { fetchCached } from "../files/fetch-cached.ts";
import type { TrainingData } from "./training.ts";

/** Name of the bundled reviews. The page shows a translated name instead. */
export const BUNDLED = "reviews";

/** Fetches the bundled reviews, in the layout of the task news. */
export async function bundledReviews({ rows, heldOut }: SplitSizes): Promise<TrainingData> {
  const [train, dev] = await Promise.all([fetchFile(trainUrl, "train.tsv"), fetchFile(devUrl, "dev.tsv")]);
  return {
    name: BUNDLED,
    train: { task: "news", set: "train", file: train, first: rows },
    evaluation: { task: "news", set: "dev", file: dev, first: heldOut },
  };
}

async function fetchFile(url: string, name: string): Promise<File> {
  return new File([(await fetchCached(url)) as Uint8Array<ArrayBuffer>], name);
}
