import process from "node:process";
import { comparePrecisions, type PrecisionCheck } from "@bertie/classifier";
import { createInputReader } from "@bertie/classifier/node";
import { alignColumns, BertieError } from "@bertie/common";
import { checkCells, checkColumns } from "../export/check-cells.ts";
import { interruptible } from "../interrupt.ts";
import { engineRequest } from "../options/engine-request.ts";
import { type TableSettings, tableRequest } from "../tables/table-request.ts";
import { readModelDirectory } from "../train/read-model.ts";
import type { InferenceBenchOptions } from "./options.ts";

/**
 * Runs `bertie bench inference --model DIR TABLE`: compares the precisions of a model on labeled texts, in accuracy and speed.
 *
 * @throws BertieError "options/missing" if the model or the tables are missing, and the errors of `comparePrecisions()`
 */
export async function benchmarkPrecisions(tables: readonly string[], options: InferenceBenchOptions): Promise<void> {
  const { model: path, precision = "int8", json } = options;
  if (path === undefined || tables.length === 0) {
    const missing =
      path === undefined
        ? "the table needs a model: add --model DIR"
        : "--model needs labeled texts: name a table, such as the validation set";
    const text = `${missing}. Or remove both to measure a model of random weights.`;
    throw new BertieError("options/missing", text);
  }
  const inputs = createInputReader();
  const model = await readModelDirectory(path, inputs, "bertie bench inference");
  const settings: TableSettings = { ...options, idColumn: undefined, groupColumn: undefined };
  const request = await tableRequest(tables, settings, inputs);
  const { results, notes } = await interruptible((_, signal) =>
    comparePrecisions(model, request, {
      ...engineRequest(options),
      precisions: precision === "fp32" ? ["fp32"] : ["fp32", precision],
      signal,
    }),
  );
  for (const note of notes) process.stderr.write(`${note}\n`);
  process.stdout.write(json ? `${JSON.stringify(results)}\n` : `${tableOf(results).join("\n")}\n`);
}

function tableOf(results: readonly PrecisionCheck[]): string[] {
  const rows = results.map((result) => [
    result.precision,
    `${result.engine} on ${result.device}`,
    ...checkCells(result),
  ]);
  return alignColumns([["precision", "engine", ...checkColumns], ...rows]);
}
