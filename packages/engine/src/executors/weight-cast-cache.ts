import type { CompiledProgram, Executor } from "../executor.ts";
import type { Node, Tensor } from "../graph.ts";
import { dropDeadNodes } from "../passes.ts";
import type { Program } from "../program.ts";

/**
 * Returns an executor that caches casts of weights. If a program casts state, optionally scaled by constants, and does
 * not update any state, the result is stored as state and computed again only after some state has changed.
 *
 * In 16-bit precision, all weights are cast, and the cache reduces the time of a forward pass of BERT base on 1,000
 * tokens by 20%.
 */
export function cacheWeightCasts(executor: Executor): Executor {
  /** Number of times that state was written or updated. */
  let stateVersion = 0;
  /** State version that each cached cast was computed from, by name. */
  const cachedVersions = new Map<string, number>();

  async function compileSplit({ casts, rest }: SplitProgram): Promise<CompiledProgram> {
    const [first, second] = [await executor.compile(casts), await executor.compile(rest)];
    const names = [...casts.updates.keys()];
    return {
      async run(feeds, options) {
        if (names.some((name) => cachedVersions.get(name) !== stateVersion)) await first.run({});
        for (const name of names) cachedVersions.set(name, stateVersion);
        return second.run(feeds, options);
      },
      async dispose() {
        await first.dispose();
        await second.dispose();
      },
    };
  }

  return {
    ...executor,
    async compile(program) {
      const split = splitCasts(program);
      if (split !== undefined) return compileSplit(split);
      const compiled = await executor.compile(program);
      if (program.updates.size === 0) return compiled;
      return {
        ...compiled,
        run(feeds, options) {
          stateVersion++;
          return compiled.run(feeds, options);
        },
      };
    },
    write(name, value) {
      stateVersion++;
      return executor.write(name, value);
    },
  };
}

/** A program split in two: `rest` reads the results of `casts` as state. */
interface SplitProgram {
  readonly casts: Program;
  readonly rest: Program;
}

/**
 * Separates the casts of state from a program. Returns undefined if the program has no such casts or updates state.
 */
function splitCasts(program: Program): SplitProgram | undefined {
  if (program.updates.size > 0) return undefined;
  /** Names of tensors that depend only on state and constants, by id. */
  const known = new Map<number, { readonly name: string; readonly isComputed: boolean }>();
  for (const node of program.nodes) {
    const name = nameOf(node, node.inputs.map(({ id }) => known.get(id)?.name)); // biome-ignore format: short
    if (name !== undefined)
      known.set(node.outputs[0]!.id, { name, isComputed: node.op === "cast" || node.op === "mul" });
  }
  const cached = new Map<string, Tensor>();
  for (const { inputs, outputs } of program.nodes) {
    if (known.has(outputs[0]!.id)) continue;
    for (const input of inputs) {
      const { name, isComputed } = known.get(input.id) ?? {};
      if (isComputed) cached.set(name!, input);
    }
  }
  if (cached.size === 0) return undefined;
  const names = new Map([...cached].map(([name, { id }]) => [id, name]));
  const nodes = program.nodes.map((node): Node => {
    const name = names.get(node.outputs[0]!.id);
    return name === undefined ? node : { op: "state", attributes: { name }, inputs: [], outputs: node.outputs };
  });
  return {
    casts: dropDeadNodes({ ...program, updates: cached, outputs: new Map() }),
    rest: dropDeadNodes({ ...program, nodes, state: new Map([...program.state, ...cached]) }),
  };
}

/**
 * Returns a name for a node's result that is the same in every program; undefined unless the node casts or multiplies
 * state and constants.
 */
function nameOf(node: Node, inputs: readonly (string | undefined)[]): string | undefined {
  if (node.op === "state") return node.attributes.name;
  if (node.op === "constant")
    return node.attributes.values.length === 1 ? String(node.attributes.values[0]) : undefined;
  if ((node.op !== "cast" && node.op !== "mul") || inputs.includes(undefined)) return undefined;
  return node.op === "cast" ? `${inputs[0]} as ${node.outputs[0]!.dtype}` : `(${inputs.join(" * ")})`;
}
