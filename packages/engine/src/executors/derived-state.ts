import type { CompiledProgram, Executor } from "../executor.ts";
import type { Node, Tensor } from "../graph.ts";
import { dropDeadNodes } from "../passes.ts";
import type { Program } from "../program.ts";

/**
 * The executor, with one difference: what programs that change no state cast of it, or multiply by a number, is state as well,
 * and is computed anew only when some state has changed.
 *
 * In half precision all weights are cast: a forward pass of BERT base on a thousand tokens takes a fifth less without that.
 */
export function deriveStateOnce(executor: Executor): Executor {
  let changes = 0;
  /** After how many changes it was derived, by name. */
  const derivedAt = new Map<string, number>();

  async function compileSplit({ derivation, rest }: SplitProgram): Promise<CompiledProgram> {
    const [first, second] = [await executor.compile(derivation), await executor.compile(rest)];
    const names = [...derivation.updates.keys()];
    return {
      async run(feeds, options) {
        if (names.some((name) => derivedAt.get(name) !== changes)) await first.run({});
        for (const name of names) derivedAt.set(name, changes);
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
      const split = splitDerivation(program);
      if (split !== undefined) return compileSplit(split);
      const compiled = await executor.compile(program);
      if (program.updates.size === 0) return compiled;
      return {
        ...compiled,
        run(feeds, options) {
          changes++;
          return compiled.run(feeds, options);
        },
      };
    },
    write(name, value) {
      changes++;
      return executor.write(name, value);
    },
  };
}

/** A program in two: the second reads as state what the first makes of other state. */
interface SplitProgram {
  readonly derivation: Program;
  readonly rest: Program;
}

/** Splits off what a program derives of state, and does not change; undefined if there is nothing. */
function splitDerivation(program: Program): SplitProgram | undefined {
  if (program.updates.size > 0) return undefined;
  /** What is known of tensors that hang on state and numbers alone. */
  const known = new Map<number, { readonly text: string; readonly isDerived: boolean }>();
  for (const node of program.nodes) {
    const text = textOf(node, node.inputs.map(({ id }) => known.get(id)?.text)); // biome-ignore format: short
    if (text !== undefined)
      known.set(node.outputs[0]!.id, { text, isDerived: node.op === "cast" || node.op === "mul" });
  }
  const derived = new Map<string, Tensor>();
  for (const { inputs, outputs } of program.nodes) {
    if (known.has(outputs[0]!.id)) continue;
    for (const input of inputs) {
      const { text, isDerived } = known.get(input.id) ?? {};
      if (isDerived) derived.set(text!, input);
    }
  }
  if (derived.size === 0) return undefined;
  const names = new Map([...derived].map(([name, { id }]) => [id, name]));
  const nodes = program.nodes.map((node): Node => {
    const name = names.get(node.outputs[0]!.id);
    return name === undefined ? node : { op: "state", attributes: { name }, inputs: [], outputs: node.outputs };
  });
  return {
    derivation: dropDeadNodes({ ...program, updates: derived, outputs: new Map() }),
    rest: dropDeadNodes({ ...program, nodes, state: new Map([...program.state, ...derived]) }),
  };
}

/** A name for what a node computes, the same in every program; none if it hangs on more than state and numbers. */
function textOf(node: Node, inputs: readonly (string | undefined)[]): string | undefined {
  if (node.op === "state") return node.attributes.name;
  if (node.op === "constant")
    return node.attributes.values.length === 1 ? String(node.attributes.values[0]) : undefined;
  if ((node.op !== "cast" && node.op !== "mul") || inputs.includes(undefined)) return undefined;
  return node.op === "cast" ? `${inputs[0]} as ${node.outputs[0]!.dtype}` : `(${inputs.join(" * ")})`;
}
