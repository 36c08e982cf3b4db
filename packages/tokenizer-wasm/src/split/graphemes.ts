const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Maximum number of code units before a position that are read to find out whether a character starts there. */
const CONTEXT = 256;

/** Returns whether a position is between two user-perceived characters, and not inside of an emoji or a CR LF. */
export function isGraphemeBoundary(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  if (before === 0x0d && after === 0x0a) return false;
  if (standsAlone(before) && standsAlone(after)) return true;
  let start = at - 1;
  while (start > 0 && at - start < CONTEXT && !standsAlone(text.charCodeAt(start))) start--;
  const next = text.codePointAt(at)! > 0xffff ? at + 2 : at + 1;
  return graphemes.segment(text.slice(start, next)).containing(at - start)?.index === at - start;
}

/** Returns whether a UTF-16 code unit is a character that neither extends the previous one nor is extended by it. */
function standsAlone(unit: number): boolean {
  return (
    unit < 0x300 ||
    (unit >= 0x4e00 && unit <= 0x9fff) ||
    (unit >= 0x3001 && unit <= 0x3029) ||
    (unit >= 0x3041 && unit <= 0x3096) ||
    (unit >= 0xff01 && unit <= 0xff9d)
  );
}
