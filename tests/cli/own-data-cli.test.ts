import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, MAIN, newsRows, scratchDirectory, writeFile } from "./bertie.ts";
import { bertieOnTerminal, hasPseudoTerminal, screenOf } from "./pseudo-terminal.ts";
import { createTraining } from "./training.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const scratch = scratchDirectory();
const { news, options, train } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);
const short = ["train", ...options, "--max-steps", "2"];

const ESCAPE = "\u001b";

/** Directory of a run of two steps. */
let model = "";
beforeAll(async () => {
  ({ run: model } = await train("model", "--max-steps", "2"));
});

describe("an --output-dir that cannot be written", () => {
  mkdirSync(inScratch("places"));
  const place = (name: string) => join(scratch, "places", name);
  writeFile(place("file"), "keep");
  symlinkSync(place("nowhere"), place("dangling"));
  symlinkSync("loop", place("loop"));

  it.each([
    ["in a file system without new directories", "/proc/x", /\/proc does not accept new files/],
    ["deep in such a file system", "/proc/a/b/c", /\/proc does not accept new files/],
    ["in /sys", "/sys/x", /not writable/],
    ["that is a device", "/dev/null", /expected a directory/],
    ["that is a file", place("file"), /expected a directory/],
    ["below a file", place("file/a/b"), /expected a directory/],
    ["that is a dangling link", place("dangling"), /the symbolic link points to a path that does not exist/],
    ["below a dangling link", place("dangling/run"), /dangling is a symbolic link to a path that does not exist/],
    ["that is a link to itself", place("loop"), /ELOOP/],
    ["with a name that is too long", place("x".repeat(300)), /ENAMETOOLONG/],
    ["that is empty", "", /--output-dir is "", but must be non-empty text/],
    ["that consists of a space", " ", /--output-dir is " ", but must be non-empty text/],
    ["with ~", "~/runs/x", /--output-dir is "~\/runs\/x", but ~ is not expanded here\. Write the absolute path/],
    ["with a variable", "$HOME/x", /\$HOME is not expanded here/],
    ["that is a mount point", "/dev/shm", /not empty|a mount point cannot be replaced .*such as \/dev\/shm\/run/],
  ])("%s is refused before training", async (_, path, message) => {
    const before = readdirSync(place(""));
    for (const command of [[...short], ["predict", "--model", model]]) {
      const { code, stdout, stderr } = await bertie([...command, "--output-dir", path], { stdin: "很好\n" });
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^bertie: [^\n]*\n$/);
      expect(stderr).toMatch(message);
    }
    expect(readdirSync(place(""))).toEqual(before);
  });

  it("is refused if it is the current directory", async () => {
    const cwd = inScratch("current");
    mkdirSync(cwd);
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...short, "--output-dir", "."], {
      ...{ cwd, encoding: "utf8", env: { BERTIE_DEVICE: "cpu", ...process.env } },
    });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/current directory cannot be replaced .*such as \.\/run/),
    ]);
  });

  it("is refused without permission", async ({ skip }) => {
    const isRoot = process.getuid?.() === 0;
    const asNobody = ["setpriv", "--reuid", "65534", "--clear-groups"];
    const canSwitch = spawnSync("setpriv", [...asNobody.slice(1), process.execPath, MAIN, "--version"]).status === 0;
    if (isRoot && !canSwitch) skip("the tests run as root, and setpriv cannot start the command as another user");
    const readOnly = inScratch("read-only");
    mkdirSync(readOnly, { mode: 0o555 });
    const command = [process.execPath, MAIN, ...short, "--output-dir", join(readOnly, "run")];
    spawnSync("chmod", ["a+x", scratch]);
    const [program = "", ...args] = isRoot ? [...asNobody, ...command] : command;
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^bertie: .*no permission to write in .*read-only\).*\n$/),
    ]);
  });

  it("is refused on a full disk", async ({ skip }) => {
    const full = inScratch("full-disk");
    mkdirSync(full);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "none", full]).status !== 0)
      skip("a small file system cannot be mounted here");
    try {
      spawnSync("dd", ["if=/dev/zero", `of=${full}/fill`, "bs=4096"]);
      const { code, stderr } = await bertie([...short, "--output-dir", join(full, "run")]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^bertie: .*ENOSPC.*\n$/)]);
      expect(readdirSync(full)).toEqual(["fill"]);
      const mounted = await bertie([...short, "--output-dir", full, "--overwrite-output-dir"]);
      expect([mounted.code, mounted.stderr]).toEqual([2, expect.stringMatching(/a mount point cannot be replaced/)]);
    } finally {
      spawnSync("umount", [full]);
    }
  });

  it("is refused by tokenize --output", async () => {
    const { code, stderr } = await bertie(["tokenize", "--model", model, "--output", "/proc/x/y.jsonl"], {
      stdin: "a",
    });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^bertie: .*\/proc does not accept new files.*\n$/)]);
  });
});

describe("a signal", () => {
  it("ends a run that waits for an input which never arrives", async ({ skip }) => {
    const pipe = inScratch("pipe");
    if (spawnSync("mkfifo", [pipe]).status !== 0) skip("named pipes cannot be created here");
    const args = [MAIN, ...short, "--bert-config-file", pipe, "--output-dir", inScratch("waiting")];
    for (const signals of [["SIGTERM"], ["SIGINT", "SIGINT"]] as const) {
      const child = spawn(process.execPath, args, { env: { BERTIE_DEVICE: "cpu", ...process.env } });
      const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
      while (!existsSync(inScratch("waiting.unfinished/lock"))) await sleep(50);
      for (const signal of signals) {
        child.kill(signal);
        await sleep(200);
      }
      expect(await Promise.race([ended, sleep(20_000)])).toBe(signals[0]);
      spawnSync("rm", ["-r", inScratch("waiting.unfinished")]);
    }
  });
});

describe.runIf(hasPseudoTerminal)("progress on a terminal", () => {
  const evaluation = ["eval", "--model", inScratch("model"), "--task-name", "news", "--data-dir", news];
  let number = 0;
  const training = () => [...short, "--do-eval", "--max-steps", "8", "--output-dir", inScratch(`terminal-${number++}`)];

  it.each([20, 40, 80, 200])("fits in %i columns, and disappears at the end", async (columns) => {
    const { code, stdout } = await bertieOnTerminal(training(), { columns });
    expect(code).toBe(0);
    const drawn = [...stdout.matchAll(/^(?:.*0J)?((?:Epoch|Iteration|Evaluating) .*)$/gm)].map(([, line]) =>
      line!.trim(),
    );
    expect(drawn.length).toBeGreaterThan(3);
    expect(drawn.filter((line) => line.length >= columns)).toEqual([]);
    expect(drawn).toContainEqual(expect.stringMatching(/Iteration .*\d\/3/));
    expect(drawn.some((line) => line.includes("━"))).toBe(columns >= 40);
    const screen = screenOf(stdout, columns).join("\n");
    expect(screen).not.toMatch(/Iteration|━/);
    expect(screen.replaceAll("\n", "")).toMatch(/trained on 64 examples in 8 steps.*eval_accuracy = /);
  });

  it("stays intact when the terminal becomes narrower", async () => {
    const { code, stdout } = await bertieOnTerminal(training(), { columns: 100, resizedTo: 40 });
    expect(code).toBe(0);
    const afterwards = stdout.split("trained on")[1]!;
    expect(afterwards).toMatch(/Evaluating dev [━╌]+ \d\/2/);
    for (const [line] of afterwards.matchAll(/Evaluating dev .*/g)) expect(line.trim().length).toBeLessThan(40);
  });

  it.each([
    ["TERM=dumb", 80, { TERM: "dumb" }],
    ["CI=true", 80, { CI: "true" }],
    ["a terminal of unknown width", 0, {}],
  ])("is plain lines without control codes with %s", async (_, columns, env) => {
    const { code, stdout } = await bertieOnTerminal([...training(), "--log-every", "4"], { columns, env });
    expect(code).toBe(0);
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).not.toContain("━");
    expect(stdout).toMatch(/^step 4\/8 .*\r?\n(.*\r?\n)*step 8\/8 /m);
    const tokenized = await bertieOnTerminal(["tokenize", "--model", model, join(news, "dev.tsv")], { columns, env });
    expect(tokenized.stdout).not.toContain(ESCAPE);
  });

  it("has no colors with NO_COLOR", async () => {
    const { stdout } = await bertieOnTerminal(training(), { columns: 80, env: { NO_COLOR: "1" } });
    expect(stdout).not.toMatch(new RegExp(`${ESCAPE}\\[[\\d;]*m`));
  });

  it("does not erase results and predictions on the same terminal", async () => {
    for (const args of [["--do-predict"], ["--json"]]) {
      const { code, stdout } = await bertieOnTerminal([...evaluation, ...args], { columns: 100 });
      expect(code).toBe(0);
      const screen = screenOf(stdout, 100);
      if (args[0] === "--do-predict") {
        expect(screen.filter((line) => /^(bad|good|so-so)\t/.test(line))).toHaveLength(9);
        expect(screen.filter((line) => line.startsWith("eval_accuracy"))).toHaveLength(1);
      } else expect(screen.join("").match(/"type":"eval-batch"/g)).toHaveLength(2);
      expect(screen.join("\n")).not.toMatch(/Evaluating|Predicting/);
    }
  });

  it("predict says at a terminal that it waits for lines", async () => {
    const { code, stdout } = await bertieOnTerminal(["predict", "--model", model], { columns: 80, typed: "很好" });
    expect(code).toBe(0);
    expect(stdout).toContain("reading texts from the terminal, one per line; press Ctrl-D to end");
    expect(stdout).toMatch(/^(bad|good|so-so)\t0\.\d+/m);
  });
});

describe("pipes", () => {
  it("get plain lines", async () => {
    const { stdout, stderr } = await bertieOk([...short, "--do-eval", "--output-dir", inScratch("piped")]);
    for (const text of [ESCAPE, "\r", "━"]) expect(stdout + stderr).not.toContain(text);
  });

  it.each([[""], ["\n"]])("predict rejects the empty input %j, or answers its empty line", async (stdin) => {
    const { code, stdout, stderr } = await bertie(["predict", "--model", model], { stdin });
    if (stdin === "") expect([code, stderr]).toEqual([2, expect.stringContaining("stdin: no lines to classify")]);
    else expect(stdout.trimEnd().split("\n")).toHaveLength(2); // the names of the columns, and an answer
  });
});

describe("flags as other scripts write them", () => {
  it.each([
    [["--do_eval=true"], true],
    [["--do_eval=True"], true],
    [["--do_eval", "true"], true],
    [["--do-eval=1"], true],
    [["--do_eval=yes"], true],
    [["--do_eval=false"], false],
    [["--do_eval", "False"], false],
    [["--nodo_eval"], false],
    [["--no-do-eval"], false],
    [["--do-eval", "--do_eval=0"], false],
  ])("%j", async (flags, evaluates) => {
    const run = inScratch(`flags-${flags.join("")}`);
    await bertieOk(["run_classifier", ...options, "--max-steps", "1", ...flags, "--output_dir", run]);
    expect(existsSync(join(run, "eval_results.txt"))).toBe(evaluates);
  });

  it("-v shows the version", async () => {
    const { stdout } = await bertieOk(["-v"]);
    expect(stdout).toBe((await bertieOk(["--version"])).stdout);
  });
});

describe("mistyped and foreign options", () => {
  it.each([
    ["train --epochs 3", "Did you mean --num-train-epochs?"],
    ["train --task news", "Did you mean --task-name?"],
    ["train --lr 1e-5", "Did you mean --learning-rate?"],
    ["train --batch_size 8", "Did you mean --train-batch-size?"],
    ["train --max_length 8", "Did you mean --max-seq-length?"],
    ["train --output x", "Did you mean --output-dir?"],
    ["train -o x", "Did you mean --output-dir?"],
    ["train --random_state 1", "Did you mean --seed?"],
    ["train --max_iter 5", "Did you mean --max-steps?"],
    ["train --num_labls 5", "Did you mean --num-labels?"],
    ["train --bert_model x", "Did you mean --model?"],
    ["predict --no_gpu", "Did you mean --device cpu?"],
    ["tokenize --n_jobs 2", "Did you mean --threads?"],
    ["train --shard 1/2", '--shard is an option of "bertie predict" and "bertie tokenize".'],
  ])("bertie %s", async (line, advice) => {
    const { code, stderr } = await bertie(line.split(" "));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^bertie: unknown option -[^\n]*\n$/);
    expect(stderr).toContain(advice);
  });

  it.each([
    ["epochs = 3", "epochs in .*: unknown option. Did you mean num-train-epochs\\?"],
    ['shard = "1/2"', 'shard in .*: unknown option. --shard is an option of "bertie predict" and "bertie tokenize".'],
    ["sed = 1", "sed in .*: unknown option. Did you mean seed\\?"],
  ])("in a --config file: %s", async (text, message) => {
    const { code, stderr } = await bertie(["train", "--config", writeFile(inScratch("foreign.toml"), text)]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^bertie: ${message}\n$`))]);
  });
});

describe("a --config file of a training run", () => {
  const file = () =>
    writeFile(
      inScratch("shared.toml"),
      [
        `do-train = true\ndo-predict = true\nresume-anyway = true\nmetric = "accuracy"\nearly-stopping = 2`,
        `output-dir = "${model}"\noverwrite-output-dir = true\ntask-name = "news"\ndata-dir = "${news}"\n`,
      ].join("\n"),
    );

  it("lets eval only evaluate, and predict only predict", async () => {
    const before = readFileSync(join(model, "model.safetensors"));
    const evaluated = await bertieOk(["eval", "--config", file(), "--model", model]);
    expect(evaluated.stdout).toMatch(/^eval_accuracy = /m);
    expect(evaluated.stdout + evaluated.stderr).not.toMatch(/training|prediction|^(bad|good|so-so)\t/m);
    const predicted = await bertieOk(["predict", "--config", file(), "--model", model]);
    expect(predicted.stdout.match(/^(bad|good|so-so)\t/gm)).toHaveLength(9);
    expect(readFileSync(join(model, "model.safetensors"))).toEqual(before);
  });

  it.each([["--do-train"], ["--resume"], ["--metric", "accuracy"]])("rejects %s with eval", async (...flags) => {
    for (const command of ["eval", "predict"]) {
      const { code, stderr } = await bertie([command, "--model", model, ...flags.filter(Boolean)]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`bertie ${command} does not train, so ${flags[0]} `)]);
    }
  });
});

describe("resuming after the data grew", () => {
  it("names the checkpoint, from which a run on the new data can start", async () => {
    const run = inScratch("grown-run");
    const command = ["train", ...options, "--num-train-epochs", "200", "--save-checkpoints-steps", "2"];
    const stopped = await bertie([...command, "--output-dir", run], {
      signal: { name: "SIGINT", when: /checkpoint after step 4/ },
    });
    expect(stopped.code).toBe(130);
    const grown = inScratch("grown");
    cpSync(news, grown, { recursive: true });
    writeFileSync(join(grown, "train.tsv"), newsRows(40));
    const refused = await bertie(["train", "--resume", run, "--data-dir", grown]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/train\.tsv was changed.* start a new run with the weights of the checkpoint/);
    const [, checkpoint] = /\(--model (\S+step-\d+) --output-dir/.exec(refused.stderr) ?? [];
    expect(checkpoint).toBeDefined();
    const next = inScratch("grown-next");
    const args = [
      "--model",
      checkpoint!,
      "--task-name",
      "news",
      "--data-dir",
      grown,
      "--do-train",
      "--do-eval",
      "--max-seq-length",
      "16",
    ];
    const { stderr } = await bertieOk(["train", ...args, "--max-steps", "2", "--output-dir", next]);
    expect(stderr).toMatch(/Num examples = 40/);
    expect(stderr).not.toMatch(/warning: .*(weights|classifier)/);
  });
});
