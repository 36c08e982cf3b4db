import { BertieError } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { readValue } from "./read-value.ts";
import type { OptionSpec } from "./table.ts";

const common = { group: "Data", help: "" } as const;
const integer: OptionSpec = { ...common, kind: "integer", min: 1 };
const proportion: OptionSpec = { ...common, kind: "number", min: 0, max: 1 };
const epochs: OptionSpec = { ...common, kind: "number", above: 0 };
const fraction: OptionSpec = { ...common, kind: "number", above: 0, max: 0.9 };
const choice: OptionSpec = { ...common, kind: "choice", choices: ["a", "b"], default: "a" };
const metric: OptionSpec = { ...common, kind: "choice", choices: ["accuracy", "loss"] };
const path: OptionSpec = { ...common, kind: "path" };
const flag: OptionSpec = { ...common, kind: "flag" };

describe("readValue()", () => {
  it.each([
    [integer, "32", 32],
    [integer, "+3", 3],
    [integer, 7, 7],
    [proportion, "0.1", 0.1],
    [proportion, "1", 1],
    [proportion, ".5", 0.5],
    [epochs, "5e-5", 5e-5],
    [epochs, "3.", 3],
    [choice, "b", "b"],
    [path, "-", "-"],
    [path, "./~/x", "./~/x"],
    [path, "~backup/x", "~backup/x"],
    [flag, true, true],
  ])("with the spec %j, reads %j", (spec, given, value) => {
    expect(readValue(spec, given, "--x")).toBe(value);
  });

  it.each([
    [integer, "0", "--x is 0, but must be 1 or more"],
    [integer, "1.5", '--x is "1.5", but must be a whole number'],
    [integer, 1.5, "--x is 1.5, but must be a whole number"],
    [integer, "0x10", '--x is "0x10", but must be a whole number'],
    [integer, "1e400", '--x is "1e400", but must be a whole number'],
    [integer, "99999999999999999999", "--x is 100000000000000000000, but must be a whole number"],
    [integer, "", '--x is "", but must be a whole number'],
    [integer, true, "--x is true, but must be a whole number"],
    [proportion, "1.1", "--x is 1.1, but must be from 0 to 1"],
    [proportion, "NaN", '--x is "NaN", but must be a number'],
    [epochs, "0", "--x is 0, but must be greater than 0"],
    [fraction, "1.5", "--x is 1.5, but must be greater than 0 and at most 0.9"],
    [fraction, "0", "--x is 0, but must be greater than 0 and at most 0.9"],
    [epochs, "Infinity", '--x is "Infinity", but must be a number'],
    [epochs, "1e999", "--x is Infinity, but must be a number"],
    [choice, "c", '--x is "c", but must be one of a, b'],
    [metric, "acuracy", '--x is "acuracy", but must be one of accuracy, loss. Did you mean accuracy?'],
    [path, "", '--x is "", but must be non-empty text'],
    [path, " ", '--x is " ", but must be non-empty text'],
    [path, "~/x", '--x is "~/x", but ~ is not expanded here. Write the absolute path, or ./~/x'],
    [path, "~", '--x is "~", but ~ is not expanded here'],
    [path, "$HOME/x", "but $HOME is not expanded here"],
    [path, `\${RUNS}`, `but \${RUNS} is not expanded here`],
    [path, "%USERPROFILE%\\x", "but %USERPROFILE% is not expanded here"],
    [path, 3, "--x is 3, but must be non-empty text"],
    [path, "--do-train", "--x needs a value, but is followed by --do-train"],
    [flag, "yes", '--x is "yes", but must be true or false'],
  ])("with the spec %j, rejects %j", (spec, given, message) => {
    expect(() => readValue(spec, given, "--x")).toThrow(BertieError);
    expect(() => readValue(spec, given, "--x")).toThrow(message);
  });
});
