import { dataProblem, type Problem } from "../base/problem.ts";

/** A file inside a zip archive, as the archive's directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  /** CRC-32 of the content. */
  readonly crc32: number;
  /** Bytes in the archive. */
  readonly compressedSize: number;
  /** Bytes of the content. */
  readonly size: number;
  /** Where its local header starts, in bytes. */
  readonly offset: number;
}

/** Gives `length` bytes of an archive from a position on; throws a RangeError or a Problem when it has fewer. */
export type ReadBytes = (position: number, length: number) => Uint8Array;

/** Where the directory begins and ends, and how many entries it has. */
interface DirectoryPlace {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

const END = 0x06054b50, END_64 = 0x06064b50, LOCATOR_64 = 0x07064b50, CENTRAL = 0x02014b50;
const END_BYTES = 22, LONGEST_COMMENT = 65_535, END_64_BYTES = 56, LOCATOR_64_BYTES = 20;
const CENTRAL_BYTES = 46, LOCAL_BYTES = 30;
/** What is read of an archive at most. */
export interface ZipBounds {
  /** Bytes of the largest directory, 16 MiB when left out: that of TensorFlow's wheel, of 24,000 files, has 3 MB. */
  readonly largestDirectory?: number;
}

const LARGEST_DIRECTORY = 1 << 24;
/** Fields of 32 and of 16 bits that are full stand for a wider field elsewhere. */
const FULL = 0xffffffff, FULL_16 = 0xffff;

/** The data problem of an archive that cannot be read. */
export function brokenZip(reason: string): Problem {
  return dataProblem(
    `Cannot read the zip archive: ${reason}`,
    "The file is damaged: save or download it again",
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function findDirectory(size: number, read: ReadBytes): DirectoryPlace {
  const length = Math.min(size, END_BYTES + LONGEST_COMMENT);
  const view = viewOf(read(size - length, length));
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const [count, start] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const end = size - length + at;
    return start === FULL || count === FULL_16 ? findDirectory64(end, read) : { count, start, end };
  }
  throw brokenZip("it is not a zip file, it has no directory");
}

/** The directory of an archive above 4 GiB or 65,534 files; `end` is the position of the short end record. */
function findDirectory64(end: number, read: ReadBytes): DirectoryPlace {
  const locator = viewOf(read(end - LOCATOR_64_BYTES, LOCATOR_64_BYTES));
  if (locator.getUint32(0, true) !== LOCATOR_64) throw brokenZip("it has no directory");
  const position = Number(locator.getBigUint64(8, true));
  const record = viewOf(read(position, END_64_BYTES));
  if (record.getUint32(0, true) !== END_64) throw brokenZip("it has no directory");
  return {
    count: Number(record.getBigUint64(32, true)),
    start: Number(record.getBigUint64(48, true)),
    end: position,
  };
}

/** Sizes and offsets beyond 32 bits, from the extra field 1, in the order in which the short fields are full. */
function wideFields(extra: DataView): number[] {
  for (let field = 0; field + 4 <= extra.byteLength;) {
    const [id, size] = [extra.getUint16(field, true), extra.getUint16(field + 2, true)];
    if (id === 1) {
      const values = Math.floor(Math.min(size, extra.byteLength - field - 4) / 8);
      return Array.from({ length: values }, (_, i) => Number(extra.getBigUint64(field + 4 + 8 * i, true)));
    }
    field += 4 + size;
  }
  return [];
}

/** The entry whose record begins at a place of the directory, and where the next record begins. */
function readEntry(directory: Uint8Array, at: number): { entry: ZipEntry; next: number } {
  const view = viewOf(directory.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL) throw brokenZip("its directory is damaged");
  const [nameLength, extraLength] = [view.getUint16(28, true), view.getUint16(30, true)];
  const extraStart = at + CENTRAL_BYTES + nameLength;
  const wide = wideFields(viewOf(directory.subarray(extraStart, extraStart + extraLength)));
  const [size, compressedSize, offset] = [24, 20, 42].map((field) => {
    const value = view.getUint32(field, true);
    return value === FULL ? wide.shift() ?? value : value;
  }) as [number, number, number];
  const entry = {
    name: new TextDecoder().decode(directory.subarray(at + CENTRAL_BYTES, extraStart)),
    method: view.getUint16(10, true),
    crc32: view.getUint32(16, true),
    compressedSize,
    size,
    offset,
  };
  return { entry, next: extraStart + extraLength + view.getUint16(32, true) };
}

function listEntries(size: number, read: ReadBytes, largest: number): ZipEntry[] {
  const { count, start, end } = findDirectory(size, read);
  if (end - start > largest) throw brokenZip(`its directory is larger than ${largest / 2 ** 20} MiB`);
  const directory = read(start, end - start);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    const { entry, next } = readEntry(directory, at);
    entries.push(entry);
    at = next;
  }
  return entries;
}

/**
 * The files of a zip archive of `size` bytes, in the order of its directory. Archives above 4 GiB (zip64) are read,
 * archives in several parts are not.
 *
 * @throws Problem (data) when it is no zip archive or a broken one
 */
export function readZipDirectory(
  size: number,
  read: ReadBytes,
  { largestDirectory = LARGEST_DIRECTORY }: ZipBounds = {},
): ZipEntry[] {
  try {
    return listEntries(size, read, largestDirectory);
  } catch (error) {
    if (error instanceof RangeError) throw brokenZip("its directory points beyond its end");
    throw error;
  }
}

/** Where the content of a file begins in the archive, behind its local header; in bytes. */
export function contentStart({ offset }: ZipEntry, read: ReadBytes): number {
  const header = viewOf(read(offset, LOCAL_BYTES));
  return offset + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
}
