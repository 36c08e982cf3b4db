/**
 * A stable identifier for a kind of error, which programs can switch on.
 *
 * The part before the slash is the area ("input", "weights", "config", …). The part after the slash is the specific
 * problem.
 */
export type ErrorCode = `${string}/${string}`;

/** Marks errors of this class, which every package and every format of a package has a copy of. */
const MARK: unique symbol = Symbol.for("@bertie/common/BertieError");

/**
 * An error caused by the caller's input: files, options or weights. Any other error thrown by Bertie is a bug.
 *
 * The message is one line with the problem, its location (file, row, column or tensor), and a way to fix it.
 *
 * @example
 * ```ts
 * import { BertieError } from "@bertie/common";
 *
 * try {
 *   throw new BertieError("input/missing-file", "vocab.txt: no such file. Check the path.");
 * } catch (error) {
 *   if (error instanceof BertieError) console.log(error.code); // "input/missing-file"
 * }
 * ```
 */
export class BertieError extends Error {
  /** Identifies the kind of error. Codes do not change between releases; messages may. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "BertieError";
    this.code = code;
  }

  /** @internal */
  get [MARK](): true {
    return true;
  }

  /**
   * Recognizes the errors of all copies of this class: packages contain a copy, because loading another file takes longer.
   *
   * @internal
   */
  static override [Symbol.hasInstance](value: unknown): value is BertieError {
    return typeof value === "object" && value !== null && MARK in value;
  }
}
