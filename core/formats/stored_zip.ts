import { dataProblem, type Problem } from "../base/problem.ts";

const END = 0x06054b50, END_64 = 0x06064b50, LOCATOR_64 = 0x07064b50, CENTRAL = 0x02014b50;
const END_BYTES = 22, LONGEST_COMMENT = 65_535, FULL = 0xffffffff;

function broken(reason: string): Problem {
  return dataProblem(
    `Cannot read the zip archive: ${reason}`,
    "The file is damaged: save or download it again",
  );
}

interface Directory {
  readonly count: number;
  readonly offset: number;
}

function findDirectory(view: DataView): Directory {
  const size = view.byteLength;
  for (let at = size - END_BYTES; at >= 0 && at >= size - END_BYTES - LONGEST_COMMENT; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const [count, offset] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    return offset === FULL || count === 0xffff ? findDirectory64(view, at) : { count, offset };
  }
  throw broken("it has no directory");
}

function findDirectory64(view: DataView, end: number): Directory {
  if (end < 20 || view.getUint32(end - 20, true) !== LOCATOR_64) throw broken("it has no directory");
  const at = Number(view.getBigUint64(end - 12, true));
  if (at + 56 > view.byteLength || view.getUint32(at, true) !== END_64) throw broken("it has no directory");
  return {
    count: Number(view.getBigUint64(at + 32, true)),
    offset: Number(view.getBigUint64(at + 48, true)),
  };
}

/** Sizes and offsets beyond 32 bits, from the extra field 1, in the order in which the short fields are full. */
function wideFields(view: DataView, at: number, length: number): number[] {
  const end = at + length;
  for (let field = at; field + 4 <= end;) {
    const [id, size] = [view.getUint16(field, true), view.getUint16(field + 2, true)];
    if (id === 1) {
      const values = Math.floor(Math.min(size, end - field - 4) / 8);
      return Array.from({ length: values }, (_, i) => Number(view.getBigUint64(field + 4 + 8 * i, true)));
    }
    field += 4 + size;
  }
  return [];
}

/**
 * The files of a zip archive whose entries are stored, not compressed, as torch.save writes them: views into `bytes` by
 * name. Archives above 4 GiB (zip64) are read.
 *
 * @throws Problem (data) on a broken archive or a compressed entry
 */
export function readStoredZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map<string, Uint8Array>();
  try {
    const { count, offset } = findDirectory(view);
    let at = offset;
    for (let entry = 0; entry < count; entry++) at = readEntry(view, at, files);
    return files;
  } catch (error) {
    if (error instanceof RangeError) throw broken("its directory points beyond its end");
    throw error;
  }
}

function readEntry(view: DataView, at: number, files: Map<string, Uint8Array>): number {
  if (view.getUint32(at, true) !== CENTRAL) throw broken("its directory is damaged");
  const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  const wide = wideFields(view, at + 46 + nameLength, extraLength);
  const [size, compressed, offset] = [24, 20, 42].map((field) => {
    const value = view.getUint32(at + field, true);
    return value === FULL ? wide.shift() ?? value : value;
  }) as [number, number, number];
  if (view.getUint16(at + 10, true) !== 0 || size !== compressed) throw broken(`"${name}" is compressed`);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + size > bytes.length) throw broken(`"${name}" reaches beyond its end`);
  files.set(name, bytes.subarray(start, start + size));
  return at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
}
