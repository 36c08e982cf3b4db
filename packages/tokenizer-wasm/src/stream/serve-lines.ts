import type { SpecialIds } from "../encoding.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "../lines.ts";
import { type CoreSettings, createCore, instantiate } from "../wasm.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { serveBlocks, type WorkerPort } from "./serve-blocks.ts";

/** Contents of a tokenizer, from which a worker creates its own. */
export interface LineSetup {
  readonly module: WebAssembly.Module;
  /** Tokens in order of their ids, each followed by a line feed. */
  readonly vocabulary: string;
  readonly settings: CoreSettings;
  readonly special: SpecialIds;
  readonly options: EncodeLinesOptions;
}

/** Lines of a stream. */
export interface LineBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Index of the first line in the stream, from 0. */
  readonly firstLine: number;
}

/** Encodes the lines that the worker receives. */
export function serveLines(port: WorkerPort): void {
  serveBlocks<LineSetup, LineBlock, Lines>(port, { open, blockBuffers, resultBuffers, pool: createBufferPool() });
}

async function open({ module, vocabulary, settings, special, options }: LineSetup) {
  const runtime = await instantiate(module);
  const core = createCore(runtime, { text: vocabulary, verbatim: true }, ...settings);
  return ({ bytes, firstLine }: LineBlock) => encodeAllLines(runtime, core, bytes, options, special, firstLine);
}

/** Returns the buffer of a block. */
export function blockBuffers({ bytes }: LineBlock): ArrayBuffer[] {
  return [bytes.buffer];
}

function resultBuffers({ ids, rowOffsets, offsets }: Lines): ArrayBuffer[] {
  return [ids, rowOffsets, ...(offsets ? [offsets] : [])].map((array) => array.buffer as ArrayBuffer);
}
