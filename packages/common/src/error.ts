/**
 * What went wrong, by kind: a stable key that callers may switch on. The message says what, where, and how to mend it.
 *
 * The part before the slash names the package's field ("input", "weights", "config", …), the rest the fault.
 */
export type ErrorCode = `${string}/${string}`;

/**
 * A fault in what the user gave us: files, options, weights. Anything else that is thrown is a bug of ours.
 *
 * The message is one line that says what is wrong, where (file, row, column or tensor), and what to do.
 */
export class BertieError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BertieError";
    this.code = code;
  }
}
