/** Created when it is needed, which takes 20 ms. */
let graphemes: Intl.Segmenter | undefined;

/** Maximum number of code units before a position that are read to find out whether a character starts there. */
const CONTEXT = 256;

/** Frequent characters that neither extend the previous character nor are extended by each other. */
const STANDS_ALONE =
  /[\0-\u02ff\u0370-\u0482\u048a-\u0556\u05d0-\u05ea\u0620-\u064a\u1e00-\u1fff\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a1-\u30fe\u3400-\u9fff\uac00-\ud7a3\uff01-\uff9d]/;

const ASTRAL_IDEOGRAPH = /[\ud840-\ud8bf](?:$|[\udc00-\udfff]$)/;

/** Returns whether a position is between two user-perceived characters, and not inside of an emoji or a CR LF. */
export function isGraphemeBoundary(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  if (text.codePointAt(at - 1)! > 0xffff || (text[at - 1] === "\r" && text[at] === "\n")) return false;
  if (standsAlone(text, at - 1) && standsAlone(text, at)) return true;
  let start = at - 1;
  while (start > 0 && at - start < CONTEXT && !standsAlone(text, start)) start--;
  const next = text.codePointAt(at)! > 0xffff ? at + 2 : at + 1;
  graphemes ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return graphemes.segment(text.slice(start, next)).containing(at - start)?.index === at - start;
}

/** Returns whether a code unit is a frequent character, or belongs to an ideograph outside of the basic plane. */
function standsAlone(text: string, at: number): boolean {
  return STANDS_ALONE.test(text[at]!) || ASTRAL_IDEOGRAPH.test(text.slice(Math.max(0, at - 1), at + 1));
}
