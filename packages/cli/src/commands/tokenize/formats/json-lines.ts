import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import type { Packed } from "../block.ts";
import type { BufferPool } from "../buffer-pool.ts";
import type { Rows } from "../rows.ts";

const encoder = new TextEncoder();
const ROW_START = encoder.encode('{"ids":[');
const ROW_END = encoder.encode("]}\n");
const COMMA = 0x2c;

/** Writes rows as lines of JSON: ids, and on demand tokens and offsets; for pairs the type ids, too. */
export function createJsonLines(tokenizer: BertTokenizer, withTokens: boolean) {
  const decimals = decimalsUpTo(tokenizer.vocabSize);
  const tokens = withTokens
    ? Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)!)
    : undefined;

  /** Ids alone, digit by digit: several times as fast as strings. */
  function packIds({ ids, rowOffsets }: Rows, pool: BufferPool): Packed {
    const rows = rowOffsets.length - 1;
    const size = ids.length * (decimals.longest + 1) + rows * (ROW_START.length + ROW_END.length);
    const out = new Uint8Array(pool.take(size));
    const { digits, starts } = decimals;
    let at = 0;
    for (let row = 0; row < rows; row++) {
      out.set(ROW_START, at);
      at += ROW_START.length;
      const [from, to] = [rowOffsets[row]!, rowOffsets[row + 1]!];
      for (let i = from; i < to; i++) {
        if (i > from) out[at++] = COMMA;
        const end = starts[ids[i]! + 1]!;
        for (let digit = starts[ids[i]!]!; digit < end; digit++) out[at++] = digits[digit]!;
      }
      out.set(ROW_END, at);
      at += ROW_END.length;
    }
    return { data: out.subarray(0, at) };
  }

  function packRecords({ ids, rowOffsets, typeIds, offsets }: Rows): Packed {
    let text = "";
    for (let row = 0; row + 1 < rowOffsets.length; row++) {
      const [from, to] = [rowOffsets[row]!, rowOffsets[row + 1]!];
      const record = {
        ids: Array.from(ids.subarray(from, to)),
        ...(typeIds && { type_ids: Array.from(typeIds.subarray(from, to)) }),
        ...(tokens && { tokens: Array.from(ids.subarray(from, to), (id) => tokens[id]) }),
        ...(offsets && { offsets: pairsOf(offsets.subarray(2 * from, 2 * to)) }),
      };
      text += `${JSON.stringify(record)}\n`;
    }
    return { data: encoder.encode(text) };
  }

  return {
    pack(rows: Rows, pool: BufferPool): Packed {
      return withTokens || rows.typeIds || rows.offsets ? packRecords(rows) : packIds(rows, pool);
    },
  };
}

function pairsOf(flat: Int32Array): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}

/** The digits of all numbers below `end`, one number after the other. */
function decimalsUpTo(end: number) {
  const texts = Array.from({ length: end }, (_, number) => String(number));
  const starts = new Uint32Array(end + 1);
  for (let number = 0; number < end; number++) starts[number + 1] = starts[number]! + texts[number]!.length;
  return { digits: encoder.encode(texts.join("")), starts, longest: texts.at(-1)!.length };
}
