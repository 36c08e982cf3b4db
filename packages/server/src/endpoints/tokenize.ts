import { HttpError, invalidField, tooLarge } from "../http-error.ts";
import type { Limits } from "../options.ts";
import { type Fields, readBoolean, readTexts } from "../request-body.ts";
import { readPrompt } from "./embed.ts";
import { codePointOffsets, countCharacters, type Endpoint } from "./endpoint.ts";

/** Converts texts to tokens, with offsets in code points. */
export const tokenize: Endpoint = {
  path: "/tokenize",
  kinds: ["classifier", "encoder"],
  async handle({ fields, limits, model }) {
    const { tokenizer } = model;
    const { prompt } = model.kind === "encoder" ? readPrompt(fields, model.encoder) : { prompt: "" };
    const addSpecialTokens = readBoolean(fields, "add_special_tokens") ?? true;
    const texts = readTexts(fields, "inputs", limits).texts.map((text) => prompt + text);
    const rows = texts.map((text) => {
      const { ids, tokens, offsets, specialTokensMask } = tokenizer.encode(text, { addSpecialTokens });
      const convert = codePointOffsets(text);
      return ids.map((id, i) => {
        if (specialTokensMask[i] === 1) return { id, text: tokens[i]!, special: true, start: null, stop: null };
        const [start, end] = offsets[i]!;
        return { id, text: text.slice(start, end), special: false, start: convert(start), stop: convert(end) };
      });
    });
    const tokens = rows.reduce((sum, row) => sum + row.length, 0);
    return { body: rows, texts: texts.length, tokens, characters: countCharacters(texts) };
  },
};

/** Converts token ids to texts. */
export const decode: Endpoint = {
  path: "/decode",
  kinds: ["classifier", "encoder"],
  async handle({ fields, limits, model: { tokenizer } }) {
    const skipSpecialTokens = readBoolean(fields, "skip_special_tokens") ?? true;
    const rows = readIds(fields, limits, tokenizer.vocabSize);
    const texts = rows.map((ids) => tokenizer.decode(ids, { skipSpecialTokens }));
    const tokens = rows.reduce((sum, ids) => sum + ids.length, 0);
    return { body: texts, texts: texts.length, tokens, characters: countCharacters(texts) };
  },
};

/** Reads token ids: one row, or an array of rows. */
function readIds({ ids }: Fields, { maxClientBatchSize }: Limits, vocabSize: number): readonly (readonly number[])[] {
  const expected = `expected an array of token ids from 0 to ${vocabSize - 1}, or an array of such arrays`;
  if (!Array.isArray(ids))
    throw invalidField(`"ids" is ${ids === undefined ? "missing" : "not an array"}: ${expected}.`);
  if (ids.length === 0) throw new HttpError(400, "Empty", `"ids" is empty: ${expected}.`);
  const rows: readonly unknown[] = Array.isArray(ids[0]) ? ids : [ids];
  if (rows.length > maxClientBatchSize)
    throw tooLarge(`"ids" has ${rows.length} rows: at most ${maxClientBatchSize} are allowed per request.`);
  const isId = (id: unknown) => typeof id === "number" && Number.isInteger(id) && id >= 0 && id < vocabSize;
  if (rows.every((row): row is number[] => Array.isArray(row) && row.every(isId))) return rows;
  throw invalidField(`"ids" has an element that is not a token id: ${expected}.`);
}
