import type { ZstdFrame } from "./zstd-frames.ts";

/** Maximum window size in bytes: fzstd 0.1.1 decompresses data with larger windows incorrectly. */
export const MAX_FZSTD_WINDOW = 1 << 26;

/** Decompresses a frame, whose window must not exceed {@link MAX_FZSTD_WINDOW}, in any JavaScript runtime. */
export async function* unzstdFrame({ pieces }: ZstdFrame): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  let out: Uint8Array[] = [];
  const stream = new Decompress((part) => {
    if (part.length > 0) out.push(part.slice());
  });
  for await (const piece of pieces) {
    stream.push(piece);
    yield* out;
    out = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* out;
}
