import { BertieError } from "@bertie/common";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { describeFailure } from "./failure.ts";
import { Interrupted } from "./interrupt.ts";

describe("describeFailure()", () => {
  it.each([
    [new BertieError("input/short-row", "a\n  b"), 2, "a b"],
    [new BertieError("train/not-finite", "the loss is NaN"), 1, "the loss is NaN"],
    [new CommanderError(1, "commander.error", "error: a\n(b)"), 2, "a (b)"],
    [Object.assign(new Error("ENOSPC: no space left"), { syscall: "write" }), 1, "ENOSPC: no space left"],
    [Object.assign(new Error('Requires env access to "X"'), { name: "NotCapable" }), 2, /^Deno: Requires env/],
    [new Interrupted("SIGINT"), 130, /^interrupted: nothing was saved/],
  ])("maps %j to exit code %j and one line", (error, exitCode, message) => {
    const failure = describeFailure(error);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain("\n");
  });

  it("has no message after help, after the version, and if stdout is closed", () => {
    expect(describeFailure(new Interrupted("SIGPIPE"))).toEqual({ exitCode: 141 });
    expect(describeFailure(new CommanderError(0, "commander.version", "0.1.0"))).toEqual({ exitCode: 0 });
  });

  it("includes the stack trace of an unexpected error", () => {
    expect(describeFailure(new TypeError("x is not a function")).message).toMatch(/x is not a function\n +at /);
  });
});
