export function findMissingLine(expected: string, output: string): string | undefined;
