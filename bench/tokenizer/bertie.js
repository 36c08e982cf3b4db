// Implementations with Bertie, for any JavaScript runtime: UTF-8 in one call or in pieces, with or without offsets;
// strings; and strings in padded batches.
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { LINE_FEED } from "./passes.js";

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

/**
 * Encodes 1 MB of lines at a time, as for a corpus that does not fit into memory. Each result reuses the previous
 * arrays.
 */
function onPieces(options) {
  return {
    load,
    takes: "bytes",
    encode(tokenizer, bytes, previous) {
      let last = previous?.last;
      for (const piece of pieces(bytes)) last = tokenizer.encodeLines(piece, { ...options, reuse: last });
      return { tokenizer, bytes, last };
    },
    *rows({ tokenizer, bytes }) {
      for (const piece of pieces(bytes)) {
        const { ids, rowOffsets } = tokenizer.encodeLines(piece, options);
        yield* slices(ids, rowOffsets);
      }
    },
  };
}

function* pieces(bytes) {
  for (let start = 0, end; start < bytes.length; start = end) {
    end = bytes.indexOf(LINE_FEED, start + (1 << 20)) + 1 || bytes.length;
    yield bytes.subarray(start, end);
  }
}

export const linePieces = onPieces(bare);
export const offsetPieces = onPieces({ ...bare, offsets: true });

/** Strings in batches of 1,024. Each batch reuses the arrays of the previous pass. */
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

/**
 * Strings in batches of similar length, as in a trainer: at most 1,024 strings, and 1,000,000 characters with padding.
 */
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
  // The results are not kept, as in a trainer.
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
