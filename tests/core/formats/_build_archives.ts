/** Small archives, built by the formats' own rules so that the readers are tested against something else. */
import { crc32 } from "node:zlib";

function field(header: Uint8Array, at: number, text: string): void {
  header.set(new TextEncoder().encode(text), at);
}

/** Text, or bytes as they are. */
export type Content = string | Uint8Array;

function bytesOf(content: Content): Uint8Array<ArrayBuffer> {
  return new Uint8Array(typeof content === "string" ? new TextEncoder().encode(content) : content);
}

/** The header of an entry; `link` is where a symbolic link leads. */
export function tarHeader(name: string, size: number, link: string | null = null): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  field(header, 0, name);
  field(header, 100, "0000644\0");
  field(header, 124, size.toString(8).padStart(11, "0") + "\0");
  field(header, 148, "        ");
  field(header, 156, link === null ? "0" : "2");
  if (link !== null) field(header, 157, link);
  field(header, 257, "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(header, 148, sum.toString(8).padStart(6, "0") + "\0 ");
  return header;
}

/** A tar.gz of files; a value that starts with "->" becomes a symbolic link. */
export async function buildTarGz(files: Readonly<Record<string, Content>>): Promise<Uint8Array<ArrayBuffer>> {
  const blocks: Uint8Array[] = [];
  for (const [name, value] of Object.entries(files)) {
    const link = typeof value === "string" && value.startsWith("->") ? value.slice(2) : null;
    const content = bytesOf(link === null ? value : "");
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512);
    padded.set(content);
    blocks.push(tarHeader(name, content.length, link), padded);
  }
  blocks.push(new Uint8Array(1024));
  const stream = new Blob(blocks as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function record(size: number, write: (view: DataView) => void, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(size + tail.length);
  write(new DataView(bytes.buffer));
  bytes.set(tail, size);
  return bytes;
}

interface Packed {
  readonly label: Uint8Array;
  readonly crc32: number;
  readonly content: Uint8Array;
  readonly packed: Uint8Array;
  /** Where its local header begins. */
  readonly offset: number;
}

const NOTHING = new Uint8Array(0), FULL = 0xffffffff;

async function packFiles(files: Readonly<Record<string, Content>>): Promise<Packed[]> {
  const entries: Packed[] = [];
  let offset = 0;
  for (const [name, value] of Object.entries(files)) {
    const [label, content] = [bytesOf(name), bytesOf(value)];
    const packed = await deflate(content);
    entries.push({ label, crc32: crc32(content), content, packed, offset });
    offset += 30 + label.length + packed.length;
  }
  return entries;
}

function localHeader({ label, crc32, content, packed }: Packed): Uint8Array {
  return record(30, (view) => {
    view.setUint32(0, 0x04034b50, true);
    view.setUint16(8, 8, true);
    [crc32, packed.length, content.length].forEach((value, i) => view.setUint32(14 + 4 * i, value, true));
    view.setUint16(26, label.length, true);
  }, label);
}

/** A zip64 field that tells the size, the packed size and the offset, behind a field that says nothing. */
function wideExtra({ content, packed, offset }: Packed): Uint8Array {
  return record(6 + 4 + 24, (view) => {
    [0x7075, 2, 0, 1, 24].forEach((value, i) => view.setUint16(2 * i, value, true));
    [content.length, packed.length, offset].forEach((value, i) =>
      view.setBigUint64(10 + 8 * i, BigInt(value), true)
    );
  }, NOTHING);
}

function directoryEntry(entry: Packed, wide: boolean): Uint8Array {
  const { label, crc32, content, packed, offset } = entry;
  const extra = wide ? wideExtra(entry) : NOTHING;
  return record(46, (view) => {
    view.setUint32(0, 0x02014b50, true);
    view.setUint16(10, 8, true);
    view.setUint32(16, crc32, true);
    [packed.length, content.length].forEach((value, i) =>
      view.setUint32(20 + 4 * i, wide ? FULL : value, true)
    );
    [label.length, extra.length].forEach((value, i) => view.setUint16(28 + 2 * i, value, true));
    view.setUint32(42, wide ? FULL : offset, true);
  }, Uint8Array.of(...label, ...extra));
}

function wideEnd(count: number, { start, length }: { start: number; length: number }): Uint8Array {
  return record(56 + 20, (view) => {
    view.setUint32(0, 0x06064b50, true);
    [count, count, length, start].forEach((value, i) => view.setBigUint64(24 + 8 * i, BigInt(value), true));
    view.setUint32(56, 0x07064b50, true);
    view.setBigUint64(64, BigInt(start + length), true);
  }, NOTHING);
}

/** A zip of deflated files; `wide` writes its places and sizes as zip64 does. */
export async function buildZip(
  files: Readonly<Record<string, Content>>,
  { wide = false }: { readonly wide?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = await packFiles(files);
  const contents = entries.flatMap((entry) => [localHeader(entry), entry.packed]);
  const directory = entries.map((entry) => directoryEntry(entry, wide));
  const [start, length] = [contents, directory].map((parts) =>
    parts.reduce((sum, part) => sum + part.length, 0)
  ) as [number, number];
  const end = record(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(10, wide ? 0xffff : entries.length, true);
    view.setUint32(12, wide ? FULL : length, true);
    view.setUint32(16, wide ? FULL : start, true);
  }, NOTHING);
  const ends = wide ? [wideEnd(entries.length, { start, length }), end] : [end];
  return new Uint8Array(
    await new Blob([...contents, ...directory, ...ends] as Uint8Array<ArrayBuffer>[]).arrayBuffer(),
  );
}
