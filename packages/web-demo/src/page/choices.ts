/** What a person chose here before; undefined where the browser keeps nothing for this page. */
export function readChoice(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice for the next visit, where the browser lets this page. */
export function keepChoice(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice holds for this visit.
  }
}

/** Where the names of the data are kept on which the model here was trained, and on which one is being trained. */
export const TRAINED_ON = "trained-on";
export const TRAINING_ON = "training-on";
