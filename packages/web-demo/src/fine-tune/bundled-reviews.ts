import { getProcessor, readExamples } from "@bertie/data";
import devUrl from "../../../../examples/data/reviews/dev.tsv?url";
import trainUrl from "../../../../examples/data/reviews/train.tsv?url";
import { fetchKept } from "../files/fetch-kept.ts";

/** The name in files of the reviews that come with the page; the page shows a translated name. */
export const BUNDLED = "reviews";

/** Fetches the reviews that come with the page. */
export async function bundledReviews() {
  const news = getProcessor("news");
  const [train, dev] = await Promise.all([fetchKept(trainUrl), fetchKept(devUrl)]);
  return { train: readExamples(news, "train", train).examples, heldOut: readExamples(news, "dev", dev).examples };
}
