/** Maximum number of duplicates that are listed. */
const MAX_WARNINGS = 20;

/**
 * Returns warnings about duplicate tokens.
 *
 * @param duplicates pairs of ids of the same token: the earlier id, and the later one, which replaces it
 */
export function describeDuplicates(duplicates: Uint32Array, tokenOf: (id: number) => string | undefined): string[] {
  const count = duplicates.length / 2;
  const warnings = Array.from({ length: Math.min(count, MAX_WARNINGS) }, (_, i) => {
    const [earlier, later] = [duplicates[2 * i]!, duplicates[2 * i + 1]!];
    return `vocabulary: lines ${earlier + 1} and ${later + 1} are both "${tokenOf(later)}". The last one is used.`;
  });
  if (count > MAX_WARNINGS)
    warnings.push(`vocabulary: further duplicate tokens: ${count - MAX_WARNINGS}. The last one of each is used.`);
  return warnings;
}
