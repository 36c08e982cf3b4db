import type { TensorData } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import type { TensorflowRuntime, TensorHandle } from "./runtime.ts";
import type { Session } from "./session.ts";
import type { Variable } from "./variables.ts";

/** A state's variable, with the value if that waits for a session that has the variable. */
interface Entry {
  readonly variable: Variable;
  readonly waiting?: TensorHandle;
}

/** Named tensors that live in the variables of a session. State of another type or shape has another variable. */
export function createStateStore(runtime: TensorflowRuntime, variableOf: (name: string, type: TensorType) => Variable) {
  const entries = new Map<string, Entry>();
  let session: Session | undefined;

  function set(name: string, entry: Entry): void {
    const before = entries.get(name)?.waiting;
    if (before !== undefined) runtime.delete(before);
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
    /** An update has put a value of that type into its variable. */
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
      } else set(name, { variable, waiting: tensor });
    },
    read(name: string): TensorData {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`there is no state ${name}`);
      const { variable, waiting } = entry;
      return waiting === undefined ? consume(session!.read(variable), runtime.read) : runtime.read(waiting);
    },
    /** Moves to another session, without copies: variables take over the tensors of those before. */
    moveTo(next: Session): void {
      for (const [name, { variable, waiting }] of entries) {
        const tensor = waiting ?? session!.read(variable);
        if (waiting === undefined) session!.destroy(variable);
        if (next.has(variable)) consume(tensor, () => next.write(variable, tensor));
        entries.set(name, next.has(variable) ? { variable } : { variable, waiting: tensor });
      }
      session?.close();
      session = next;
    },
    dispose(): void {
      for (const { waiting } of entries.values()) if (waiting !== undefined) runtime.delete(waiting);
      entries.clear();
      session?.close();
      session = undefined;
    },
  };
}
