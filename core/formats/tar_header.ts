/** Bytes of a block: headers have one, content is filled up to whole ones. */
export const TAR_BLOCK = 512;

/** The first size that the eleven octal digits of a header cannot hold. */
const TOO_LARGE = 8 ** 11;

/** A regular file of an archive. */
export interface TarFile {
  /** Path with forward slashes. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly executable?: boolean | undefined;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0") + "\0";
}

function block(name: Uint8Array, type: string, { size, executable }: Omit<TarFile, "name">): Uint8Array {
  const header = new Uint8Array(TAR_BLOCK);
  const put = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  header.set(name.subarray(0, 100));
  put(octal(executable ? 0o755 : 0o644, 7), 100);
  for (const at of [108, 116]) put(octal(0, 7), at);
  put(octal(size, 11), 124);
  // The same files give the same archive: no times, no owners.
  put(octal(0, 11), 136);
  put(type, 156);
  put("ustar  \0", 257);
  put(" ".repeat(8), 148);
  put(octal(header.reduce((sum, byte) => sum + byte, 0), 6) + " ", 148);
  return header;
}

/** Zeros that fill content of this size up to whole blocks. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

/**
 * What comes before a file's content in a tar archive: its header, with GNU's record for a name above 100 bytes. The
 * archive ends with two blocks of zeros.
 *
 * @throws RangeError for a file of 8 GiB or more
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(tarHeader({ name: "a.txt", size: 3 }).length, 512);
 * assertEquals(tarHeader({ name: "a/".repeat(60), size: 3 }).length, 3 * 512);
 * ```
 */
export function tarHeader({ name, size, executable }: TarFile): Uint8Array {
  if (size >= TOO_LARGE) {
    throw new RangeError(`"${name}" has ${size} bytes; a tar file holds less than 8 GiB`);
  }
  const bytes = new TextEncoder().encode(name);
  const header = block(bytes, "0", { size, executable });
  if (bytes.length <= 100) return header;
  const long = [
    block(new TextEncoder().encode("././@LongLink"), "L", { size: bytes.length + 1 }),
    bytes,
    new Uint8Array(1),
    tarPadding(bytes.length + 1),
    header,
  ];
  const joined = new Uint8Array(long.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of long) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
