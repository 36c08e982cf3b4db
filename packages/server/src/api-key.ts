/**
 * Creates a check of the header `Authorization: Bearer KEY`. Hashes are compared in constant time, so that the time of an
 * answer reveals nothing about the key.
 */
export function createKeyCheck(apiKey: string): (header: string | undefined) => Promise<boolean> {
  const expected = hash(apiKey);
  return async (header) => {
    const key = /^Bearer +(.+)$/i.exec(header ?? "")?.[1];
    const [a, b] = await Promise.all([expected, hash(key ?? "")]);
    let difference = key === undefined ? 1 : 0;
    for (const [i, byte] of a.entries()) difference |= byte ^ b[i]!;
    return difference === 0;
  };
}

async function hash(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
