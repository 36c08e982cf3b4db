import { normalize } from "node:path";
import process from "node:process";
import { type InputReader, isDirectory, isFile } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { FileSource } from "@bertie/model";
import { createTransferBars } from "./report/transfer-bars.ts";

/** The files of a model, with warnings about their source. */
export interface ModelSource extends FileSource {
  readonly warnings: readonly string[];
}

/**
 * Opens the model that an option or argument names: a directory, otherwise a model on the Hugging Face Hub. Downloads show progress bars
 * on a terminal. The files that are read are recorded, for a model on the hub as `user/model@commit/file`.
 *
 * @param reader command or option that expects the model, for messages
 * @throws BertieError "input/missing-file" if there is no such directory and the text cannot be the name of a model, "hub/…"
 */
export async function openModel(model: string, inputs: InputReader, reader = "--model"): Promise<ModelSource> {
  if (await isDirectory(model)) return { ...inputs.directory(normalize(model)), warnings: [] };
  const { openHubModel, parseModelName } = await import("@bertie/hub");
  if (parseModelName(model) === undefined || (await isFile(model))) {
    const text = `${model}: the directory does not exist. ${reader} expects a directory with config.json, vocab.txt and model.safetensors, or the name of a model on the Hugging Face Hub, such as user/model.`;
    throw new BertieError("input/missing-file", text);
  }
  const bars = createTransferBars(process.stderr, process.env);
  const source = await openHubModel(model, { onEvent: bars.show });
  return {
    ...source,
    async read(path) {
      const contents = await source.read(path).finally(bars.hide);
      if (contents !== undefined) inputs.record(`${source.name}/${path}`, contents);
      return contents;
    },
  };
}
