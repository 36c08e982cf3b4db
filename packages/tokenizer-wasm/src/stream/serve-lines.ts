import type { CompiledModule } from "../compiled-module.ts";
import { Core } from "../core.ts";
import type { CoreSource } from "../core-source.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "../lines.ts";
import { Runtime } from "../runtime.ts";
import type { RowFormat } from "../template.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { serveBlocks, type WorkerPort } from "./serve-blocks.ts";

/** Contents of a tokenizer, from which a worker creates its own. */
export interface LineSetup {
  readonly module: CompiledModule;
  readonly source: CoreSource;
  readonly format: RowFormat;
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

async function open({ module, source, format, options }: LineSetup) {
  const runtime = await Runtime.start(module);
  const core = new Core(runtime, runtime.share(source));
  return ({ bytes, firstLine }: LineBlock) => encodeAllLines(runtime, core, bytes, options, format, firstLine);
}

/** Returns the buffer of a block. */
export function blockBuffers({ bytes }: LineBlock): ArrayBuffer[] {
  return [bytes.buffer];
}

function resultBuffers({ ids, rowOffsets, offsets }: Lines): ArrayBuffer[] {
  return [ids, rowOffsets, ...(offsets ? [offsets] : [])].map((array) => array.buffer as ArrayBuffer);
}
