import type { CodeBlock } from "./markdown.js";

export function englishPathOf(path: string): string | undefined;
export function englishBlocks(root: string, path: string): CodeBlock[] | undefined;
export function isTranslationOf(block: CodeBlock, others: readonly CodeBlock[]): boolean;
