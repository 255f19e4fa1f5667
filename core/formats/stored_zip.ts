import { crc32 } from "node:zlib";
import { quoted } from "../base/quoted.ts";
import { brokenZip, contentStart, type ReadBytes, readZipDirectory, type ZipEntry } from "./zip_directory.ts";

function storedContent(entry: ZipEntry, read: ReadBytes): Uint8Array {
  const { method, size, compressedSize } = entry, name = quoted(entry.name);
  if (method !== 0 || size !== compressedSize) throw brokenZip(`${name} is compressed`);
  try {
    return read(contentStart(entry, read), size);
  } catch (error) {
    if (error instanceof RangeError) throw brokenZip(`${name} reaches beyond its end`);
    throw error;
  }
}

/** Refuses entries that share bytes: a short archive could name the same ones any number of times. */
function checkEntries(entries: readonly ZipEntry[], available: number): void {
  const names = new Set<string>();
  let size = 0;
  for (const entry of entries) {
    if (names.has(entry.name)) throw brokenZip(`${quoted(entry.name)} is there twice`);
    names.add(entry.name);
    size += entry.compressedSize;
  }
  if (size > available) throw brokenZip(`its files take ${size} bytes, more than its ${available}`);
}

/** Refuses content that does not fit its checksum; 0 stands for none, as torch.save can be told to leave it out. */
function checkContent({ name, crc32: expected }: ZipEntry, content: Uint8Array): void {
  if (expected === 0 || crc32(content) === expected) return;
  throw brokenZip(`${quoted(name)} does not fit its checksum`);
}

/**
 * The files of a zip archive in memory whose entries are stored, not compressed, as torch.save writes them: views into
 * `bytes` by name.
 *
 * @throws Problem (data) on a broken archive, a compressed entry, and one that does not fit its checksum
 */
export function readStoredZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const read = (position: number, length: number) => {
    if (position < 0 || length < 0 || position + length > bytes.length) {
      throw new RangeError(`${length} bytes at ${position} of ${bytes.length}`);
    }
    return bytes.subarray(position, position + length);
  };
  const entries = readZipDirectory(bytes.length, read);
  checkEntries(entries, bytes.length);
  return new Map(entries.map((entry) => {
    const content = storedContent(entry, read);
    checkContent(entry, content);
    return [entry.name, content];
  }));
}
