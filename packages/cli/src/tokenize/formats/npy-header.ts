/** Size in bytes of every header that {@link npyHeader} returns. */
export const NPY_HEADER_BYTES = 128;

/**
 * Returns the header of an array in NumPy's format 1.0 (numpy.lib.format). Its size does not depend on the length, so the
 * header can be overwritten once the length is known.
 *
 * @param type NumPy's type string, such as "<u2"
 * @param length number of items, or of rows
 * @param columns number of items per row, for an array of two dimensions
 */
export function npyHeader(type: string, length: number, columns?: number): Uint8Array {
  const shape = `(${length},${columns === undefined ? "" : ` ${columns}`})`;
  const description = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = new Uint8Array(NPY_HEADER_BYTES).fill(0x20);
  const magic = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0];
  header.set(magic);
  new DataView(header.buffer).setUint16(magic.length, NPY_HEADER_BYTES - magic.length - 2, true);
  header.set(new TextEncoder().encode(description), magic.length + 2);
  header[NPY_HEADER_BYTES - 1] = 0x0a;
  return header;
}
