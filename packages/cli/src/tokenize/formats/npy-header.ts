/** Bytes of the header that {@link npyHeader} makes. */
export const NPY_HEADER_BYTES = 128;

/**
 * The header of a one-dimensional array in NumPy's format 1.0 (numpy.lib.format): the same size whatever the length is, so
 * that it can be put in place when the length is known.
 *
 * @param type of the numbers, as NumPy writes it: "<u2"
 */
export function npyHeader(type: string, length: number): Uint8Array {
  const description = `{'descr': '${type}', 'fortran_order': False, 'shape': (${length},), }`;
  const header = new Uint8Array(NPY_HEADER_BYTES).fill(0x20);
  const magic = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0];
  header.set(magic);
  new DataView(header.buffer).setUint16(magic.length, NPY_HEADER_BYTES - magic.length - 2, true);
  header.set(new TextEncoder().encode(description), magic.length + 2);
  header[NPY_HEADER_BYTES - 1] = 0x0a;
  return header;
}
