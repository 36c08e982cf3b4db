import type { ErrorCode } from "@bertie/common";

/** Methods of a worker that a page can call. A method takes one input and may emit events before it returns. */
export type Service = Readonly<Record<string, Method>>;
export type Method = (input: never, emit: (event: unknown) => void) => unknown;

export interface Question {
  readonly id: number;
  readonly method: string;
  readonly input: unknown;
}

export type Answer =
  | { readonly id: number; readonly type: "event"; readonly event: unknown }
  | { readonly id: number; readonly type: "value"; readonly value: unknown }
  | { readonly id: number; readonly type: "fault"; readonly message: string; readonly code: ErrorCode | undefined };
