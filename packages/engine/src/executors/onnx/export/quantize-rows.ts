/** Largest absolute value of an 8-bit weight. */
export const LARGEST = 127;

/** Rows of 8-bit numbers, with a scale per row: value = number · scale. */
export interface QuantizedRows {
  readonly bytes: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Quantizes each row of a matrix symmetrically to whole numbers from −`largest` to `largest`. */
export function quantizeRows(values: Float32Array, width: number, largest: number): QuantizedRows {
  const rows = values.length / width;
  const bytes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * width, (row + 1) * width];
    let [lowest, highest] = [0, 0];
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value > highest) highest = value;
      else if (value < lowest) lowest = value;
    }
    const step = Math.max(highest, -lowest) / largest || 1;
    scales[row] = step;
    // Truncating a positive number takes a quarter of the time of Math.round(), with the same result.
    for (let i = start; i < end; i++) bytes[i] = ((values[i]! / step + 128.5) | 0) - 128;
  }
  return { bytes, scales };
}

/** Transposes a matrix of bytes `[rows, width]`. */
export function transposeBytes(bytes: Int8Array, width: number): Int8Array<ArrayBuffer> {
  const rows = bytes.length / width;
  const result = new Int8Array(bytes.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++) result[column * rows + row] = bytes[row * width + column]!;
  return result;
}
