import type { EncoderLanguage } from "../model/encoders.ts";

/** Sentences to try a classifier of reviews on. They are not in the training data. */
export const exampleSentences: Readonly<Record<EncoderLanguage, readonly string[]>> = {
  zh: ["房间很干净，服务也好，下次还来", "用了一周就坏了，客服也不回复", "位置有点偏，但是早餐很丰富"],
  en: [
    "Easy to set up, and the sound is wonderful",
    "It stopped working after a week, and nobody answers",
    "A slow film, but the ending is wonderful",
  ],
};
