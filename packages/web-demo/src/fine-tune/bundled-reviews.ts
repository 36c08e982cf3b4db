import type { SplitSizes } from "@bertie/data";
import devUrl from "../../../../examples/data/reviews/dev.tsv?url";
import trainUrl from "../../../../examples/data/reviews/train.tsv?url";
import { fetchKept } from "../files/fetch-kept.ts";
import type { TrainingData } from "./training.ts";

/** The name of the reviews that come with the page; the page shows a translated name. */
export const BUNDLED = "reviews";

/** Fetches the reviews that come with the page, in the layout of task news. */
export async function bundledReviews({ rows, heldOut }: SplitSizes): Promise<TrainingData> {
  const [train, dev] = await Promise.all([fetchFile(trainUrl, "train.tsv"), fetchFile(devUrl, "dev.tsv")]);
  return {
    name: BUNDLED,
    train: { task: "news", set: "train", file: train, first: rows },
    evaluation: { task: "news", set: "dev", file: dev, first: heldOut },
  };
}

async function fetchFile(url: string, name: string): Promise<File> {
  return new File([(await fetchKept(url)) as Uint8Array<ArrayBuffer>], name);
}
