/** Number of nodes of a program per execution provider, keyed by ONNX Runtime's provider names. */
export type Placement = Readonly<Record<string, number>>;

/**
 * Parses ONNX Runtime's verbose log, and returns the placement of the nodes of the largest program.
 *
 * @returns undefined if the log has no placements
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
