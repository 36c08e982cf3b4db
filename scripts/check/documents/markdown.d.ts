export interface CodeBlock {
  readonly line: number;
  readonly end: number;
  readonly language: string;
  readonly attributes: readonly string[];
  readonly skip?: string;
  readonly code: string;
  readonly output?: CodeBlock;
}

export function codeBlocks(text: string): CodeBlock[];
export function linksOf(text: string): { readonly target: string; readonly line: number }[];
export function anchorsOf(text: string, slugify: (heading: string) => string): Set<string>;
