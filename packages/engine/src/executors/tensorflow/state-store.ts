import type { TensorData } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import type { Session } from "./session.ts";

/** Where a state's current value is: in the session's variable, or still on the host. */
interface Entry {
  readonly type: TensorType;
  readonly host?: TensorData;
}

/** A session, and the variables in its graph. */
export interface Home {
  readonly session: Session;
  readonly variables: ReadonlySet<string>;
}

/**
 * Named tensors that live in the variables of a session, and wait on the host while there is no session that has theirs.
 *
 * State of another type or shape has another variable.
 */
export function createStateStore(variableOf: (name: string, type: TensorType) => string) {
  const entries = new Map<string, Entry>();
  let home: Home | undefined;

  function get(name: string): Entry {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(`there is no state ${name}`);
    return entry;
  }

  function currentOf(name: string, { type, host }: Entry): TensorData {
    return host ?? home!.session.read(variableOf(name, type));
  }

  return {
    typeOf: (name: string): TensorType | undefined => entries.get(name)?.type,
    /** An update has put a value of that type into the variable. */
    replaced(name: string, { dtype, shape }: TensorType): void {
      entries.set(name, { type: { dtype, shape } });
    },
    write(name: string, value: TensorData): void {
      const { dtype, shape } = value;
      const type = { dtype, shape: [...shape] };
      const variable = variableOf(name, type);
      if (home?.variables.has(variable)) {
        home.session.write(variable, value);
        entries.set(name, { type });
      } else entries.set(name, { type, host: { ...type, data: value.data.slice() } });
    },
    read(name: string): TensorData {
      const entry = get(name);
      const value = currentOf(name, entry);
      return entry.host === undefined ? value : { ...value, data: value.data.slice() };
    },
    /** Moves to another session, one variable after the other, so that little is there twice. */
    moveTo(next: Home | undefined): void {
      for (const [name, entry] of entries) {
        const variable = variableOf(name, entry.type);
        const value = currentOf(name, entry);
        if (entry.host === undefined) home!.session.destroy(variable);
        if (next?.variables.has(variable)) {
          next.session.write(variable, value);
          entries.set(name, { type: entry.type });
        } else entries.set(name, { type: entry.type, host: value });
      }
      home?.session.close();
      home = next;
    },
    dispose(): void {
      entries.clear();
      home?.session.close();
      home = undefined;
    },
  };
}
