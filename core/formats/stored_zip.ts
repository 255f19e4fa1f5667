import { brokenZip, contentStart, type ReadBytes, readZipDirectory, type ZipEntry } from "./zip_directory.ts";

function storedContent(entry: ZipEntry, read: ReadBytes): Uint8Array {
  const { name, method, size, compressedSize } = entry;
  if (method !== 0 || size !== compressedSize) throw brokenZip(`"${name}" is compressed`);
  try {
    return read(contentStart(entry, read), size);
  } catch (error) {
    if (error instanceof RangeError) throw brokenZip(`"${name}" reaches beyond its end`);
    throw error;
  }
}

/**
 * The files of a zip archive in memory whose entries are stored, not compressed, as torch.save writes them: views into
 * `bytes` by name.
 *
 * @throws Problem (data) on a broken archive or a compressed entry
 */
export function readStoredZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const read = (position: number, length: number) => {
    if (position < 0 || length < 0 || position + length > bytes.length) {
      throw new RangeError(`${length} bytes at ${position} of ${bytes.length}`);
    }
    return bytes.subarray(position, position + length);
  };
  const entries = readZipDirectory(bytes.length, read);
  return new Map(entries.map((entry) => [entry.name, storedContent(entry, read)]));
}
