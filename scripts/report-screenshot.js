// Takes the screenshot of a report for the documentation, docs/images/report-light.png, in headless Chromium:
//   node scripts/build.js && node scripts/report-screenshot.js [RUN]
//
// Without RUN, the bundled model is trained on 1,000 of the bundled reviews. The environment variable CHROMIUM names the
// browser. Requires a font with Chinese characters, for example from `apt-get install fonts-wqy-zenhei`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch, openPage } from "../tests/demo/browser.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bertie-report-"));
const run = process.argv[2] === undefined ? train() : resolve(process.argv[2]);
const browser = await launch();
try {
  const report = pathToFileURL(join(run, "report.html")).href;
  const { page } = await openPage(browser, report, { width: 1000, height: 1250 });
  await page.screenshot({ path: `${root}docs/images/report-light.png` });
  console.log("docs/images/report-light.png");
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/** Trains a model, and returns the directory of the run. */
function train() {
  const model = ["--model", "examples/models/bge-small-zh-v1.5", "--do-lower-case", "--max-seq-length", "48"];
  const data = ["--task-name", "news", "--data-dir", "examples/data/reviews", "--max-train-samples", "1000"];
  const training = ["--do-train", "--num-train-epochs", "2", "--do-eval", "--max-eval-samples", "500"];
  const evaluation = ["--metric", "accuracy", "--save-checkpoints-steps", "10", "--learning-rate", "1e-4"];
  const output = ["--output-dir", "runs/reviews"];
  const args = ["train", ...model, ...data, ...training, ...evaluation, ...output];
  // The report shows the paths that the command is given, so they are relative.
  symlinkSync(join(root, "examples"), join(folder, "examples"));
  execFileSync(process.execPath, [`${root}packages/cli/bin/bertie.js`, ...args], {
    cwd: folder,
    stdio: "inherit",
  });
  return join(folder, "runs/reviews");
}
