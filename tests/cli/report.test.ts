import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, scratchDirectory } from "./bertie.ts";
import { createTraining, QUICKLY, readJson } from "./training.ts";

const scratch = scratchDirectory();
const { train } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

vi.setConfig({ hookTimeout: 120_000 });

describe("bertie report", () => {
  let [first, second] = ["", ""];
  beforeAll(async () => {
    first = (await train("first", "--do-eval", ...QUICKLY)).run;
    second = (await train("second", "--do-eval", "--no-report", "--max-steps", "1")).run;
  });

  it("writes the same report again from the files of the run", async () => {
    const report = join(first, "report.html");
    const before = readFileSync(report, "utf8");
    expect(before).toContain("<!doctype html>");
    rmSync(report);
    const { stdout } = await bertieOk(["report", first]);
    expect(stdout).toBe(`${report}\n`);
    expect(readFileSync(report, "utf8")).toBe(before);
    expect(readdirSync(first).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("writes the report of a run without reports, also to another file", async () => {
    const files = readdirSync(second);
    expect(files.filter((name) => /report|README|tfevents|mistakes/.test(name))).toEqual([]);
    await bertieOk(["report", second, "--html", inScratch("second.html")]);
    expect(readFileSync(inScratch("second.html"), "utf8")).toContain("Confusion matrix");
    expect(readdirSync(second)).toEqual(files);
  });

  it("compares runs on the terminal and as a page", async () => {
    const { stdout } = await bertieOk(["report", first, second, "--html", inScratch("comparison.html")]);
    const accuracy = (run: string) =>
      `${(100 * (readJson(run, "eval_results.json").eval_accuracy as number)).toFixed(1)}%`;
    expect(stdout).toMatch(new RegExp(`^Accuracy +${accuracy(first)} +${accuracy(second)} `, "m"));
    expect(stdout).toMatch(/^--max-steps +not set +1$/m);
    expect(stdout).toMatch(/McNemar's exact test: p = /);
    expect(readFileSync(inScratch("comparison.html"), "utf8")).toContain("Settings that differ");
  });

  it("says that runs were evaluated on different rows", async () => {
    const other = inScratch("other");
    mkdirSync(other);
    for (const name of ["run.json", "eval_results.json", "metrics.jsonl"])
      copyFileSync(join(first, name), join(other, name));
    expect((await bertieOk(["report", first, other])).stdout).toContain("not evaluated on the same rows");
  });

  it.each([
    [["report", inScratch("missing")], /^bertie: .*missing: expected the directory of a finished run/],
    [["report"], /missing required argument|expects a directory|directory/],
  ])("rejects wrong input: %j", async (args, message) => {
    const { code, stderr } = await bertie(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(inScratch("missing"))).toBe(false);
  });
});
