import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import type { BufferPool } from "@bertie/tokenizer-wasm/stream";
import type { Rows } from "../rows.ts";
import type { Packed } from "./packed.ts";

const encoder = new TextEncoder();
const ROW_START = encoder.encode('{"ids":[');
const ROW_END = encoder.encode("]}\n");
const COMMA = 0x2c;
const ZERO = 0x30;

/** Creates a packer of JSON lines, which contain ids, optionally tokens and offsets, and, for pairs, type ids. */
export function createJsonLines(tokenizer: BertTokenizer, withTokens: boolean) {
  const longestId = String(tokenizer.vocabSize - 1).length;
  const tokens = withTokens
    ? Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)!)
    : undefined;

  /** Packs rows that contain only ids. Writes each digit directly, which is several times as fast as JSON.stringify(). */
  function packIds({ ids, rowOffsets }: Rows, pool: BufferPool): Packed {
    const rows = rowOffsets.length - 1;
    const size = ids.length * (longestId + 1) + rows * (ROW_START.length + ROW_END.length);
    const out = new Uint8Array(pool.acquire(size));
    let at = 0;
    for (let row = 0; row < rows; row++) {
      out.set(ROW_START, at);
      at += ROW_START.length;
      const [from, to] = [rowOffsets[row]!, rowOffsets[row + 1]!];
      for (let i = from; i < to; i++) {
        if (i > from) out[at++] = COMMA;
        at = writeDecimal(out, at, ids[i]!);
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

/** Writes a non-negative integer in decimal, and returns the position after it. */
function writeDecimal(out: Uint8Array, at: number, number: number): number {
  let end = at + 1;
  for (let limit = 10; number >= limit; limit *= 10) end++;
  let rest = number;
  for (let position = end - 1; position >= at; position--) {
    const tens = (rest / 10) | 0;
    out[position] = ZERO + rest - 10 * tens;
    rest = tens;
  }
  return end;
}
