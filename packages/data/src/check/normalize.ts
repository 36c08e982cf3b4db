/** White space at the ends of a text. `trim()` misses U+0085 NEL, which Unicode counts as white space. */
const OUTER_SPACE = /^[\s\u0085]+|[\s\u0085]+$/g;
/** Characters without a width or meaning of their own: control and format characters, variation selectors, Hangul fillers. */
const INVISIBLE = /(?![\s\u0085])\p{Cc}|\p{Cf}|\p{Variation_Selector}|\u034f|[\u115f\u1160\u3164\uffa0]/gu;
const ASCII = /^[\x20-\x7e]*$/;

/**
 * Returns a label without white space at its ends, including U+3000 (ideographic space), U+00A0 (no-break space) and U+FEFF
 * (byte order mark).
 *
 * @example
 * ```ts
 * import { normalizeLabel } from "@bertie/data";
 *
 * console.log(normalizeLabel("\u3000very good ")); // "very good"
 * ```
 */
export function normalizeLabel(label: string): string {
  return label.replace(OUTER_SPACE, "");
}

/** Normalizes the labels of a file, and counts the labels that change. */
export interface LabelTrimmer {
  /** Returns a label without white space at its ends. */
  readonly trim: (label: string) => string;
  /** Returns the number of labels that had white space at their ends, to be spread into a result: empty if there are none. */
  readonly summary: () => { readonly trimmedLabels?: number };
}

/**
 * Creates a trimmer for the labels of a file, see {@link normalizeLabel}.
 *
 * @example
 * ```ts
 * import { createLabelTrimmer } from "@bertie/data";
 *
 * const { trim, summary } = createLabelTrimmer();
 * console.log(trim("good "), summary()); // "good" { trimmedLabels: 1 }
 * ```
 */
export function createLabelTrimmer(): LabelTrimmer {
  let trimmedLabels = 0;
  return {
    trim: (label) => {
      const normalized = normalizeLabel(label);
      if (normalized !== label) trimmedLabels++;
      return normalized;
    },
    summary: () => (trimmedLabels > 0 ? { trimmedLabels } : {}),
  };
}

/**
 * Returns a key that is equal for texts that look alike: NFKC, case folding, no invisible characters, and single spaces between
 * words.
 *
 * @example
 * ```ts
 * import { foldText } from "@bertie/data";
 *
 * console.log(foldText("Ｐositive\u200b ") === foldText("positive")); // true
 * ```
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().trim().replace(/ {2,}/g, " ");
  const visible = text.normalize("NFKC").replace(INVISIBLE, "");
  return foldCase(visible)
    .normalize("NFKC")
    .replace(/[\s\u0085]+/g, " ")
    .trim();
}

/** Folds case like Unicode: ß equals ss and both forms of sigma are equal, but dotless ı differs from i. */
function foldCase(text: string): string {
  const fold = (part: string) => part.toUpperCase().toLowerCase().replaceAll("ς", "σ");
  return text.includes("ı") ? text.split("ı").map(fold).join("ı") : fold(text);
}
