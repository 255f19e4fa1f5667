import { createHash } from "node:crypto";
import { crc32c } from "../formats/crc32c.ts";

/** A digest that grows with the pieces of a file; the result is base64, as the header has it. */
interface Digest {
  update(piece: Uint8Array): void;
  result(): string;
}

function md5Digest(): Digest {
  const hash = createHash("md5");
  return { update: (piece) => hash.update(piece), result: () => hash.digest("base64") };
}

function crc32cDigest(): Digest {
  let crc = 0;
  return {
    update: (piece) => crc = crc32c(piece, crc),
    result: () => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, crc);
      return bytes.toBase64();
    },
  };
}

/** Digests by the name that Google Cloud Storage gives them, the stronger first. */
const DIGESTS: readonly (readonly [name: string, make: () => Digest])[] = [
  ["md5", md5Digest],
  ["crc32c", crc32cDigest],
];

/**
 * The checksums of an `x-goog-hash` header, base64 by name; none of a missing header.
 *
 * Source: https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseHashes("crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ=="), {
 *   crc32c: "n03x6A==",
 *   md5: "Ojk9c3dhfxgoKVVHYwFbHQ==",
 * });
 * ```
 */
export function parseHashes(header: string | null): Record<string, string> {
  const pairs = (header ?? "").split(",").map((part) => /^\s*(\w+)=(\S+)\s*$/.exec(part));
  return Object.fromEntries(pairs.flatMap((pair) => pair === null ? [] : [[pair[1]!, pair[2]!]]));
}

/**
 * Compares a file with the strongest known checksum of some; null when there is none to compare with.
 *
 * @throws the signal's reason when it is aborted meanwhile
 */
export async function fitsHashes(
  path: string,
  { hashes, signal }: {
    readonly hashes: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<boolean | null> {
  const known = DIGESTS.find(([name]) => hashes[name] !== undefined);
  if (known === undefined) return null;
  const [name, make] = known, digest = make();
  const file = await Deno.open(path);
  for await (const piece of file.readable) {
    signal?.throwIfAborted();
    digest.update(piece);
  }
  return digest.result() === hashes[name];
}
