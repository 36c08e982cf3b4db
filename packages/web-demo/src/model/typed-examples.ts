import { createTrainer, memoryStorage, type Storage } from "@bertie/classifier";
import type { Executor } from "@bertie/engine";
import type { Loaded } from "../files/fetch-cached.ts";
import { findDevices } from "./devices.ts";
import { type EncoderLanguage, encoderSource } from "./encoders.ts";

/** Examples that the user has typed, by class. */
export interface TypedExamples {
  readonly language: EncoderLanguage;
  readonly classes: readonly { readonly name: string; readonly texts: readonly string[] }[];
}

/** Maximum length of a text in tokens. */
const MAX_LENGTH = 128;
const SEED = 42;

/**
 * Fits a linear classifier to the features that a bundled encoder computes of typed examples.
 *
 * @param executor executor that runs the encoder; it is disposed afterwards
 * @returns storage with the model
 */
export async function trainOnTyped(
  { language, classes }: TypedExamples,
  executor: Executor,
  onProgress: (loaded: Loaded) => void,
): Promise<Storage> {
  const trainer = await createTrainer({
    model: encoderSource(language, onProgress),
    train: classes.flatMap(({ name, texts }) => texts.map((text) => ({ text, label: name }))),
    labels: classes.map(({ name }) => name),
    ...{ headOnly: true, lowercase: true, maxLength: MAX_LENGTH, seed: SEED },
    ...{ executor, threads: (await findDevices()).threads, storage: memoryStorage("examples") },
  }).catch(async (error: unknown) => {
    await executor.dispose();
    throw error;
  });
  for await (const _event of trainer.run());
  return trainer.storage;
}
