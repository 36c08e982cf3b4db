import type { BertieError } from "@bertie/common";
import type { Answer, Question, Service } from "./messages.ts";

/** Members of the global scope of a worker that are used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Question>) => void) | null;
  postMessage(answer: Answer): void;
}

/**
 * Handles the calls of a page; see `connect()`. Calls may overlap.
 *
 * @param service an import, so that the worker's own file contains nothing that other files import. WebKit evaluates a worker's
 *   file a second time when another file imports it, and the worker would then have two copies of its state.
 */
export function serve(service: Promise<Service>): void {
  const scope = globalThis as unknown as Scope;
  scope.onmessage = async ({ data: { id, method, input } }) => {
    try {
      const emit = (event: unknown) => scope.postMessage({ id, type: "event", event });
      const value = await (await service)[method]!(input as never, emit);
      scope.postMessage({ id, type: "value", value });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      scope.postMessage({ id, type: "fault", message, code: codeOf(error) });
    }
  };
}

function codeOf(error: unknown): BertieError["code"] | undefined {
  return error instanceof Error && error.name === "BertieError" ? (error as BertieError).code : undefined;
}
