import type { Node, Op, Tensor } from "../../graph.ts";
import type { Program } from "../../program.ts";
import { sameShape, sizeOf } from "../../shape.ts";

/** Elementwise nodes of a program that are computed together, one block of rows after the other. */
export interface ElementwiseBlock {
  /** Nodes in the order of the program. Their outputs have the same shape. */
  readonly nodes: readonly Node[];
  /** Operands that are divided into blocks: of the shape of the outputs, or with one element per row. */
  readonly inputs: readonly Tensor[];
  /** Results that are read by other nodes, or are results of the program. */
  readonly outputs: readonly Tensor[];
  /** Number of blocks, a divisor of the number of rows. */
  readonly count: number;
  readonly rows: number;
  readonly width: number;
}

const ELEMENTWISE: ReadonlySet<Op> = new Set([
  ...(["neg", "exp", "log", "sqrt", "erf", "tanh", "sigmoid", "gelu"] as const),
  ...(["add", "sub", "mul", "div", "maximum"] as const),
]);

/** Minimum number of elements of a tensor: smaller ones remain in the caches between ops. */
const MIN_SIZE = 2 ** 20;
/** Intended number of elements per block. Several tensors of this size fit into the cache of a core. */
const BLOCK_SIZE = 2 ** 17;
/** Minimum number of nodes: for fewer, the calls take longer than the passes over memory that they save. */
const MIN_NODES = 3;

interface Group {
  readonly nodes: Node[];
  /** Groups that the group's operands depend on. */
  readonly needs: Set<Group>;
}

/** Finds groups of elementwise nodes over tensors that are larger than the CPU's caches. */
export function findElementwiseBlocks(program: Program): ElementwiseBlock[] {
  const groups = groupNodes(program);
  const results = new Set([...program.updates.values(), ...program.outputs.values()]);
  const readers = new Map<Tensor, Node[]>();
  for (const node of program.nodes)
    for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  return groups.flatMap(({ nodes }): ElementwiseBlock[] => {
    const { shape } = nodes[0]!.outputs[0]!;
    const width = shape.at(-1)!;
    const rows = sizeOf(shape) / width;
    const count = divisorNear(rows, sizeOf(shape) / BLOCK_SIZE);
    if (nodes.length < MIN_NODES || sizeOf(shape) / count > 4 * BLOCK_SIZE) return [];
    const members = new Set(nodes);
    const inner = new Set(nodes.map(({ outputs: [y] }) => y!));
    const operands = new Set(nodes.flatMap(({ inputs }) => inputs));
    const inputs = [...operands].filter((x) => !inner.has(x) && x.shape.length === shape.length);
    const outputs = [...inner].filter((y) => results.has(y) || readers.get(y)?.some((node) => !members.has(node)));
    return [{ nodes, inputs, outputs, count, rows, width }];
  });
}

function groupNodes({ nodes }: Program): Group[] {
  const groups = new Set<Group>();
  const groupOf = new Map<Tensor, Group>();
  /** By tensor outside of groups, the groups that it depends on without another group in between. */
  const needsOf = new Map<Tensor, ReadonlySet<Group>>();
  const needed = (x: Tensor): ReadonlySet<Group> => {
    const group = groupOf.get(x);
    return group === undefined ? needsOf.get(x)! : new Set([group]);
  };
  const union = (tensors: readonly Tensor[]) => new Set(tensors.flatMap((x) => [...needed(x)]));

  for (const node of nodes) {
    const [output] = node.outputs as [Tensor];
    const choices = isMember(node) ? new Set(node.inputs.flatMap((x) => groupOf.get(x) ?? [])) : [];
    const group =
      [...choices].sort(byLength).find((group) => {
        const others = union(node.inputs.filter((x) => groupOf.get(x) !== group));
        return sameShape(group.nodes[0]!.outputs[0]!.shape, output.shape) && !reaches(others, group);
      }) ?? (isMember(node) ? { nodes: [], needs: new Set<Group>() } : undefined);
    if (group === undefined) {
      const needs = union(node.inputs);
      for (const each of node.outputs) needsOf.set(each, needs);
      continue;
    }
    for (const each of union(node.inputs)) if (each !== group) group.needs.add(each);
    group.nodes.push(node);
    groups.add(group);
    groupOf.set(output, group);
  }
  return [...groups];
}

const byLength = (a: Group, b: Group) => b.nodes.length - a.nodes.length;

/** Returns whether one of the groups is the target or depends on it. */
function reaches(groups: Iterable<Group>, target: Group): boolean {
  const seen = new Set(groups);
  for (const group of seen) {
    if (group === target) return true;
    for (const each of group.needs) seen.add(each);
  }
  return false;
}

/** Returns whether a node is elementwise, and its operands can be divided into blocks or are the same for all rows. */
function isMember({ op, inputs, outputs }: Node): boolean {
  const [{ shape, dtype }] = outputs as [Tensor];
  if (!ELEMENTWISE.has(op) || dtype !== "float32" || shape.length < 2 || sizeOf(shape) < MIN_SIZE) return false;
  const perRow = [...shape.slice(0, -1), 1];
  const isSupported = (x: Tensor) =>
    sameShape(x.shape, shape) ||
    sameShape(x.shape, perRow) ||
    x.shape.length === 0 ||
    sameShape(x.shape, shape.slice(-1));
  return inputs.every(isSupported);
}

/** Returns the divisor of a number that is nearest to a value, as a ratio. */
function divisorNear(number: number, value: number): number {
  let best = 1;
  const distance = (divisor: number) => Math.abs(Math.log(divisor / value));
  for (let divisor = 1; divisor <= Math.min(number, 4 * value); divisor++)
    if (number % divisor === 0 && distance(divisor) < distance(best)) best = divisor;
  return best;
}

/**
 * Returns the nodes of a program that are in no block, and the blocks, in an order in which operands precede their
 * readers.
 */
export function inOrder({ nodes }: Program, blocks: readonly ElementwiseBlock[]): (Node | ElementwiseBlock)[] {
  const units = new Map<Node, Node | ElementwiseBlock>(nodes.map((node) => [node, node]));
  for (const block of blocks) for (const node of block.nodes) units.set(node, block);
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const seen = new Set<Node | ElementwiseBlock>();
  const ordered: (Node | ElementwiseBlock)[] = [];
  function visit(unit: Node | ElementwiseBlock): void {
    if (seen.has(unit)) return;
    seen.add(unit);
    const members = "nodes" in unit ? unit.nodes : [unit];
    for (const x of members.flatMap(({ inputs }) => inputs)) visit(units.get(producers.get(x)!)!);
    ordered.push(unit);
  }
  for (const node of nodes) visit(units.get(node)!);
  return ordered;
}
