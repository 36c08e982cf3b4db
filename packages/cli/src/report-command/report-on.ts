import { join } from "node:path";
import process from "node:process";
import { directoryStorage, REPORT_FILES, type RunFiles, readPredictedRows, readReportData } from "@bertie/classifier";
import { compareRuns, comparisonHtml, comparisonLines, reportHtml } from "@bertie/report";
import { replaceFile } from "./replace-file.ts";

/** Writes the report of a finished run to a file, by default report.html in its directory. */
export async function reportOnDirectory(directory: string, file = join(directory, REPORT_FILES.report)): Promise<void> {
  await replaceFile(file, reportHtml(await readReportData(filesOf(directory))));
  process.stdout.write(`${file}\n`);
}

/** Prints a comparison of finished runs, and writes a page if a file is named. */
export async function compareDirectories(directories: readonly string[], file: string | undefined): Promise<void> {
  const runs = [];
  for (const directory of directories) {
    const files = filesOf(directory);
    const data = await readReportData(files);
    runs.push({ data, predictions: await readPredictedRows(files, data.evaluations[0]?.name ?? "dev") });
  }
  const comparison = compareRuns(runs);
  process.stdout.write(
    comparisonLines(comparison)
      .map((line) => `${line}\n`)
      .join(""),
  );
  if (file !== undefined) await replaceFile(file, comparisonHtml(comparison));
}

function filesOf(directory: string): RunFiles {
  const name = directory.length > 1 ? directory.replace(/[\\/]+$/, "") : directory;
  return { name, read: (path) => directoryStorage(directory).read(path) };
}
