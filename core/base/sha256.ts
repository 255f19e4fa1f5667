import { createHash } from "node:crypto";

/**
 * The SHA-256 of a file's content in hexadecimal, as `sha256sum` prints it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(sha256("abc").slice(0, 16), "ba7816bf8f01cfea");
 * ```
 */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** {@link sha256} of a file, read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const piece of file.readable) hash.update(piece);
  return hash.digest("hex");
}
