import { BertieError } from "@bertie/common";
import type { Answer, Question, Service } from "./messages.ts";

/** Members of the global scope of a worker that are used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Question>) => void) | null;
  postMessage(answer: Answer): void;
}

/** Handles the calls of a page; see `connect()`. Calls may overlap. */
export function serve(service: Service): void {
  const scope = globalThis as unknown as Scope;
  scope.onmessage = async ({ data: { id, method, input } }) => {
    try {
      const emit = (event: unknown) => scope.postMessage({ id, type: "event", event });
      const value = await service[method]!(input as never, emit);
      scope.postMessage({ id, type: "value", value });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      scope.postMessage({ id, type: "fault", message, code: error instanceof BertieError ? error.code : undefined });
    }
  };
}
