import { BertieError, didYouMean } from "@bertie/common";

/** Names of encodings in Python and Windows that `TextDecoder` does not know. */
const ALIASES: Readonly<Record<string, string>> = {
  cp65001: "utf-8",
  cp932: "shift_jis",
  cp936: "gbk",
  cp949: "euc-kr",
  cp950: "big5",
  eucjp: "euc-jp",
  euckr: "euc-kr",
  "mac-roman": "macintosh",
  mbcs: "windows-1252",
  uhc: "euc-kr",
  utf16: "utf-16le",
  "utf-16-be": "utf-16be",
  "utf-16-le": "utf-16le",
  "utf-8-bom": "utf-8",
  "utf-8-sig": "utf-8",
  "utf8-sig": "utf-8",
};

const EXAMPLES = [
  ...["utf-8", "utf-16le", "utf-16be", "gb18030", "gbk", "big5", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"],
  ...Array.from({ length: 9 }, (_, i) => `windows-${1250 + i}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
  ...["latin1", "ascii", "koi8-r", "koi8-u", "macintosh", "x-mac-cyrillic", "ibm866", "windows-874"],
];

/**
 * Returns the name of an encoding for one of its labels, such as `gbk` for `GB2312` or `windows-1252` for `latin1`.
 *
 * @param label a label of the Encoding Standard, or the name of the encoding in Python or Windows, such as `cp936`
 * @throws BertieError "options/encoding" if the encoding is unknown
 * @example
 * ```ts
 * import { encodingOf } from "@bertie/data";
 *
 * console.log(encodingOf("Latin1")); // windows-1252
 * ```
 */
export function encodingOf(label: string): string {
  const name = label.trim().toLowerCase().replaceAll("_", "-");
  for (const candidate of [ALIASES[name] ?? name, label, name.replaceAll("-", "")]) {
    try {
      return new TextDecoder(candidate).encoding;
    } catch {
      // Not a label: try the next spelling.
    }
  }
  const examples = "utf-8, utf-16le, gb18030, big5, shift_jis, euc-jp, euc-kr, windows-1251, windows-1252 or koi8-r";
  const text = `unknown encoding "${label}".${didYouMean(name, EXAMPLES)} Set the encoding (--encoding) to a label of the Encoding Standard, such as ${examples}.`;
  throw new BertieError("options/encoding", text);
}
