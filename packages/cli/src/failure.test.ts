import { BertieError } from "@bertie/common";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { describeFailure } from "./failure.ts";
import { Interrupted } from "./interrupt.ts";

describe("describeFailure()", () => {
  it.each([
    [new BertieError("input/short-row", "a\n  b"), 2, "a b"],
    [new BertieError("train/not-finite", "the loss is NaN"), 1, "the loss is NaN"],
    [
      new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'\n(Did you mean --y?)"),
      2,
      /^unknown/,
    ],
    [Object.assign(new Error("ENOSPC: no space left"), { syscall: "write" }), 1, "ENOSPC: no space left"],
    [Object.assign(new Error('Requires env access to "X"'), { name: "NotCapable" }), 2, /^Deno: Requires env/],
    [new Interrupted("SIGINT"), 130, /^interrupted: nothing was saved/],
  ])("gives %j exit code %j and one line", (error, exitCode, message) => {
    const failure = describeFailure(error);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain("\n");
  });

  it("is silent after help and version, and where nobody reads", () => {
    expect(describeFailure(new Interrupted("SIGPIPE"))).toEqual({ exitCode: 141 });
    expect(describeFailure(new CommanderError(0, "commander.version", "0.1.0"))).toEqual({ exitCode: 0 });
  });

  it("shows where a bug of ours is", () => {
    expect(describeFailure(new TypeError("x is not a function")).message).toMatch(/x is not a function\n +at /);
  });
});
