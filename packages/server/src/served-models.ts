import { BertieError } from "@bertie/common";
import { HttpError } from "./http-error.ts";
import { type LoadedModel, loadModel, type ModelRequest, nameOf } from "./loaded-model.ts";
import type { Metrics } from "./metrics.ts";
import type { Limits } from "./options.ts";

/** Model under its name. A reload replaces `current`. */
export interface ServedModel {
  readonly name: string;
  readonly current: LoadedModel;
}

/** All models of a server. */
export interface ServedModels {
  readonly all: readonly ServedModel[];
  /**
   * Calls a function with a model, which is not disposed before the function returns, even if it is reloaded.
   *
   * @throws HttpError 404 if there is no such model
   */
  use<T>(name: string, run: (model: LoadedModel) => Promise<T>): Promise<T>;
  /** Loads a model again. If that fails, the current one stays. */
  reload(name: string): Promise<void>;
  dispose(): Promise<void>;
}

interface Slot {
  readonly name: string;
  readonly request: ModelRequest;
  current: LoadedModel;
  /** Number of calls that use `current`. */
  users: { count: number; whenIdle: (() => void) | undefined };
}

/**
 * Loads the models of a server, one after the other.
 *
 * @throws BertieError "server/model-name" if a name is invalid or given twice, or the errors of `TextClassifier.load()`
 */
export async function loadModels(
  requests: readonly ModelRequest[],
  limits: Limits,
  metrics: Metrics,
): Promise<ServedModels> {
  if (requests.length === 0)
    throw new BertieError("server/option", "no models: expected at least one model directory.");
  const names = requests.map(nameOf);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) {
    const text = `two models have the name "${repeated}". Give them different names: NAME=DIR.`;
    throw new BertieError("server/model-name", text);
  }
  const slots = new Map<string, Slot>();
  const dispose = async () => {
    for (const { current } of slots.values()) await current.dispose();
  };
  try {
    for (const [i, request] of requests.entries()) {
      const current = await loadModel(request, limits, metrics);
      slots.set(names[i]!, { name: names[i]!, request, current, users: { count: 0, whenIdle: undefined } });
    }
  } catch (error) {
    await dispose();
    throw error;
  }

  return {
    get all() {
      return [...slots.values()];
    },
    async use(name, run) {
      const slot = slots.get(name);
      if (slot === undefined) throw unknownModel(name, names);
      const { current, users } = slot;
      users.count++;
      try {
        return await run(current);
      } finally {
        if (--users.count === 0) users.whenIdle?.();
      }
    },
    async reload(name) {
      const slot = slots.get(name);
      if (slot === undefined) throw unknownModel(name, names);
      const next = await loadModel(slot.request, limits, metrics);
      const { current: previous, users } = slot;
      slot.current = next;
      slot.users = { count: 0, whenIdle: undefined };
      if (users.count === 0) await previous.dispose();
      else users.whenIdle = () => void previous.dispose();
    },
    dispose,
  };
}

export function unknownModel(name: string, names: readonly string[]): HttpError {
  return new HttpError(404, "Validation", `no model ${JSON.stringify(name)}. Models: ${names.join(", ")}.`);
}
