import { BertieError } from "@bertie/common";

/** Measures of similarity, under the names of sentence-transformers. */
export const similarityNames = ["cosine", "dot", "euclidean", "manhattan"] as const;

/** Measure of similarity: cosine, dot product, or the negative Euclidean or Manhattan distance. */
export type SimilarityName = (typeof similarityNames)[number];

/** Smallest norm that a vector is divided by, as in PyTorch. */
const SMALLEST_NORM = 1e-12;

/**
 * Returns the similarity of two vectors; greater values mean more similar vectors.
 *
 * @throws BertieError "embed/dimension" if the vectors have different dimensions
 */
export function similarityOf(name: SimilarityName, a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    const text = `the embeddings have ${a.length} and ${b.length} dimensions: expected the same number. Compare embeddings of the same model and truncateDim.`;
    throw new BertieError("embed/dimension", text);
  }
  if (name === "euclidean") return -Math.sqrt(total(a, (value, i) => (value - b[i]!) ** 2));
  if (name === "manhattan") return -total(a, (value, i) => Math.abs(value - b[i]!));
  const dot = total(a, (value, i) => value * b[i]!);
  return name === "dot" ? dot : dot / (Math.max(norm(a), SMALLEST_NORM) * Math.max(norm(b), SMALLEST_NORM));
}

/** Divides a vector by its Euclidean norm, in place. */
export function normalizeInPlace(vector: Float32Array): void {
  const divisor = Math.max(norm(vector), SMALLEST_NORM);
  for (let i = 0; i < vector.length; i++) vector[i]! /= divisor;
}

function norm(vector: Float32Array): number {
  return Math.sqrt(total(vector, (value) => value * value));
}

function total(vector: Float32Array, term: (value: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += term(vector[i]!, i);
  return sum;
}
