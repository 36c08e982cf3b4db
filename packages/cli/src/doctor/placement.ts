/** How many nodes of a program run where, by ONNX Runtime's names of its providers. */
export type Placement = Readonly<Record<string, number>>;

/**
 * Reads from ONNX Runtime's log, at its most talkative, where the nodes of the largest program run.
 *
 * @returns undefined if it does not say
 */
export function readPlacement(log: string): Placement | undefined {
  const programs = log.split("Node placements").slice(1);
  const placements = programs.map((part): Placement => {
    const lines = part.matchAll(/(?:All nodes|Node\(s\)) placed on \[(\w+)\]\. Number of nodes: (\d+)/g);
    return Object.fromEntries([...lines].map(([, provider, count]) => [provider!, Number(count)]));
  });
  const size = (placement: Placement) => Object.values(placement).reduce((sum, count) => sum + count, 0);
  return placements.toSorted((a, b) => size(b) - size(a))[0];
}
