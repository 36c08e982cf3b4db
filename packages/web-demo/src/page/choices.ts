/** Returns the stored choice of an earlier visit; undefined if there is none or the browser does not provide storage. */
export function readChoice(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a choice for the next visit, if the browser provides storage. */
export function saveChoice(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Without storage, the choice only applies to this visit.
  }
}

/** Returns a value that {@link saveJson} stored; undefined if there is none or it is damaged. */
export function readJson(name: string): unknown {
  try {
    return JSON.parse(readChoice(name) ?? "");
  } catch {
    return undefined;
  }
}

/** Stores a value for the next visit, if the browser provides storage. */
export function saveJson(name: string, value: unknown): void {
  saveChoice(name, JSON.stringify(value));
}

/** Storage keys of the name of the data that the model was trained on, and of the data of the run in progress. */
export const TRAINED_ON = "trained-on";
export const TRAINING_ON = "training-on";
/** Storage key of the model that was used last: "run", "examples", "ready-zh" or "ready-en". */
export const MODEL = "model";
