import type { TensorData } from "../dtype.ts";
import type { Program } from "../program.ts";
import { sameShape, sizeOf } from "../shape.ts";

/** Throws unless exactly the program's feeds are there, with dtype and shape as traced. */
export function checkFeeds(program: Program, feeds: Readonly<Record<string, TensorData>>): void {
  for (const [name, { dtype, shape }] of program.feeds) {
    const feed = feeds[name];
    if (feed === undefined) throw new Error(`feed ${name} is missing`);
    if (feed.dtype !== dtype || !sameShape(feed.shape, shape) || feed.data.length !== sizeOf(shape))
      throw new Error(`feed ${name}: ${feed.dtype}[${feed.shape}] where ${dtype}[${shape}] is expected`);
  }
}

/** Throws if the program reads state that is not there. */
export function checkState(program: Program, has: (name: string) => boolean): void {
  for (const name of program.state.keys()) if (!has(name)) throw new Error(`state ${name} was never written`);
}
