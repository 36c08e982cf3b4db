/**
 * Tokens by id, in pages of 256 tokens: token `id` is `pages[id >>> PAGE_BITS]?.[id & PAGE_MASK]`. Most programs use few tokens
 * of a vocabulary.
 */
export type TokenPages = ((string | undefined)[] | undefined)[];
export const PAGE_BITS = 8;
export const PAGE_MASK = 255;
