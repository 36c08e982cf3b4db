// Formats texts and tokens for a Markdown table.

export const code = (text) => `\`${text}\``;

/** Formats invisible characters as code points, and runs of a character as a count. */
export function formatText(text) {
  const runs = text.match(/(.)\1{7,}|./gsu) ?? [];
  return runs.map((run) => (run.length < 8 ? visible(run) : `${visible([...run][0])}×${[...run].length}`)).join("");
}

function visible(character) {
  const plain =
    /[\p{L}\p{N}\p{P}\p{S} ]/u.test(character) && !"`|".includes(character) && character === character.normalize("NFC");
  return plain ? character : `<${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
}

export function formatTokens(tokens) {
  if (tokens.length === 0) return "none";
  const runs = [];
  for (const token of tokens) {
    if (runs.at(-1)?.token === token) runs.at(-1).count++;
    else runs.push({ token, count: 1 });
  }
  const words = runs.map(({ token, count }) => formatText(token) + (count === 1 ? "" : `×${count}`));
  const shown = words.length > 12 ? [...words.slice(0, 10), `… (${tokens.length} tokens)`] : words;
  return code(shown.join(" "));
}
