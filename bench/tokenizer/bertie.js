// Bertie as a contestant, in any JavaScript: on UTF-8, on UTF-8 with offsets, on strings, and on strings for padded batches.
import { BertTokenizer } from "@bertie/tokenizer-wasm";

const bare = { addSpecialTokens: false };
const load = ({ vocab }) => BertTokenizer.fromVocab(vocab, { lowercase: true });

function onBytes(options) {
  return {
    load,
    takes: "bytes",
    encode: (tokenizer, bytes, last) => tokenizer.encodeLines(bytes, { ...options, reuse: last }),
    rows: ({ ids, rowOffsets }) => slices(ids, rowOffsets),
  };
}

function* slices(ids, rowOffsets) {
  for (let row = 1; row < rowOffsets.length; row++) yield ids.subarray(rowOffsets[row - 1], rowOffsets[row]);
}

export const lines = onBytes(bare);
export const offsets = onBytes({ ...bare, offsets: true });

/** Strings, 1,024 at a time, each batch into the memory of its last pass. */
export const strings = {
  load,
  takes: "strings",
  prepare: (texts) =>
    Array.from({ length: Math.ceil(texts.length / 1024) }, (_, i) => texts.slice(1024 * i, 1024 * (i + 1))),
  encode: (tokenizer, batches, last) =>
    batches.map((texts, i) => tokenizer.encodeBatch(texts, { ...bare, padding: false, reuse: last?.[i] })),
  *rows(batches) {
    for (const { ids, rowOffsets } of batches) yield* slices(ids, rowOffsets);
  },
};

/** Strings as a trainer batches them: those of like length together, up to 1,024 and to a million characters with padding. */
export const padded = {
  load,
  takes: "strings",
  prepare(texts) {
    const order = texts.map((_, i) => i).sort((a, b) => texts[a].length - texts[b].length);
    const batches = [];
    for (let at = 0, end; at < order.length; at = end) {
      end = at + 1;
      while (end < order.length && end - at < 1024 && (end + 1 - at) * texts[order[end]].length <= 1e6) end++;
      const members = order.slice(at, end);
      batches.push({ members, texts: members.map((i) => texts[i]) });
    }
    return batches;
  },
  // Results are not kept: a trainer uses one and asks for the next.
  encode(tokenizer, batches) {
    for (const { texts } of batches) tokenizer.encodeBatch(texts, bare);
    return { tokenizer, batches };
  },
  rows({ tokenizer, batches }) {
    const rows = [];
    for (const { members, texts } of batches) {
      const { ids, length, lengths } = tokenizer.encodeBatch(texts, bare);
      members.forEach((i, row) => {
        rows[i] = ids.slice(row * length, row * length + lengths[row]);
      });
    }
    return rows;
  },
};
