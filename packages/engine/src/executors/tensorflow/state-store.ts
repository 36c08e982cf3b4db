import type { TensorData } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import type { Session } from "./session.ts";
import type { Variable } from "./variables.ts";

/**
 * Named tensors that live in the variables of a session, and wait on the host while there is no session that has theirs.
 *
 * State of another type or shape has another variable.
 */
export function createStateStore(variableOf: (name: string, type: TensorType) => Variable) {
  /** The variable of each state, with its value where that is on the host. */
  const entries = new Map<string, { readonly variable: Variable; readonly host?: TensorData }>();
  let session: Session | undefined;

  return {
    typeOf: (name: string): TensorType | undefined => entries.get(name)?.variable.type,
    /** An update has put a value of that type into its variable. */
    replaced(name: string, type: TensorType): void {
      entries.set(name, { variable: variableOf(name, type) });
    },
    write(name: string, value: TensorData): void {
      const variable = variableOf(name, value);
      if (session?.has(variable)) {
        session.write(variable, value);
        entries.set(name, { variable });
      } else entries.set(name, { variable, host: { ...value, data: value.data.slice() } });
    },
    read(name: string): TensorData {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`there is no state ${name}`);
      const { variable, host } = entry;
      return host === undefined ? session!.read(variable) : { ...host, data: host.data.slice() };
    },
    /** Moves to another session, one variable after the other, so that little is there twice. */
    moveTo(next: Session): void {
      for (const [name, { variable, host }] of entries) {
        const value = host ?? session!.read(variable);
        if (host === undefined) session!.destroy(variable);
        if (next.has(variable)) next.write(variable, value);
        entries.set(name, { variable, ...(!next.has(variable) && { host: value }) });
      }
      session?.close();
      session = next;
    },
    dispose(): void {
      entries.clear();
      session?.close();
      session = undefined;
    },
  };
}
