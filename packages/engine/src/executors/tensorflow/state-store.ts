import type { TensorData } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import { missingState } from "../check.ts";
import type { TensorflowRuntime, TensorHandle } from "./runtime.ts";
import type { Session } from "./session.ts";
import type { Variable } from "./variables.ts";

/** The variable of a state. */
interface Entry {
  readonly variable: Variable;
  /** Value to write to the variable once a session contains the variable. */
  readonly pending?: TensorHandle;
}

/**
 * Creates a store of named tensors in the variables of a session. If the dtype or shape of a state changes, the store
 * uses another variable.
 */
export function createStateStore(runtime: TensorflowRuntime, variableOf: (name: string, type: TensorType) => Variable) {
  const entries = new Map<string, Entry>();
  let session: Session | undefined;

  function set(name: string, entry: Entry): void {
    const old = entries.get(name)?.pending;
    if (old !== undefined) runtime.delete(old);
    entries.set(name, entry);
  }

  function consume<T>(tensor: TensorHandle, use: (tensor: TensorHandle) => T): T {
    try {
      return use(tensor);
    } finally {
      runtime.delete(tensor);
    }
  }

  return {
    typeOf: (name: string): TensorType | undefined => entries.get(name)?.variable.type,
    /** Records that an update wrote a value of the given type to its variable. */
    replaced(name: string, type: TensorType): void {
      set(name, { variable: variableOf(name, type) });
    },
    write(name: string, value: TensorData): void {
      const variable = variableOf(name, value);
      const tensor = runtime.copy(value);
      if (session?.has(variable)) {
        const { write } = session;
        consume(tensor, () => write(variable, tensor));
        set(name, { variable });
      } else set(name, { variable, pending: tensor });
    },
    read(name: string): TensorData {
      const entry = entries.get(name);
      if (entry === undefined) throw missingState(name);
      const { variable, pending } = entry;
      return pending === undefined ? consume(session!.read(variable), runtime.read) : runtime.read(pending);
    },
    /** Moves the state to another session without copying: its variables take over the tensors of the old variables. */
    moveTo(next: Session): void {
      for (const [name, { variable, pending }] of entries) {
        const tensor = pending ?? session!.read(variable);
        if (pending === undefined) session!.destroy(variable);
        if (next.has(variable)) consume(tensor, () => next.write(variable, tensor));
        entries.set(name, next.has(variable) ? { variable } : { variable, pending: tensor });
      }
      session?.close();
      session = next;
    },
    dispose(): void {
      for (const { pending } of entries.values()) if (pending !== undefined) runtime.delete(pending);
      entries.clear();
      session?.close();
      session = undefined;
    },
  };
}
