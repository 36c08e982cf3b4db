/** Part of a text: visible text, or one character that is not visible, with its mark. */
export interface MarkedPart {
  readonly text: string;
  /** Symbol or code point that is shown for a character that is not visible. */
  readonly mark?: string;
  /** Whether the character itself takes no space, so that its mark needs space. */
  readonly hasNoWidth?: boolean;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  " ": "·",
  "\t": "→",
  "\n": "↵",
  "\r": "␍",
  "\u00a0": "⍽",
  "\u3000": "□",
};
/** White space, controls and format characters, such as the zero-width space, except joiners within emoji. */
const INVISIBLE = /([\p{White_Space}\p{Cc}]|(?!\u200d)\p{Cf})/u;

/** Splits a text at the characters that are not visible. */
export function markedParts(text: string): MarkedPart[] {
  return text
    .split(INVISIBLE)
    .filter((part) => part !== "")
    .map((part) => {
      if (!INVISIBLE.test(part) || [...part].length > 1) return { text: part };
      const symbol = SYMBOLS[part];
      if (symbol !== undefined) return { text: part, mark: symbol };
      const code = `U+${part.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
      return { text: part, mark: code, hasNoWidth: true };
    });
}
