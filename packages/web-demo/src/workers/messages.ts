import type { ErrorCode } from "@bertie/common";

/** What a worker does for a page: functions of an input, which may tell of events on the way. */
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
